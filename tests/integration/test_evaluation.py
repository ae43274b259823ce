"""Any pictures evaluated: saved, scored by the worker, explained, re-weighed, opened again."""

from __future__ import annotations

import io
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services import sessions
from services.aim import pictures as aim_pictures
from services.aim.explain import HeatmapKind
from services.domain import AimWeights, Brief, Photo, Plan, SubQuery
from services.engines import Engine, Parts, use_engine, use_evaluator
from services.errors import InvalidInput, NotFound
from services.evaluation import (
    add_images,
    create_evaluation,
    evaluate_now,
    find_heatmaps,
    heatmap,
    load_evaluation,
    start_evaluation,
    start_explain,
    start_heatmap,
    start_heatmaps,
    update_texts,
)
from services.evaluators import Evaluator
from services.jobs import queue
from services.jobs.queue import RunState
from services.jobs.steps import handlers
from services.jobs.worker import Worker
from services.messages import Message
from services.sessions import SessionKind
from services.storage.images import get_store
from services.storage.intake import store_photo
from tests.integration.evaluation_fakes import FakeChecker, fake_evaluator
from tests.unit.aim_fakes import fake_scorer

TOPIC, PROMPT = "a red mug", "A red mug on a wooden table, in the morning light."


class TwoHalves:
    """A planner that splits nothing: two sub-queries of fixed weights."""

    calls = 0

    def plan(self, brief: Brief) -> Plan:
        self.calls += 1
        return Plan("A mug.", (SubQuery("a red mug", 0.75), SubQuery("morning light", 0.25)))


@pytest.fixture
def planner(home: Path) -> Iterator[TwoHalves]:
    found = TwoHalves()
    parts = Parts(lambda: found, _never, _never, _never)  # type: ignore[arg-type, return-value]
    use_engine(Engine("lite", parts))
    yield found
    use_engine(None)


def _never() -> None:
    raise AssertionError("this part is not asked for")


@pytest.fixture
def checker(planner: TwoHalves) -> Iterator[FakeChecker]:
    evaluator, found = fake_evaluator()
    use_evaluator(evaluator)
    yield found
    use_evaluator(None)


def photo(red: int, name: str | None = None, size: tuple[int, int] = (64, 64)) -> Photo:
    buffer = io.BytesIO()
    Image.new("RGB", size, (red, 0, 0)).save(buffer, "PNG")
    return store_photo(buffer.getvalue(), name or f"red-{red}.png", get_store())


def evaluation(*reds: int, **options: object) -> str:
    return create_evaluation(TOPIC, PROMPT, [photo(red) for red in reds], **options)  # type: ignore[arg-type]


def work(run_id: str) -> queue.RunView:
    Worker(handlers()).run_until_idle()
    return queue.get(run_id)


def test_an_evaluation_is_a_session_reopened_by_its_id(checker: FakeChecker) -> None:
    reference = photo(102)
    session_id = evaluation(102, 153, 51, reference_sha256=reference.sha256, campaign="Mugs")
    run = work(start_evaluation(session_id))
    assert (run.state, run.error) == (RunState.DONE, None)
    view = sessions.load(session_id)
    assert (view.kind, view.campaign, view.reference_sha256) == (
        SessionKind.EVALUATE,
        "Mugs",
        reference.sha256,
    )
    found = load_evaluation(session_id)
    assert {row.name for row in found.rows} == {"red-51.png", "red-102.png", "red-153.png"}
    assert [row.rank for row in found.rows] == [1, 2, 3]
    assert all(row.variant.recipe.generator.id == "upload" for row in found.rows)
    assert found.scorer == fake_scorer().id
    [card] = sessions.search(TOPIC).cards
    assert (card.id, card.kind, card.variants) == (session_id, SessionKind.EVALUATE, 3)


def test_a_score_known_by_hand(checker: FakeChecker) -> None:
    """Red 51 is 0.2 of 255 and red 204 is 0.8: clip 0.2, caption 0.2, LPIPS 0.6 to the reference.

    100 * (0.2 * 1.2 / 1.4 + 0.3 * 1 + 0.5 * 0.2 / 0.7) = 61.4286.
    """
    session_id = evaluation(51, 204, reference_sha256=photo(204).sha256)
    work(start_evaluation(session_id))
    scores = {row.name: row.score for row in load_evaluation(session_id).rows}
    score, own = scores["red-51.png"], scores["red-204.png"]
    assert score is not None
    assert own is not None
    assert score.final == pytest.approx(61.4286, abs=5e-5)
    assert (own.is_reference, own.lpips.scored, own.final) == (True, False, pytest.approx(100.0))


def test_the_checklist_is_weighted_and_beside_the_score(checker: FakeChecker) -> None:
    session_id = evaluation(51, 204)
    work(start_evaluation(session_id))
    found = {row.name: row.coverage for row in load_evaluation(session_id).rows}
    dark, bright = found["red-51.png"], found["red-204.png"]
    assert dark is not None
    assert bright is not None
    assert (dark.share, bright.share) == (0.0, 1.0)
    assert [(i.text, i.weight, i.visible) for i in bright.items] == [
        ("a red mug", 0.75, True),
        ("morning light", 0.25, True),
    ]


def test_nothing_is_asked_twice(checker: FakeChecker, planner: TwoHalves) -> None:
    session_id = evaluation(51, 204)
    work(start_evaluation(session_id))
    asked = len(checker.asked)
    assert asked == 4
    work(start_evaluation(session_id))
    assert (len(checker.asked), planner.calls) == (asked, 1)
    add_images(session_id, [photo(10), photo(51)])
    work(start_explain(session_id))
    assert checker.asked[asked:] == [(10, "a red mug"), (10, "morning light")]


def test_another_plan_is_checked_anew(checker: FakeChecker, planner: TwoHalves) -> None:
    session_id = evaluation(51)
    work(start_evaluation(session_id))
    update_texts(session_id, TOPIC, "A blue cup in the evening.")
    assert sessions.load(session_id).stale_scores
    work(start_evaluation(session_id))
    assert planner.calls == 2
    assert not sessions.load(session_id).stale_scores
    sessions.save_plan(session_id, Plan("x", (SubQuery("a cup", 1.0),)))
    work(start_explain(session_id))
    [row] = load_evaluation(session_id).rows
    assert row.coverage is not None
    assert [item.text for item in row.coverage.items] == ["a cup"]


def test_likeness_and_twins(checker: FakeChecker) -> None:
    product = photo(255, "product.png")
    session_id = evaluation(0, 250, 251, photos=[product])
    work(start_evaluation(session_id))
    found = load_evaluation(session_id)
    by_name = {row.name: row for row in found.rows}
    likeness = by_name["red-0.png"].likeness
    assert likeness is not None
    assert likeness.figures.best == pytest.approx(0.0, abs=1e-6)
    assert likeness.photo is not None
    assert likeness.photo.file_name == "product.png"
    [twin] = found.twins
    assert {twin.first, twin.second} == {by_name["red-250.png"].id, by_name["red-251.png"].id}
    assert "one of them is enough" in str(twin.reason)


def test_without_product_photos_there_is_no_likeness(checker: FakeChecker) -> None:
    session_id = evaluation(51)
    assert work(start_evaluation(session_id)).state is RunState.DONE
    [row] = load_evaluation(session_id).rows
    assert row.likeness is None
    assert row.score is not None
    assert "choose one" in str(row.score.lpips.reason)


def test_heatmaps_are_kept_by_what_was_asked(checker: FakeChecker) -> None:
    session_id = evaluation(51, 204)
    work(start_evaluation(session_id))
    first, second = (row.id for row in load_evaluation(session_id).rows)
    for text in ("a red mug", "a red mug", "morning light"):
        assert work(start_heatmap(first, text)).state is RunState.DONE
    row = next(row for row in load_evaluation(session_id).rows if row.id == first)
    assert sorted((key.kind, key.text) for key in row.maps) == [
        (HeatmapKind.ATTENTION, ""),
        (HeatmapKind.RELEVANCE, "a red mug"),
        (HeatmapKind.RELEVANCE, "morning light"),
    ]
    relevance = next(m for m in find_heatmaps(first, "a red mug") if m.heatmap.kind is HeatmapKind.RELEVANCE)
    np.testing.assert_allclose(relevance.heatmap.grid, [[0.25, 0.75], [0, 0]])
    assert relevance.heatmap.box.pixels((64, 64)) == (8, 0, 56, 64)
    assert find_heatmaps(second, "a red mug") == []
    with pytest.raises(NotFound):
        heatmap(10**9, first)


def test_heatmaps_of_all_for_the_product_text(checker: FakeChecker) -> None:
    session_id = evaluation(51, 204)
    work(start_heatmaps(session_id))
    for row in load_evaluation(session_id).rows:
        texts = {m.heatmap.text for m in find_heatmaps(row.id, PROMPT)}
        assert texts == {"", PROMPT}


def test_two_heatmaps_wait_in_the_queue_side_by_side(checker: FakeChecker) -> None:
    session_id = evaluation(51)
    [row] = load_evaluation(session_id).rows
    one, other = start_heatmap(row.id, "a"), start_heatmap(row.id, "b")
    assert one != other
    assert start_heatmap(row.id, "a") == one


def test_other_weights_measure_nothing(checker: FakeChecker) -> None:
    session_id = evaluation(51, 204, 153, reference_sha256=photo(204).sha256)
    work(start_evaluation(session_id))
    use_evaluator(None)
    use_evaluator(Evaluator("lite", _Refuses()))  # type: ignore[arg-type]
    before = load_evaluation(session_id)
    sessions.set_weights(session_id, AimWeights(1.0, 0.0, 0.0))
    found = load_evaluation(session_id)
    assert (found.weights, found.default_weights) == (AimWeights(1.0, 0.0, 0.0), False)
    for row in found.rows:
        assert row.score is not None
        assert row.score.final == pytest.approx(100 * (row.score.clip.norm or 0))
    sessions.set_weights(session_id, None)
    again = load_evaluation(session_id)
    assert again.default_weights
    assert [(r.id, r.rank, r.score) for r in again.rows] == [(r.id, r.rank, r.score) for r in before.rows]
    with pytest.raises(InvalidInput, match="sum to"):
        sessions.set_weights(session_id, AimWeights(1.0, 1.0, 0.0))


class _Refuses:
    def score(self, *args: object, **options: object) -> None:
        raise AssertionError("nothing is measured again")


def test_weights_given_at_the_start_are_those_of_the_scores(checker: FakeChecker) -> None:
    session_id = evaluation(51, 153, weights=AimWeights(0.5, 0.0, 0.5))
    work(start_evaluation(session_id))
    rows = load_evaluation(session_id).rows
    assert {row.score.weights for row in rows if row.score} == {AimWeights(0.5, 0.0, 0.5)}


def test_a_picture_that_is_gone_does_not_take_the_others_along(checker: FakeChecker) -> None:
    session_id = evaluation(51, 204)
    get_store().path(photo(51).sha256).unlink()
    work(start_evaluation(session_id))
    scores = {row.name: row.score for row in load_evaluation(session_id).rows}
    gone, there = scores["red-51.png"], scores["red-204.png"]
    assert gone is not None
    assert there is not None
    assert gone.final is None
    assert "not in the image store" in str(gone.clip.reason)
    assert there.clip.scored


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"images": []}, "no picture to evaluate"),
        ({"engine": "huge"}, "no scorer 'huge'"),
        ({"topic": " "}, "topic is empty"),
        ({"prompt": ""}, "product text is empty"),
        ({"weights": AimWeights(0.5, 0.1, 0.1)}, "sum to"),
        ({"reference_sha256": "0" * 64}, "not in the image store"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(home: Path, change: dict[str, object], sentence: str) -> None:
    request: dict[str, object] = {"topic": TOPIC, "prompt": PROMPT, "images": [photo(51)]} | change
    with pytest.raises(InvalidInput, match=sentence):
        create_evaluation(**request)  # type: ignore[arg-type]
    assert sessions.search().total == 0


def test_too_many_pictures(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.evaluation.uploads.EVALUATION_IMAGES", 2)
    with pytest.raises(InvalidInput, match="3 pictures are too many"):
        evaluation(1, 2, 3)
    session_id = evaluation(1, 2, 2)
    assert len(load_evaluation(session_id).rows) == 2
    with pytest.raises(InvalidInput, match="too many"):
        add_images(session_id, [photo(3)])


def test_progress_is_told_and_rises(checker: FakeChecker) -> None:
    told: list[float] = []
    evaluate_now(evaluation(51, 204), told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_decoded_pictures_are_not_alive_all_at_once(
    checker: FakeChecker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a small scale: 12 pictures, memory for 3."""
    size = (100, 100)
    monkeypatch.setattr(aim_pictures.groups, "__defaults__", (3 * 100 * 100 * 3,))
    session_id = create_evaluation(TOPIC, PROMPT, [photo(red, size=size) for red in range(12)])
    alive: dict[int, object] = {}
    most, opened, store = 0, 0, get_store()
    original = type(store).open

    def counted(self: object, sha256: str) -> Image.Image:
        nonlocal most, opened
        image = original(self, sha256)  # type: ignore[arg-type]
        weakref.finalize(image, alive.pop, id(image), None)
        alive[id(image)] = True
        most, opened = max(most, len(alive)), opened + 1
        return image

    monkeypatch.setattr(type(store), "open", counted)
    evaluate_now(session_id)
    assert opened >= 12
    assert most <= 2 * 3  # the group at hand, and what the one before has not let go of yet
    assert all(row.score and row.score.clip.scored for row in load_evaluation(session_id).rows)


def test_what_is_known_is_not_even_opened(checker: FakeChecker, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = evaluation(51, 204, reference_sha256=photo(204).sha256)
    evaluate_now(session_id)

    def refused(self: object, sha256: str) -> Sequence[Message]:
        raise AssertionError("opened again")

    monkeypatch.setattr(type(get_store()), "open", refused)
    assert work(start_score_only(session_id)).state is RunState.DONE


def start_score_only(session_id: str) -> str:
    return queue.submit(queue.RunKind.SCORE, session_id, steps=[queue.StepSpec("score")])
