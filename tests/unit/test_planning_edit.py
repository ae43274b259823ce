"""The editable plan: weights always sum to 1, and what cannot run says why."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain import Plan, SubQuery
from services.errors import InvalidInput
from services.planning import edit

PLAN = Plan("A dog.", (SubQuery("a dog", 0.5), SubQuery("a sofa", 0.3), SubQuery("soft light", 0.2)))
weights = st.lists(st.floats(0, 1e300), min_size=1, max_size=8).filter(lambda values: max(values) > 0)


def total(plan: Plan) -> int:
    """Weights in thousandths, added up exactly."""
    return sum(round(query.weight * 1000) for query in plan.subqueries)


@given(weights)
def test_rounded_weights_sum_to_one_and_keep_their_order(values: list[float]) -> None:
    rounded = edit.round_weights(values)
    assert sum(round(weight * 100) for weight in rounded) == 100
    assert math.isclose(math.fsum(rounded), 1)
    exact = [value / max(values) for value in values]
    for share, other in zip(rounded, exact, strict=True):
        assert abs(share - other / math.fsum(exact)) <= 0.01 + 1e-9


@given(weights)
def test_normalising_twice_changes_nothing(values: list[float]) -> None:
    plan = Plan("", tuple(SubQuery(f"q{i}", value) for i, value in enumerate(values)))
    once = edit.normalised(plan)
    assert total(once) == 1000
    assert edit.normalised(once) == once


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [-1.0, 2.0], [math.nan], [math.inf, 1.0]])
def test_weights_that_cannot_be_shares(values: list[float]) -> None:
    with pytest.raises(InvalidInput):
        edit.validate(Plan("", tuple(SubQuery("a dog", value) for value in values)))


def test_add_takes_an_average_share() -> None:
    plan = edit.add_subquery(PLAN, "  a\tred   ball ")
    assert [query.text for query in plan.subqueries][-1] == "a red ball"
    assert plan.subqueries[-1].weight == pytest.approx(0.25)
    assert total(plan) == 1000


def test_add_to_an_empty_plan() -> None:
    assert edit.add_subquery(Plan("", ()), "a dog").subqueries == (SubQuery("a dog", 1.0),)


def test_remove_shares_out_the_weight() -> None:
    plan = edit.remove_subquery(PLAN, 0)
    assert [query.weight for query in plan.subqueries] == [0.6, 0.4]


def test_remove_the_only_weighted_one() -> None:
    plan = Plan("", (SubQuery("a dog", 1.0), SubQuery("a sofa", 0.0), SubQuery("light", 0.0)))
    assert [query.weight for query in edit.remove_subquery(plan, 0).subqueries] == [0.5, 0.5]


def test_rename_and_reweigh() -> None:
    assert edit.rename_subquery(PLAN, 1, "a couch").subqueries[1] == SubQuery("a couch", 0.3)
    changed = edit.reweigh_subquery(PLAN, 2, 1.2)
    assert [query.weight for query in changed.subqueries] == [0.25, 0.15, 0.6]


@pytest.mark.parametrize(
    "change",
    [
        lambda: edit.remove_subquery(PLAN, 3),
        lambda: edit.rename_subquery(PLAN, -1, "x"),
        lambda: edit.rename_subquery(PLAN, 0, " \n"),
        lambda: edit.rename_subquery(PLAN, 0, "x" * 201),
        lambda: edit.add_subquery(PLAN, "a dog", share=2.0),
        lambda: edit.remove_subquery(Plan("", (SubQuery("a", 1.0),)), 0),
        lambda: edit.normalised(Plan("", tuple(SubQuery("a", 1.0) for _ in range(9)))),
    ],
)
def test_changes_that_are_refused(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput):
        change()


def test_the_original_plan_is_untouched() -> None:
    edit.reweigh_subquery(PLAN, 0, 9)
    assert PLAN.subqueries[0].weight == 0.5
