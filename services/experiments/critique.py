"""Draft and critique, after ImageRAG (Shalev-Arkushin et al., 2025): retrieve for what the draft lacks.

A part of the plan is missing when fewer than half of the draft's variants show it, as coverage sees them.
References are then looked for that answer these parts alone, and join those of the draft.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from services.domain import Match, Plan, SubQuery
from services.evaluation.load import load_evaluation
from services.retrieval.filters import share_weights
from services.sessions import SessionView

SHOWN_BY = 0.5
"""Share of the variants that must show a part. With one variant in four a part is luck, not covered."""


def missing_parts(draft: SessionView) -> list[SubQuery]:
    """The draft's sub-queries that too few of its variants show, in the plan's order, weights sum to 1.

    A part that was not checked (no checker, or it failed) is not said to be missing.
    """
    seen: dict[str, list[bool]] = defaultdict(list)
    for row in load_evaluation(draft.id).rows:
        for item in row.coverage.items if row.coverage else ():
            if item.visible is not None:
                seen[item.text].append(item.visible)
    lacking = {text for text, shown in seen.items() if sum(shown) < SHOWN_BY * len(shown)}
    parts = [part for part in (draft.plan.subqueries if draft.plan else ()) if part.text in lacking]
    total = sum(part.weight for part in parts)
    return [replace(part, weight=part.weight / total) for part in parts] if total > 0 else []


def gather(draft: SessionView, found: Sequence[Match], plan: Plan) -> tuple[Match, ...] | None:
    """The draft's references with those `found` for its missing parts; None where none of them is new.

    `found` counts the missing parts; here each goes back to its place in `plan`, so that the shares of the
    parts are those of the plan.
    """
    known = {match.sha256 for match in draft.matches}
    place = {part.text: number for number, part in enumerate(plan.subqueries)}
    fresh = [
        replace(
            match,
            subquery=place[match.query],
            query_weight=plan.subqueries[place[match.query]].weight,
        )
        for match in found
        if match.kept and match.sha256 not in known and match.query in place
    ]
    if not fresh:
        return None
    return share_weights(sorted([*draft.matches, *fresh], key=lambda match: match.subquery))
