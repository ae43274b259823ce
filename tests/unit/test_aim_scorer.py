"""The scorer over fake parts: what is scored, what is not and why, what is measured only once."""

from __future__ import annotations

import math

import pytest

from services.aim.batches import BATCH
from services.aim.passes import IS_REFERENCE, NO_PROMPT, NO_REFERENCE, NO_TOPIC
from services.domain import AimWeights, ModelRef
from services.errors import Cancelled, EngineUnavailable, InvalidInput
from services.messages import message
from tests.unit.aim_fakes import FakeClip, fake_scorer, picture


def boom(reds: list[int]) -> None:
    raise RuntimeError("the weights   are\nbroken")


def test_all_three_metrics_and_the_final() -> None:
    (score,) = fake_scorer().score([picture(51)], "topic", "prompt", picture(204))
    assert score.clip.raw == pytest.approx(0.2)
    assert score.clip.norm == pytest.approx(1.2 / 1.4)
    assert (score.caption.text, score.caption.norm) == ("red 51", pytest.approx(0.2 / 0.7))
    assert score.lpips.raw == pytest.approx(0.6)
    assert score.final == pytest.approx(100 * (0.2 * 1.2 / 1.4 + 0.3 * 1 + 0.5 * 0.2 / 0.7))


@pytest.mark.parametrize("metric", ["clip", "lpips"])
def test_a_metric_that_raises_is_not_scored_and_leaves_the_others(metric: str) -> None:
    scores = fake_scorer(**{metric: boom}).score([picture(1), picture(2)], "t", "p", picture(9))
    for score in scores:
        failed = getattr(score, metric)
        assert (failed.raw, failed.norm) == (None, None)
        assert "RuntimeError: the weights are broken" in str(failed.reason)
        others = {"clip", "caption", "lpips"} - {metric}
        assert all(getattr(score, name).scored for name in others)
        assert score.final is None


def test_without_a_topic_model_the_caption_stays() -> None:
    (score,) = fake_scorer(topic=boom).score([picture(1)], "t", "p", picture(9))
    assert score.caption.text == "red 1"
    assert not score.caption.scored
    assert score.final is None


def test_without_a_captioner_its_reason_is_given() -> None:
    (score,) = fake_scorer(caption=boom).score([picture(1)], "t", "p", picture(9))
    assert score.caption.text == ""
    assert "RuntimeError" in str(score.caption.reason)


def test_all_metrics_fail_and_nothing_is_zero() -> None:
    scorer = fake_scorer(clip=boom, caption=boom, topic=boom, lpips=boom)
    (score,) = scorer.score([picture(1)], "t", "p", picture(9))
    for metric in (score.clip, score.caption, score.lpips):
        assert metric.norm is None
        assert metric.reason is not None
    assert score.final is None


def test_one_bad_picture_does_not_take_its_neighbours_along() -> None:
    def bad(reds: list[int]) -> None:
        if 2 in reds:
            raise ValueError("picture 2")

    scores = fake_scorer(clip=bad).score([picture(r) for r in (1, 2, 3)], "t", "p", picture(9))
    assert [s.clip.scored for s in scores] == [True, False, True]
    assert [s.final is None for s in scores] == [False, True, False]


def test_a_part_that_is_not_available_says_so_once() -> None:
    def missing(reds: list[int]) -> None:
        raise EngineUnavailable("Install {it}.", it="lpips")

    scorer = fake_scorer(lpips=missing)
    scores = scorer.score([picture(r) for r in range(40)], "t", "p", picture(99))
    assert {str(s.lpips.reason) for s in scores} == {"Install lpips."}
    assert len(scorer.lpips.calls) == 1


def test_nan_is_not_scored_and_not_remembered() -> None:
    scorer = fake_scorer()
    scorer.clip.similarities = lambda images, text: [math.nan for _ in images]
    for _ in range(2):
        (score,) = scorer.score([picture(1)], "t", "p", picture(9))
        assert score.clip.norm is None
        assert "nan" in str(score.clip.reason)


def test_a_wrong_number_of_values_is_an_error_not_a_shift() -> None:
    scorer = fake_scorer()
    scorer.clip.similarities = lambda images, text: [0.5]
    scores = scorer.score([picture(1), picture(2)], "t", "p", picture(9))
    assert all(s.clip.raw == 0.5 for s in scores)  # asked again one by one, each answer is its own
    scorer = fake_scorer()
    scorer.clip.similarities = lambda images, text: [0.5, 0.5, 0.5]
    scores = scorer.score([picture(1), picture(2)], "t", "p", picture(9))
    assert all(s.clip.norm is None for s in scores)


def test_an_empty_caption_is_not_scored() -> None:
    scorer = fake_scorer()
    scorer.captioner.captions = lambda images: [" " for _ in images]
    (score,) = scorer.score([picture(1)], "t", "p", picture(9))
    assert "caption is empty" in str(score.caption.reason)


def test_out_of_memory_halves_the_batch_once() -> None:
    def full(reds: list[int]) -> None:
        if len(reds) > 4:
            raise MemoryError

    scorer = fake_scorer(clip=full)
    scores = scorer.score([picture(r) for r in range(8)], "t", "p", picture(99))
    assert all(s.clip.scored for s in scores)
    assert [len(call) for call in scorer.clip.calls] == [8, 4, 4]


def test_out_of_memory_twice_is_a_clear_failure() -> None:
    def full(reds: list[int]) -> None:
        raise RuntimeError("CUDA out of memory. Tried to allocate 20 GiB")

    scorer = fake_scorer(clip=full)
    scores = scorer.score([picture(r) for r in range(8)], "t", "p", picture(99))
    assert all("not enough memory" in str(s.clip.reason) for s in scores)
    assert [len(call) for call in scorer.clip.calls] == [8, 4, 4]


def test_the_reference_row() -> None:
    scorer = fake_scorer()
    one, two = scorer.score([picture(51), picture(204)], "t", "p", picture(204))
    assert (one.is_reference, two.is_reference) == (False, True)
    assert two.lpips.reason == IS_REFERENCE
    assert two.lpips.raw is None
    assert two.final == pytest.approx(100)  # both other metrics are full: 0.8 and above
    assert scorer.lpips.calls == [[51]]


def test_without_a_reference() -> None:
    (score,) = fake_scorer().score([picture(1)], "t", "p", None)
    assert score.lpips.reason == NO_REFERENCE
    assert score.final is None
    assert not score.is_reference


def test_without_texts() -> None:
    scorer = fake_scorer()
    (score,) = scorer.score([picture(1)], "  ", "", picture(9))
    assert (score.clip.reason, score.caption.reason) == (NO_PROMPT, NO_TOPIC)
    assert score.caption.text == "red 1"
    assert scorer.clip.calls == scorer.topic.calls == []


def test_nothing_to_score() -> None:
    assert fake_scorer().score([], "t", "p", picture(9)) == []


def test_duplicates_are_measured_once() -> None:
    scorer = fake_scorer()
    scores = scorer.score([picture(1), picture(2), picture(1)], "t", "p", picture(9))
    assert scores[0] == scores[2] != scores[1]
    assert scorer.clip.calls == [[1, 2]]


def test_the_second_scoring_costs_nothing() -> None:
    scorer = fake_scorer()
    images = [picture(r) for r in range(3)]
    first = scorer.score(images, "t", "p", picture(9))
    assert scorer.score(images, "t", "p", picture(9)) == first
    assert [len(part.calls) for part in (scorer.clip, scorer.captioner, scorer.topic, scorer.lpips)] == [
        1
    ] * 4


def test_only_what_changed_is_measured_again() -> None:
    scorer = fake_scorer()
    scorer.score([picture(1)], "t", "p", picture(9))
    scorer.score([picture(1)], "t", "other prompt", picture(9))
    scorer.score([picture(1)], "other topic", "p", picture(9))
    scorer.score([picture(1)], "t", "p", picture(8))
    counts = [len(part.calls) for part in (scorer.clip, scorer.captioner, scorer.topic, scorer.lpips)]
    assert counts == [2, 1, 2, 2]


def test_one_size_policy_for_all_pictures_of_a_session() -> None:
    scorer = fake_scorer()
    small = [picture(r, (96, 96)) for r in (1, 2)]
    scorer.score(small, "t", "p", picture(9, (96, 96)))
    assert scorer.lpips.sizes == {(96, 96)}
    scorer.lpips.sizes.clear()
    scorer.score([*small, picture(3, (96, 80))], "t", "p", picture(9, (96, 96)))
    assert scorer.lpips.sizes == {(256, 256)}
    assert scorer.lpips.calls == [[1, 2], [1, 2, 3]]  # the earlier two under the other policy: measured anew


def test_weights_can_be_edited() -> None:
    scorer = fake_scorer()
    (score,) = scorer.score([picture(51)], "t", "p", picture(204), weights=AimWeights(1, 0, 0))
    assert score.final == pytest.approx(100 * 1.2 / 1.4)
    assert score.weights == AimWeights(1, 0, 0)
    with pytest.raises(InvalidInput):
        scorer.score([picture(51)], "t", "p", None, weights=AimWeights(1, 1, 1))


def test_progress_rises_to_one() -> None:
    shares: list[float] = []
    fake_scorer().score([picture(r) for r in range(40)], "t", "p", picture(99), shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(shares) > 4 * 40 / BATCH


def test_cancelled_passes_through_progress_and_keeps_what_is_done() -> None:
    scorer = fake_scorer()
    images = [picture(r) for r in range(2 * BATCH)]

    def progress(share: float) -> None:
        if share > 0:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        scorer.score(images, "t", "p", picture(99), progress)
    scorer.score(images, "t", "p", picture(99))
    assert [len(call) for call in scorer.clip.calls] == [BATCH, BATCH]  # the first batch was not repeated


def test_cancelled_by_the_question() -> None:
    with pytest.raises(Cancelled):
        fake_scorer().score([picture(1)], "t", "p", picture(9), cancelled=lambda: True)


def test_cancelled_inside_a_part_is_not_a_failed_metric() -> None:
    def stop(reds: list[int]) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        fake_scorer(lpips=stop).score([picture(1)], "t", "p", picture(9))


def test_notices_reach_every_row() -> None:
    scorer = fake_scorer()
    scorer.clip.said = (message("in two parts"),)
    scores = scorer.score([picture(1), picture(2)], "t", "p", picture(9))
    assert all(s.notices == (message("in two parts"),) for s in scores)


def test_the_id_names_every_model() -> None:
    assert (
        fake_scorer().id == "clip=fake-clip@1; caption=fake-caption@1; topic=fake-topic@1; lpips=fake-lpips@1"
    )


def test_a_part_that_cannot_even_be_named_is_not_scored() -> None:
    class Nameless(FakeClip):
        @property
        def ref(self) -> ModelRef:
            raise EngineUnavailable("The folder is empty.")

    scorer = fake_scorer()
    scorer.clip = Nameless("clip")
    (score,) = scorer.score([picture(1)], "t", "p", picture(9))
    assert str(score.clip.reason) == "The folder is empty."
    assert score.caption.scored
    assert score.scorer.startswith("clip=unavailable; caption=fake")
