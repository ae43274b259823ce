"""What the charts about votes show, as files: exact figures, formula-safe texts."""

from __future__ import annotations

from collections.abc import Mapping

from services.campaign_figures.tables import to_csv
from services.export.scores import Cell
from services.votes.aim import TeamView
from services.votes.correlation import Interval
from services.votes.standing import Standing

TEAM_COLUMNS = (
    "compared_with", "measure", "variants", "sessions", "spearman", "spearman_low", "spearman_high",
    "kendall", "kendall_low", "kendall_high", "scorer",
)  # fmt: skip
STANDING_COLUMNS = (
    "rank", "variant", "name", "votes", "strength_log_odds", "low", "high", "chance_against_average",
)  # fmt: skip


def team_csv(view: TeamView) -> bytes:
    """One row for each measure with stars, then with votes; empty figures where there is too little data."""
    rows = [
        (people, measure.value, found.variants, found.sessions, *_ends(found.spearman), *_ends(found.kendall),
         view.scorer)
        for people, kinds in (("stars", view.stars), ("votes", view.votes))
        for measure, found in kinds.items()
    ]  # fmt: skip
    return to_csv(TEAM_COLUMNS, rows)


def standing_csv(standing: Standing, names: Mapping[int, str]) -> bytes:
    """One row a variant, best first; `names` by variant id."""
    rows: list[tuple[Cell, ...]] = [
        (s.rank, variant, names.get(variant, ""), s.votes, s.strength, s.low, s.high, s.chance)
        for variant, s in standing.ranking
    ]
    return to_csv(STANDING_COLUMNS, rows)


def _ends(found: Interval | None) -> tuple[float | None, float | None, float | None]:
    return (found.value, found.low, found.high) if found else (None, None, None)
