"""The checklist: weighted shares, failures kept apart, the cache; and the questions asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.aim.coverage import (
    PAIRS,
    Coverage,
    Measure,
    Pair,
    SubQueryCoverage,
    check_coverage,
    weighted_share,
)
from services.aim.coverage_blip2 import answer_tokens, question
from services.aim.coverage_conse import VISIBLE, ConseCoverage
from services.aim.pictures import Candidate
from services.aim.score_cache import MemoryScoreCache
from services.domain import ModelRef, SubQuery
from services.errors import Cancelled, EngineUnavailable
from services.messages import message
from services.parts import Vectors

PLAN = (SubQuery("a cup", 0.5), SubQuery("a spoon", 0.3), SubQuery("steam", 0.2))


class Answers:
    """A checker that knows its answers; "boom" fails, "nan" gives no number."""

    measure = Measure.PROBABILITY
    threshold = 0.5
    ref = ModelRef("coverage", "known answers")

    def __init__(self, answers: dict[str, float]) -> None:
        self.answers = answers
        self.calls: list[int] = []

    def values(self, pairs: Sequence[Pair]) -> list[float]:
        self.calls.append(len(pairs))
        if any(text == "boom" for _, text in pairs):
            raise RuntimeError("layer 3 exploded")
        return [self.answers[text] for _, text in pairs]


def candidates(count: int) -> list[Candidate]:
    return [Candidate(f"{n:064x}", Image.new("RGB", (8, 8), (n, n, n))) for n in range(count)]


def check(checker: Answers, plan: Sequence[SubQuery] = PLAN, count: int = 1) -> list[Coverage]:
    return check_coverage(checker, candidates(count), plan, cache=MemoryScoreCache())


def test_the_share_is_the_weight_of_what_is_visible() -> None:
    (coverage,) = check(Answers({"a cup": 0.9, "a spoon": 0.5, "steam": 0.49}))
    assert [item.visible for item in coverage.items] == [True, True, False]
    assert [item.value for item in coverage.items] == [0.9, 0.5, 0.49]
    assert coverage.share == pytest.approx(0.8)
    assert coverage.unchecked == ()
    assert (coverage.measure, coverage.threshold) == (Measure.PROBABILITY, 0.5)


def test_what_fails_is_not_checked_and_not_absent() -> None:
    plan = (SubQuery("a cup", 0.5), SubQuery("boom", 0.3), SubQuery("steam", 0.2))
    (coverage,) = check(Answers({"a cup": 0.9, "steam": 0.1}), plan)
    failed = coverage.items[1]
    assert (failed.value, failed.visible) == (None, None)
    assert "layer 3 exploded" in str(failed.reason)
    assert coverage.unchecked == (failed,)
    assert coverage.share == pytest.approx(0.5 / 0.7), "of what was checked"


def test_a_number_that_cannot_be_is_a_reason() -> None:
    (coverage,) = check(Answers({"a cup": float("nan"), "a spoon": 0.7, "steam": 0.1}))
    assert coverage.items[0].visible is None
    assert "nan" in str(coverage.items[0].reason)


def test_an_engine_that_is_not_there_says_so_everywhere() -> None:
    class Missing(Answers):
        def values(self, pairs: Sequence[Pair]) -> list[float]:
            raise EngineUnavailable("No weights here.")

    (first, second) = check(Missing({}), count=2)
    assert first.share is None
    assert {str(item.reason) for item in (*first.items, *second.items)} == {"No weights here."}


def test_words_are_needed() -> None:
    (coverage,) = check(Answers({"a cup": 0.9}), (SubQuery("a cup", 0.5), SubQuery("  ", 0.5)))
    assert coverage.items[1].reason is not None
    assert coverage.share == 1


def test_the_same_question_is_asked_once() -> None:
    checker, cache = Answers({"a cup": 0.9, "a spoon": 0.2, "steam": 0.1}), MemoryScoreCache()
    twice = [*candidates(2), *candidates(2)]
    first = check_coverage(checker, twice, PLAN, cache=cache)
    assert sum(checker.calls) == 2 * len(PLAN)
    assert check_coverage(checker, twice, PLAN, cache=cache) == first
    assert sum(checker.calls) == 2 * len(PLAN)
    check_coverage(checker, twice, (*PLAN, SubQuery("a cup", 0.1)), cache=cache)
    assert sum(checker.calls) == 2 * len(PLAN), "another weight is no other question"


def test_batches_hold_whole_pictures_and_progress_reaches_one() -> None:
    checker, seen = Answers({"a cup": 0.9, "a spoon": 0.2, "steam": 0.1}), []
    check_coverage(checker, candidates(20), PLAN, progress=seen.append, cache=MemoryScoreCache())
    assert all(size % len(PLAN) == 0 and size <= PAIRS for size in checker.calls)
    assert seen[-1] == 1
    assert seen == sorted(seen)


def test_cancel_stops_between_batches() -> None:
    checker = Answers({"a cup": 0.9, "a spoon": 0.2, "steam": 0.1})
    with pytest.raises(Cancelled):
        check_coverage(
            checker, candidates(20), PLAN, cancelled=lambda: bool(checker.calls), cache=MemoryScoreCache()
        )
    assert len(checker.calls) == 1


ITEMS = st.lists(
    st.builds(
        lambda weight, visible: SubQueryCoverage(
            "x", weight, None, visible, None if visible is not None else message("why")
        ),
        st.floats(0, 10),
        st.sampled_from([True, False, None]),
    )
)


@given(ITEMS)
def test_the_share_lies_between_none_and_all(items: list[SubQueryCoverage]) -> None:
    share = weighted_share(items)
    checked = [item for item in items if item.checked]
    if not checked:
        assert share is None
    else:
        assert share is not None
        assert 0 <= share <= 1
        if all(item.visible for item in checked):
            assert share == 1
        if not any(item.visible for item in checked):
            assert share == 0


class Plane:
    """Pictures at (red, green), texts at given angles: cosines known by hand."""

    ref = ModelRef("encoder", "conse:plane", "1")

    def __init__(self) -> None:
        self.looked_at = 0

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        self.looked_at += len(images)
        return np.array([image.getpixel((0, 0))[:2] for image in images], np.float32) / 255

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        known = {"red": (1, 0), "green": (0, 1), "both": (0.6, 0.8)}
        return np.array([known[text] for text in texts], np.float32)


def test_lite_coverage_is_the_cosine() -> None:
    plane, red = Plane(), Image.new("RGB", (4, 4), (200, 0, 0))
    yellow = Image.new("RGB", (4, 4), (100, 100, 0))
    pairs = [(red, "red"), (red, "both"), (red, "green"), (yellow, "red"), (yellow, "both")]
    assert ConseCoverage(plane).values(pairs) == pytest.approx([1, 0.6, 0, 0.7071, 0.9899], abs=1e-4)
    assert plane.looked_at == 2
    assert ConseCoverage(plane).values([]) == []
    assert ConseCoverage(plane).ref.part == "coverage"
    assert ConseCoverage(plane).threshold == VISIBLE


def test_questions_are_one_clean_line() -> None:
    asked = "Question: does this image show a red cup on the table? Answer:"
    assert question("a red cup\non  the table.") == asked


class Spellings:
    """A tokenizer with a vocabulary; anything else goes letter by letter."""

    unk_token_id = 0

    def __init__(self, known: dict[str, int]) -> None:
        self.known = known

    def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": [self.known[text]] if text in self.known else [100 + ord(c) for c in text]}


def test_all_spellings_that_are_one_token_count() -> None:
    both = {" yes": 5, " Yes": 6, "yes": 7, " no": 8, "No": 9}
    assert answer_tokens(Spellings(both)) == ([5, 6, 7], [8, 9])


@pytest.mark.parametrize("known", [{" yes": 5}, {" yes": 5, " no": 5}, {" yes": 0, " no": 8}, {}])
def test_a_model_without_the_words_is_refused(known: dict[str, int]) -> None:
    with pytest.raises(EngineUnavailable, match="yes and no"):
        answer_tokens(Spellings(known))
