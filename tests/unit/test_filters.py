"""The filters: each rule, what a person overrules, and what holds for any matches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain import DropReason, Match
from services.errors import InvalidInput
from services.retrieval.filters import (
    Matches,
    apply_filters,
    drop,
    live_subqueries,
    reset,
    restore,
    reweight,
    share_weights,
    subquery_shares,
)


def match(subquery: int, similarity: float, item: int, query_weight: float = 0.5) -> Match:
    return Match(
        subquery=subquery,
        query=f"query {subquery}",
        item_id=item,
        sha256=f"{item:064x}",
        file_name=f"{item}.jpg",
        similarity=similarity,
        weight=0.0,
        query_weight=query_weight,
    )


def unlike(count: int) -> np.ndarray:
    return np.eye(count, dtype=np.float32)


def weights(matches: Matches) -> list[float]:
    return [round(m.weight, 6) for m in matches]


# --- the rules ---------------------------------------------------------------------------------


def test_weight_of_a_subquery_is_shared_by_similarity() -> None:
    matches = [match(0, 0.6, 1, 0.7), match(0, 0.2, 2, 0.7), match(1, 0.4, 3, 0.3)]
    assert weights(share_weights(matches)) == [0.525, 0.175, 0.3]


def test_match_below_the_floor_goes_with_its_figures_and_one_at_the_floor_stays() -> None:
    first, second = apply_filters([match(0, 0.2, 1), match(0, 0.19, 2)], unlike(2), floor=0.2)
    assert first.kept
    assert (second.drop, second.drop_value, second.drop_limit, second.drop_twin) == (
        DropReason.RELEVANCE,
        0.19,
        0.2,
        None,
    )
    assert (first.weight, second.weight) == (1.0, 0.0)


def test_of_two_too_alike_the_one_of_larger_weight_stays() -> None:
    matches = [match(0, 0.9, 1, 0.2), match(1, 0.4, 2, 0.8)]
    cosines = np.array([[1, 0.85], [0.85, 1]], np.float32)
    lighter, heavier = apply_filters(matches, cosines, floor=0.1)
    assert heavier.kept
    assert (lighter.drop, lighter.drop_limit, lighter.drop_twin) == (DropReason.REDUNDANCY, 0.8, 2)
    assert lighter.drop_value == pytest.approx(0.85)
    assert (heavier.weight, lighter.weight) == (1.0, 0.0)


def test_cosine_at_the_limit_is_not_too_alike() -> None:
    cosines = np.array([[1, 0.5], [0.5, 1]], np.float32)
    assert all(m.kept for m in apply_filters([match(0, 0.9, 1), match(0, 0.8, 2)], cosines, 0.1, 0.5))


def test_twin_of_a_dropped_picture_stays() -> None:
    """A is like B, B like C, A not like C: with B gone, C stays."""
    cosines = np.array([[1, 0.9, 0.1], [0.9, 1, 0.9], [0.1, 0.9, 1]], np.float32)
    matches = [match(0, 0.9, 1), match(0, 0.8, 2), match(0, 0.7, 3)]
    assert [m.kept for m in apply_filters(matches, cosines, 0.1)] == [True, False, True]


def test_unknown_cosines_drop_nothing() -> None:
    cosines = np.full((2, 2), np.nan, np.float32)
    assert all(m.kept for m in apply_filters([match(0, 0.9, 1), match(0, 0.8, 2)], cosines, 0.1))


def test_subquery_goes_with_its_last_match_and_its_weight_with_the_others() -> None:
    matches = [match(0, 0.5, 1, 0.5), match(1, 0.5, 2, 0.3), match(2, 0.1, 3, 0.2)]
    result = apply_filters(matches, unlike(3), floor=0.3)
    assert live_subqueries(result) == (0, 1)
    assert subquery_shares(result) == pytest.approx({0: 0.625, 1: 0.375})
    assert weights(result) == [0.625, 0.375, 0.0]


def test_no_match_good_enough_is_a_normal_result() -> None:
    result = apply_filters([match(0, 0.1, 1), match(1, 0.1, 2)], unlike(2), floor=0.9)
    assert not any(m.kept for m in result)
    assert live_subqueries(result) == ()
    assert weights(result) == [0.0, 0.0]
    assert apply_filters([], unlike(0), floor=0.9) == ()


def test_lower_floor_brings_matches_back() -> None:
    matches = [match(0, 0.5, 1), match(0, 0.2, 2)]
    strict = apply_filters(matches, unlike(2), floor=0.4)
    assert apply_filters(strict, unlike(2), floor=0.1) == apply_filters(matches, unlike(2), floor=0.1)


def test_negative_similarities_still_share_out_weight() -> None:
    result = share_weights([match(0, -0.2, 1), match(0, -0.3, 2)])
    assert weights(result) == [0.5, 0.5]


# --- by hand -----------------------------------------------------------------------------------


def test_restored_match_stays_and_makes_no_other_vanish() -> None:
    cosines = np.array([[1, 0.95], [0.95, 1]], np.float32)
    filtered = apply_filters([match(0, 0.9, 1), match(0, 0.5, 2)], cosines, floor=0.1)
    by_hand = restore(filtered, 1)
    assert [m.kept for m in by_hand] == [True, True]
    assert by_hand[1].overruled
    assert sum(m.weight for m in by_hand) == pytest.approx(1)
    again = apply_filters(by_hand, cosines, floor=0.6)
    assert [m.kept for m in again] == [True, True]


def test_match_dropped_by_hand_stays_out_at_any_floor() -> None:
    by_hand = drop([match(0, 0.9, 1), match(0, 0.5, 2)], 0)
    assert (by_hand[0].drop, by_hand[0].overruled, by_hand[0].weight) == (DropReason.USER, True, 0.0)
    assert by_hand[1].weight == 1.0
    assert not apply_filters(by_hand, unlike(2), floor=-1)[0].kept


def test_match_dropped_by_hand_no_longer_displaces_its_twin() -> None:
    cosines = np.array([[1, 0.95], [0.95, 1]], np.float32)
    matches = [match(0, 0.9, 1), match(0, 0.5, 2)]
    result = apply_filters(drop(matches, 0), cosines, floor=0.1)
    assert [m.kept for m in result] == [False, True]


def test_decision_can_be_taken_back() -> None:
    matches = apply_filters([match(0, 0.9, 1), match(0, 0.5, 2)], unlike(2), floor=0.1)
    assert reset(drop(matches, 0), 0) == matches
    assert reset(reweight(matches, 1, 0.9), 1) == matches


def test_typed_weight_holds_and_the_others_share_the_rest() -> None:
    matches = apply_filters([match(0, 0.6, 1), match(0, 0.3, 2), match(0, 0.1, 3)], unlike(3), floor=0.2)
    typed = reweight(matches, 1, 0.8)
    assert weights(typed) == [0.2, 0.8, 0.0]
    lower = apply_filters(typed, unlike(3), floor=0.05)
    assert lower[1].weight == pytest.approx(0.8)
    assert sum(m.weight for m in lower) == pytest.approx(1)
    assert reweight(typed, 1, None)[1].weight == pytest.approx(1 / 3)


def test_typed_weight_restores_a_dropped_match() -> None:
    matches = apply_filters([match(0, 0.6, 1), match(0, 0.1, 2)], unlike(2), floor=0.2)
    assert weights(reweight(matches, 1, 0.25)) == [0.75, 0.25]


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan"), float("inf")])
def test_impossible_weights_are_refused(weight: float) -> None:
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        reweight([match(0, 0.6, 1)], 0, weight)


def test_cosines_of_another_shape_are_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="per match"):
        apply_filters([match(0, 0.6, 1)], unlike(2), floor=0.1)


# --- for any matches ---------------------------------------------------------------------------

figures = st.floats(-1, 1, allow_nan=False, width=32)


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Match], np.ndarray, float, float]:
    count = draw(st.integers(0, 9))
    query_weights = draw(st.lists(st.floats(0, 1), min_size=4, max_size=4))
    matches = [
        replace(match(q, draw(figures), i, query_weights[q]))
        for i in range(count)
        if (q := draw(st.integers(0, 3))) >= 0
    ]
    by_hand = draw(st.lists(st.sampled_from(["no", "restored", "dropped", "typed"]), min_size=count))
    for place, how in enumerate(by_hand[:count]):
        if how == "restored":
            matches = list(restore(matches, place))
        elif how == "dropped":
            matches = list(drop(matches, place))
        elif how == "typed":
            matches = list(reweight(matches, place, draw(st.floats(0, 1))))
    square = np.array(draw(st.lists(figures, min_size=count**2, max_size=count**2)), np.float32)
    square = square.reshape(count, count)
    cosines = np.maximum(square, square.T)
    np.fill_diagonal(cosines, 1)
    return matches, cosines, draw(figures), draw(st.floats(0, 1))


@settings(max_examples=300, deadline=None)
@given(situations())
def test_what_always_holds(situation: tuple[list[Match], np.ndarray, float, float]) -> None:
    matches, cosines, floor, limit = situation
    result = apply_filters(matches, cosines, floor, limit)

    assert [m.item_id for m in result] == [m.item_id for m in matches]
    kept = [m for m in result if m.kept]
    assert sum(m.weight for m in result) == pytest.approx(1.0 if kept else 0.0)
    assert all(m.weight >= 0 for m in result)
    assert all(m.weight == 0 for m in result if not m.kept)
    for before, after in zip(matches, result, strict=True):
        if before.overruled:
            assert after.drop == before.drop
        elif after.drop is DropReason.RELEVANCE:
            assert after.drop_value == after.similarity < after.drop_limit == floor
        elif after.drop is DropReason.REDUNDANCY:
            twin = next(m for m in result if m.item_id == after.drop_twin)
            assert twin.kept
            assert after.drop_value is not None
            assert after.drop_value > limit == after.drop_limit
            assert after.similarity >= floor
        else:
            assert after.kept
            assert after.similarity >= floor
            assert after.drop_value is after.drop_limit is after.drop_twin is None
    for i, one in enumerate(result):
        for j in range(i):
            if one.kept and result[j].kept and not one.overruled and not result[j].overruled:
                assert cosines[i, j] <= limit
    assert set(live_subqueries(result)) == {m.subquery for m in kept}
    assert apply_filters(result, cosines, floor, limit) == result
    assert apply_filters(matches, cosines, floor, limit) == result


def test_the_smallest_of_weights_do_not_overflow() -> None:
    first, second = match(0, 0.5, 1), match(1, 0.5, 2)
    small = replace(first, query_weight=2.2250738585e-313)
    shared = share_weights([small, replace(second, query_weight=1.0, typed_weight=0.0)])
    assert [m.weight for m in shared] == [1.0, 0.0]
