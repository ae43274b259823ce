"""The Evaluate page from dropped pictures to a report, with fake models behind the real worker's steps."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from services import sessions
from services.domain import Brief, MetricScore, Plan, SubQuery
from services.engines import Engine, Parts, use_engine, use_evaluator
from services.errors import EngineUnavailable, InvalidInput
from services.evaluation import create_evaluation, load_evaluation, start_evaluation
from services.export import scores as files
from services.jobs import queue
from services.jobs.queue import RunKind, RunState
from services.jobs.steps import handlers
from services.jobs.worker import StepContext, Worker
from services.limits import EVALUATION_IMAGES
from services.messages import Message
from services.sessions import SessionKind
from services.storage.images import get_store
from services.storage.intake import store_photo
from tests.integration.evaluation_fakes import fake_evaluator
from tests.pages import seeds
from tests.pages.conftest import Open, words
from tests.unit.aim_fakes import fake_scorer

EVALUATE = "pages/evaluate.py"
TOPIC, PROMPT = "a red mug", "A red mug on a wooden table, in the morning light."
REDS = (51, 102, 204)
"""The fakes give red / 255 for text and topic, and the difference to the reference as distance."""


class TwoParts:
    def plan(self, brief: Brief) -> Plan:
        return Plan("A mug.", (SubQuery("a red mug", 0.75), SubQuery("morning light", 0.25)))


@pytest.fixture(autouse=True)
def fakes(home: Path) -> Iterator[None]:
    evaluator, _checker = fake_evaluator()
    use_evaluator(evaluator)
    missing: Any = None
    use_engine(Engine("lite", Parts(TwoParts, missing, missing, lambda: evaluator.scorer)))
    yield
    use_evaluator(None)
    use_engine(None)


def png(red: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """One red all over, and a corner that tells pictures of one red apart by their size."""
    data = io.BytesIO()
    Image.new("RGB", size, (red, 0, 0)).save(data, "PNG")
    return data.getvalue()


def photo(red: int, name: str | None = None) -> Any:
    return store_photo(png(red), name or f"red {red}.png", get_store())


def evaluated(reds: tuple[int, ...] = REDS, reference: int = 0, **more: Any) -> str:
    """An evaluation with its scores; its id. `reference` is an index."""
    pictures = [photo(red) for red in reds]
    session_id = create_evaluation(
        TOPIC, PROMPT, pictures, reference_sha256=pictures[reference].sha256, **more
    )
    start_evaluation(session_id)
    work()
    return session_id


def work() -> None:
    Worker(handlers()).run_until_idle()


def press(app: AppTest, label: str) -> AppTest:
    [button] = [b for b in app.main.button if b.label == label]
    return button.click().run()


def primary(app: AppTest) -> list[str]:
    return [b.label for b in app.main.button if b.proto.type == "primary"]


def labels(app: AppTest) -> list[str]:
    return [b.label for b in app.main.button]


def row_names(app: AppTest) -> list[str]:
    """File names in the order of the table."""
    return [b.label.removeprefix("Details of ") for b in app.main.button if b.label.startswith("Details of ")]


def typed(app: AppTest, *reds: int) -> AppTest:
    app.text_input(key="evaluate_topic_new").set_value(TOPIC)
    app.text_area(key="evaluate_prompt_new").set_value(PROMPT)
    for red in reds:
        app.file_uploader[0].upload(f"red {red}.png", png(red), "image/png")
    return app.run()


def test_from_dropped_pictures_to_a_report_and_back_by_url(open_page: Open) -> None:
    app = open_page(EVALUATE)
    assert primary(app) == []
    assert "No pictures yet" in words(app)
    app = typed(app, *REDS)
    assert primary(app) == ["Evaluate 3 pictures"]
    assert "red 51.png is the reference" in [label.replace("\\", "") for label in labels(app)]
    [use] = [b for b in app.main.button if b.label.replace("\\", "") == "Use red 204.png as the reference"]
    app = use.click().run()
    assert "red 204.png is the reference" in [label.replace("\\", "") for label in labels(app)]

    app = press(app, "Evaluate 3 pictures")
    session_id = app.query_params["s"]
    assert queue.get(app.query_params["run"]).kind is RunKind.EVALUATE
    assert "Cancel" in labels(app)
    assert primary(app) == []

    work()
    app = app.run()
    assert not app.exception
    assert not app.error
    # 51: clip 0.2 -> 1.2 / 1.4; caption 0.2 -> 0.2 / 0.7; distance 153 / 255 = 0.6 -> 1
    final = 100 * (0.2 * 1.2 / 1.4 + 0.3 * 1.0 + 0.5 * 0.2 / 0.7)
    text = words(app)
    for shown in ("0.200 <small>(0.86)", "0.200 <small>(0.29)", "0.600 <small>(1.00)", f"{final:.1f}"):
        assert shown in text, shown
    assert f"Exactly {final:.4f}" in text
    assert "Reference" in text
    assert "“red 204”" in text
    again = open_page(EVALUATE, s=session_id)
    assert row_names(again) == row_names(app)
    assert again.title[0].value == TOPIC


def test_pictures_that_are_none_are_named_and_the_rest_goes_on(open_page: Open) -> None:
    app = open_page(EVALUATE)
    app.file_uploader[0].upload("red 51.png", png(51), "image/png")
    app.file_uploader[0].upload("notes.png", b"<svg/>", "image/png")
    app.file_uploader[0].upload("again.png", png(51), "image/png")
    app = app.run()
    assert "notes\\.png" in words(app) or "notes.png" in words(app)
    assert primary(app) == ["Evaluate 1 picture"]


@pytest.mark.parametrize(
    ("missing", "sentence"), [("topic", "The topic is empty"), ("prompt", "text is empty")]
)
def test_what_is_missing_is_told_and_nothing_is_saved(open_page: Open, missing: str, sentence: str) -> None:
    app = typed(open_page(EVALUATE), 51)
    field = app.text_input(key="evaluate_topic_new") if missing == "topic" else app.text_area(
        key="evaluate_prompt_new"
    )  # fmt: skip
    app = press(field.set_value("").run(), "Evaluate 1 picture")
    assert sentence in words(app)
    assert sessions.search().total == 0


def test_a_picture_taken_out_is_out_and_the_reference_follows(open_page: Open) -> None:
    app = typed(open_page(EVALUATE), 51, 102)
    [first, _second] = [b for b in app.main.button if str(b.key).startswith("remove_reference_")]
    app = first.click().run()
    assert primary(app) == ["Evaluate 1 picture"]
    assert "red 102.png is the reference" in [label.replace("\\", "") for label in labels(app)]


def test_sixty_pictures_are_paged(open_page: Open) -> None:
    session_id = evaluated(tuple(range(100, 160)))
    app = open_page(EVALUATE, s=session_id)
    assert not app.exception
    first = row_names(app)
    assert len(first) == 24
    app.query_params["page"] = "3"
    last = row_names(app.run())
    assert len(last) == 12
    assert not set(first) & set(last)
    app.session_state[f"setup_{session_id}"] = True
    app = app.run()
    assert not app.exception
    tiles = [b for b in app.main.button if str(b.key).startswith("choose_reference_")]
    assert len(tiles) == 24


def test_one_picture_that_is_its_own_reference(open_page: Open) -> None:
    app = open_page(EVALUATE, s=evaluated((102,)))
    assert not app.exception
    assert len(row_names(app)) == 1
    assert "is the reference" in words(app)


def test_rows_are_sorted_as_the_address_says(open_page: Open) -> None:
    session_id = evaluated((204, 51, 102), photos=[photo(51)])
    by_name = row_names(open_page(EVALUATE, s=session_id, sort="name"))
    assert by_name == sorted(by_name)
    by_likeness = row_names(open_page(EVALUATE, s=session_id, sort="likeness"))
    assert [name.replace("\\", "") for name in by_likeness] == ["red 51.png", "red 102.png", "red 204.png"]
    assert row_names(open_page(EVALUATE, s=session_id, sort="nonsense")) == row_names(
        open_page(EVALUATE, s=session_id)
    )


def test_a_part_that_fails_says_so_and_the_rest_stands(open_page: Open) -> None:
    def broken(reds: list[int]) -> None:
        raise EngineUnavailable("The distance model is not here.")

    evaluator, _checker = fake_evaluator(scorer=fake_scorer(lpips=broken))
    use_evaluator(evaluator)
    text = words(open_page(EVALUATE, s=evaluated()))
    assert "Looks like reference, not scored: The distance model is not here." in text
    assert "0.200 <small>(0.86)" in text
    assert "No picture has a rank yet" in text or "#1" in text
    assert "nan" not in text
    assert "None" not in text


def test_weights_rerank_without_measuring_and_reset_in_one_click(open_page: Open) -> None:
    session_id = evaluated()
    before = load_evaluation(session_id)
    app = open_page(EVALUATE, s=session_id)
    for name, value in (("caption", 0), ("clip", 0), ("lpips", 40)):
        app = app.slider(key=f"weight_{name}_{session_id}").set_value(value).run()
    after = load_evaluation(session_id)
    assert (after.weights.clip, after.weights.lpips, after.weights.caption) == (0, 1, 0)
    assert [r.score and r.score.clip for r in sorted(before.rows, key=lambda r: r.id)] == [
        r.score and r.score.clip for r in sorted(after.rows, key=lambda r: r.id)
    ]
    assert row_names(app) != []
    assert not queue.active()
    app = app.button(key=f"weights_reset_{session_id}").click().run()
    restored = load_evaluation(session_id)
    assert restored.default_weights
    assert [(r.id, r.score and r.score.final) for r in restored.rows] == [
        (r.id, r.score and r.score.final) for r in before.rows
    ]
    assert app.slider(key=f"weight_caption_{session_id}").value == 50


def test_weights_of_zero_are_refused_and_the_old_ones_stay(open_page: Open) -> None:
    session_id = evaluated()
    app = open_page(EVALUATE, s=session_id)
    for name in ("caption", "clip", "lpips"):
        app = app.slider(key=f"weight_{name}_{session_id}").set_value(0).run()
    assert "All score weights are 0" in words(app)
    assert load_evaluation(session_id).weights.lpips == 1


def test_coverage_likeness_and_twins_stand_beside_the_score(open_page: Open) -> None:
    session_id = evaluated((204, 203, 51), photos=[photo(204, "front.png")])
    app = open_page(EVALUATE, s=session_id)
    text = words(app).replace("\\", "")
    assert "red 204.png and red 203.png look the same" in text or "red 203.png and red 204.png" in text
    assert "Looks the same as red 203.png" in text
    assert "100%" in text
    best = next(row for row in load_evaluation(session_id).rows if row.name == "red 204.png")
    detail = words(open_page(EVALUATE, s=session_id, v=str(best.id)))
    assert "Shows 100% of the plan, by weight." in detail.replace("\\", "")
    assert "morning light" in detail
    assert "nearest photo: front.png" in detail
    dark = next(row for row in load_evaluation(session_id).rows if row.name == "red 51.png")
    assert "not seen" in words(open_page(EVALUATE, s=session_id, v=str(dark.id)))


def test_details_draw_the_map_through_the_worker(open_page: Open) -> None:
    session_id = evaluated()
    row = load_evaluation(session_id).rows[0]
    app = open_page(EVALUATE, s=session_id, v=str(row.id))
    assert "Ranks #1 with" in words(app).replace("\\", "")
    [run] = queue.active()
    assert run.kind is RunKind.HEATMAP
    assert not app.get("slider") or all(s.key != f"map_share_{row.id}" for s in app.slider)
    work()
    app = app.run()
    assert not app.exception
    assert app.slider(key=f"map_share_{row.id}").value == 55
    assert "speak most for" in words(app)
    assert "Grey edges" in words(app)

    choice = app.selectbox(key=f"map_text_{row.id}")
    assert choice.options[0] == "The whole text"
    app = choice.set_value("morning light").run()
    [run] = queue.active()
    assert run.steps[0].payload == {"variants": [row.id], "text": "morning light"}
    work()
    app = app.run()
    assert "“morning light”" in words(app)
    assert not queue.active()
    app.slider(key=f"map_share_{row.id}").set_value(0).run()
    assert not app.exception
    assert not queue.active()


def test_details_of_a_heatmap_that_fails_can_be_tried_again(open_page: Open) -> None:
    session_id = evaluated()
    row = load_evaluation(session_id).rows[0]
    app = open_page(EVALUATE, s=session_id, v=str(row.id))

    def fails(context: StepContext) -> None:
        raise InvalidInput("No map today.")

    Worker({**handlers(), "heatmap": fails}).run_until_idle()
    app = app.run()
    assert "No map today" in words(app)
    [again] = [b for b in app.button if b.label == "Try again"]  # a dialog is beside the main block
    again.click().run()
    work()
    assert app.run().slider(key=f"map_share_{row.id}")


def test_another_reference_or_text_offers_one_button(open_page: Open) -> None:
    session_id = evaluated()
    app = open_page(EVALUATE, s=session_id)
    assert primary(app) == []
    app.session_state[f"setup_{session_id}"] = True
    app = app.run()
    [use] = [b for b in app.main.button if b.label.replace("\\", "") == "Use red 204.png as the reference"]
    app = use.click().run()
    assert primary(app) == ["Score now"]
    app = press(app, "Score now")
    work()
    app = app.run()
    assert primary(app) == []
    assert not load_evaluation(session_id).session.stale_scores

    app.session_state[f"setup_{session_id}"] = True
    app = app.run()
    app = app.text_area(key=f"evaluate_prompt_{session_id}").set_value("A blue mug.").run()
    assert sessions.load(session_id).brief.product_text == "A blue mug."
    assert primary(app) == ["Score now"]
    app = app.text_input(key=f"evaluate_topic_{session_id}").set_value(" ").run()
    assert "The topic is empty" in words(app)
    assert sessions.load(session_id).brief.topic == TOPIC


def test_more_pictures_can_be_added(open_page: Open) -> None:
    session_id = evaluated()
    app = open_page(EVALUATE, s=session_id)
    app.session_state[f"setup_{session_id}"] = True
    app = app.run()
    app.file_uploader[0].upload("red 153.png", png(153), "image/png")
    app = app.run()
    assert len(load_evaluation(session_id).rows) == 4
    assert "Some pictures are not scored yet" in words(app)
    assert primary(app) == ["Score now"]


def test_cancel_then_go_on(open_page: Open) -> None:
    pictures = [photo(red) for red in REDS]
    session_id = create_evaluation(TOPIC, PROMPT, pictures, reference_sha256=pictures[0].sha256)
    run_id = start_evaluation(session_id)
    app = press(open_page(EVALUATE, s=session_id, run=run_id), "Cancel")
    assert queue.get(run_id).state is RunState.CANCELLED
    app = app.run()
    assert "Stopped as you asked" in words(app)
    press(app, "Go on")
    work()
    assert len(row_names(app.run())) == 3


def test_long_texts_are_told(open_page: Open) -> None:
    session_id = evaluated()
    view = sessions.load(session_id)
    from dataclasses import replace

    notice = Message("A text is longer than the {limit} tokens.", {"limit": 77})
    told = {v.id: replace(v.score, notices=(notice,)) for v in view.variants if v.score}
    sessions.save_scores(session_id, told, TOPIC, PROMPT, view.reference_sha256)
    app = open_page(EVALUATE, s=session_id)
    assert [i.value.replace("\\", "") for i in app.info] == ["A text is longer than the 77 tokens."]


def test_the_files_hold_the_same_figures(open_page: Open) -> None:
    session_id = evaluated()
    app = open_page(EVALUATE, s=session_id)
    assert {d.proto.label for d in app.get("download_button")} >= {"CSV", "JSON", "XLSX"}
    rows = files.score_rows(load_evaluation(session_id))
    table = list(csv.DictReader(io.StringIO(files.to_csv(rows).decode("utf-8-sig"))))
    assert [r["name"] for r in table] == [name.replace("\\", "") for name in row_names(app)]
    assert json.loads(files.to_json(rows))[0]["final"] == pytest.approx(float(table[0]["final"]))
    assert f"{float(table[0]['final']):.1f}" in words(app)


def test_evaluations_are_sessions_and_open_here(open_page: Open) -> None:
    session_id = evaluated()
    card = sessions.search("mug").cards[0]
    assert (card.kind, card.variants) == (SessionKind.EVALUATE, 3)
    app = open_page("pages/sessions.py")
    assert "3 pictures" in words(app)
    [link] = [each for each in app.get("page_link") if TOPIC in each.proto.label]
    assert link.proto.page.endswith("evaluate")
    moved = open_page("pages/sessions.py", s=session_id)
    assert not moved.exception


def test_a_studio_session_reads_as_a_report_too(open_page: Open) -> None:
    session_id = seeds.session()
    app = open_page(EVALUATE, s=session_id)
    assert not app.exception
    assert len(row_names(app)) == 4
    assert "Open the session" in labels(app)
    assert not [e for e in app.get("expander") if e.label == "Pictures, texts and reference"]


def test_the_studio_cards_tell_the_same(open_page: Open) -> None:
    session_id = seeds.session()
    from services.evaluation import start_explain

    start_explain(session_id)
    work()
    rows = load_evaluation(session_id).rows
    assert all(row.coverage for row in rows)
    for page in ("pages/studio.py", "pages/sessions.py"):
        app = open_page(page, s=session_id)
        assert not app.exception
        text = words(app)
        assert "of the plan" in text
        assert "Likeness to the product" in text
        opened = open_page(page, s=session_id, v=str(rows[0].id))
        assert "Ranks #1 with" in words(opened).replace("\\", "")
    assert queue.active()[0].kind is RunKind.HEATMAP
    busy = open_page("pages/studio.py", s=session_id)
    assert busy.button(key=f"pick_{rows[0].id}")


def test_an_unknown_evaluation_is_one_calm_sentence(open_page: Open) -> None:
    app = open_page(EVALUATE, s="nosuchone")
    assert not app.exception
    assert "There is no session nosuchone" in words(app).replace("\\", "")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_both_languages_say_no_none(open_page: Open, lang: str) -> None:
    session_id = evaluated((204, 203, 51), photos=[photo(204, "front.png")])
    row = load_evaluation(session_id).rows[0]
    for params in ({}, {"s": session_id}, {"s": session_id, "v": str(row.id)}):
        text = words(open_page(EVALUATE, lang=lang, **params))
        assert len(text) > 80
        assert "None" not in text
        assert ("평가" in text) == (lang == "ko") or "s" in params


def test_too_many_pictures_are_left_out_and_told(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.evaluate_uploads.EVALUATION_IMAGES", 2)
    app = typed(open_page(EVALUATE), *REDS)
    assert primary(app) == ["Evaluate 2 pictures"]
    assert "1 picture left out" in words(app)
    assert EVALUATION_IMAGES == 200


def test_an_unscored_metric_has_no_figure() -> None:
    from ui.evaluate_table import reasons

    score = seeds.unscored()
    assert score.lpips == MetricScore(reason=score.lpips.reason)
    from ui.i18n import speaking

    token = speaking.set("en")
    try:
        assert reasons(score) == ["Looks like reference, not scored: The reference picture is missing."]
    finally:
        speaking.reset(token)
