"""Digests change with what a step reads, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.domain import Condition, Photo, Placement, Plan, Strategy, SubQuery
from services.sessions.inputs import Inputs, inputs_of
from tests.builders import a_brief, a_condition, a_plan, sha

BRIEF, PLAN, CONDITIONS = a_brief(), a_plan(), (a_condition(),)


def changed(brief: object = BRIEF, plan: Plan = PLAN, given: tuple[Condition, ...] = CONDITIONS) -> set[str]:
    before, after = inputs_of(BRIEF, PLAN, CONDITIONS), inputs_of(brief, plan, given)  # type: ignore[arg-type]
    return {name for name in Inputs.__slots__ if getattr(before, name) != getattr(after, name)}


OTHER_PHOTO = (Photo(sha("other"), "other.png", 8, 8, hero=True),)


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        ({"topic": "A coat"}, {"plan"}),
        ({"product_text": "A coat."}, {"plan", "references"}),
        ({"library": "photos"}, {"references"}),
        ({"strategy": Strategy.KEYWORDS}, {"references"}),
        ({"photos": OTHER_PHOTO}, {"references", "variants"}),
        ({"headline": "Wet"}, {"variants"}),
        ({"placement": Placement.STORY}, {"variants"}),
        ({"seed": 7}, {"variants"}),
        ({"variants": 12}, set()),
    ],
)
def test_brief(changes: dict[str, object], steps: set[str]) -> None:
    assert changed(a_brief(**changes)) == steps


def test_plan_and_conditions() -> None:
    assert changed(plan=a_plan("rain", "snow")) == {"references"}
    assert changed(plan=replace(PLAN, summary="Other words")) == set()
    assert changed(given=(a_condition(weight=0.5),)) == {"variants"}


def test_a_weight_moved_there_and_back_changes_nothing() -> None:
    weight = PLAN.subqueries[0].weight
    moved = tuple(SubQuery(q.text, weight + 0.1 - 0.1) for q in PLAN.subqueries)
    assert changed(plan=replace(PLAN, subqueries=moved)) == set()
