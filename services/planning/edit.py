"""Changes that a person makes to a plan. Pure: each returns a new plan, or a sentence why not.

Weights are kept in thousandths so that what is shown adds up to exactly 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from services.domain import Plan, SubQuery
from services.errors import InvalidInput
from services.messages import N_

MAX_SUBQUERIES = 8
"""The planner proposes at most six; two more by hand still each keep a visible weight."""

SUBQUERY_CHARS = 200
"""A search phrase, not a paragraph."""


def round_weights(weights: Sequence[float], parts: int = 100) -> list[float]:
    """Shares of `weights`, rounded to 1/`parts`, that sum to 1 (largest remainder).

    Raises InvalidInput unless all are finite, >= 0 and one is above 0.
    """
    _check_weights(weights)
    top = max(weights)
    scaled = [weight / top for weight in weights]  # no overflow, however large they are
    exact = [weight / math.fsum(scaled) * parts for weight in scaled]
    whole = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (whole[i] - exact[i], i))
    for place in by_remainder[: parts - sum(whole)]:
        whole[place] += 1
    return [count / parts for count in whole]


def validate(plan: Plan) -> Plan:
    """The plan itself when it can be run. Raises InvalidInput with what to change."""
    if not plan.subqueries:
        raise InvalidInput(N_("The plan has no sub-query. Add at least one."))
    if len(plan.subqueries) > MAX_SUBQUERIES:
        raise InvalidInput(
            N_("The plan has {count} sub-queries. Keep {limit} or fewer."),
            count=len(plan.subqueries),
            limit=MAX_SUBQUERIES,
        )
    for query in plan.subqueries:
        _check_text(query.text)
    _check_weights([query.weight for query in plan.subqueries])
    return plan


def normalised(plan: Plan) -> Plan:
    """Weights in proportion, summing to 1. Raises InvalidInput where `validate` would."""
    validate(plan)
    weights = round_weights([query.weight for query in plan.subqueries], parts=1000)
    pairs = zip(plan.subqueries, weights, strict=True)
    return replace(plan, subqueries=tuple(replace(query, weight=weight) for query, weight in pairs))


def add_subquery(plan: Plan, text: str, share: float | None = None) -> Plan:
    """With one more sub-query that takes `share` (0..1) of the plan; None: as much as an average one."""
    count = len(plan.subqueries) + 1
    wanted = 1 / count if share is None else share
    if not 0 <= wanted <= 1:
        raise InvalidInput(N_("A weight is a share between 0 and 1, not {weight}."), weight=wanted)
    others = tuple(replace(query, weight=query.weight * (1 - wanted)) for query in plan.subqueries)
    total = math.fsum(query.weight for query in plan.subqueries) or 1.0
    return normalised(replace(plan, subqueries=(*others, SubQuery(_clean(text), wanted * total))))


def remove_subquery(plan: Plan, index: int) -> Plan:
    """Without the sub-query at `index`; the others share its weight in proportion."""
    rest = tuple(query for place, query in enumerate(plan.subqueries) if place != _place(plan, index))
    if rest and not any(query.weight for query in rest):
        rest = tuple(replace(query, weight=1.0) for query in rest)
    return normalised(replace(plan, subqueries=rest))


def rename_subquery(plan: Plan, index: int, text: str) -> Plan:
    """With other words for the sub-query at `index`."""
    return _changed(plan, index, text=_clean(text))


def reweigh_subquery(plan: Plan, index: int, weight: float) -> Plan:
    """With `weight` (relative to the others, >= 0) for the sub-query at `index`."""
    return _changed(plan, index, weight=weight)


def _changed(plan: Plan, index: int, **change: str | float) -> Plan:
    place = _place(plan, index)
    queries = list(plan.subqueries)
    queries[place] = replace(queries[place], **change)  # type: ignore[arg-type]
    return normalised(replace(plan, subqueries=tuple(queries)))


def _place(plan: Plan, index: int) -> int:
    if not 0 <= index < len(plan.subqueries):
        raise InvalidInput(N_("The plan has no sub-query number {number}."), number=index + 1)
    return index


def _clean(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _check_text(text: str) -> None:
    if not _clean(text):
        raise InvalidInput(N_("A sub-query is empty. Write what should be seen, or remove it."))
    if len(text) > SUBQUERY_CHARS:
        raise InvalidInput(
            N_("A sub-query has {count} characters. Shorten it to {limit} or fewer."),
            count=len(text),
            limit=SUBQUERY_CHARS,
        )


def _check_weights(weights: Sequence[float]) -> None:
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise InvalidInput(N_("A weight is below 0 or not a number. Use 0 or more."))
    if not any(weight > 0 for weight in weights):
        raise InvalidInput(N_("All weights are 0. Give at least one sub-query a weight."))
