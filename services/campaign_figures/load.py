"""Figures for a page, in a fixed number of queries over a bounded number of rows.

    report = load_report(FigureFilter(campaign_id), scale_id=None)
    points = load_points(FigureFilter(campaign_id), report.scale.id)

People are not kept by period: for one person's work the sessions' own rows are summed, which grows with
the sessions, at some microseconds each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from db.repositories.figure_queries import FigureFilter, FigureQueries, PeriodFilter
from db.repositories.figures import AnyRow
from services.campaign_figures import histogram
from services.campaign_figures.fresh import refresh
from services.campaign_figures.periods import Cover, Level, cover, level_for, level_for_sums, start_of
from services.campaign_figures.views import (
    BEST_SHOWN,
    POINTS_SHOWN,
    SESSIONS_SHOWN,
    Distribution,
    Five,
    Headline,
    Point,
    Report,
    Scale,
    Trend,
    TrendPoint,
)
from services.database import read_session
from services.domain import AimWeights
from services.people import Role, require

__all__ = ["FigureFilter", "five", "load_best", "load_points", "load_report", "load_sessions"]

Rows = Sequence[AnyRow]


def load_report(wanted: FigureFilter, scale_id: int | None = None) -> Report:
    """Everything but the single points. An unknown `scale_id` falls back to the scale of most scores.

    Brings the figures up to date first; the other functions here read them as they are.
    """
    require(Role.VIEWER)
    refresh()
    with read_session() as session:
        queries = FigureQueries(session)
        days = queries.days(wanted.campaign_id)
        if days is None:
            return Report(Headline(), (), None, (), (), Trend(Level.DAY, ()))
        first, last = days
        begin, end = max(wanted.since or first, first), min(wanted.until or last, last)
        level = level_for(begin, max(begin, end))
        sums, scores, trend = _read(queries, wanted, first, last, level)
        scales = _scales(scores, queries)
        scale = next((s for s in scales if s.id == scale_id), scales[0] if scales else None)
        chosen = [row for row in scores if scale and row.scale_id == scale.id]
        steps = _trend([row for row in trend if scale and row.scale_id == scale.id], level)
        owners = queries.owners([row[1].best_variant_id for row in steps])
    return Report(
        headline=Headline(**{name: value or 0 for name, value in sums._mapping.items()}),
        scales=scales,
        scale=scale,
        by_strategy=_distributions(chosen, lambda row: row.strategy),
        by_engine=tuple(
            (each, _distributions([row for row in scores if row.scale_id == each.id], lambda row: row.engine))
            for each in scales
        ),
        trend=Trend(level, tuple(_trend_point(start, best, rows, owners) for start, best, rows in steps)),
        first=first,
        last=last,
    )


def load_points(wanted: FigureFilter, scale_id: int, limit: int = POINTS_SHOWN) -> tuple[Point, ...]:
    """A fair sample of the variants on the scale; all of them when there are no more than `limit`."""
    require(Role.VIEWER)
    with read_session() as session:
        return _points(FigureQueries(session).sample(wanted, scale_id, limit))


def load_sessions(
    wanted: FigureFilter, scale_id: int, best_first: bool = False, limit: int = SESSIONS_SHOWN
) -> tuple[tuple[Distribution, ...], tuple[Point, ...]]:
    """The latest sessions (or the best ones) with a score on the scale, and their variants."""
    require(Role.VIEWER)
    with read_session() as session:
        queries = FigureQueries(session)
        rows = queries.ranked_sessions(wanted, scale_id, best_first, limit)
        points = queries.points_of_sessions([row.id for row in rows], scale_id, POINTS_SHOWN)
    groups = tuple(
        Distribution(row.id, row.n, histogram.merge([row.histogram]), row.strategy, row.topic, row.kind)
        for row in rows
    )
    return groups, _points(points)


def load_best(wanted: FigureFilter, scale_id: int, limit: int = BEST_SHOWN) -> tuple[Point, ...]:
    """The variants of the highest finals, best first: they are in the sessions of the highest bests."""
    require(Role.VIEWER)
    with read_session() as session:
        queries = FigureQueries(session)
        rows = queries.ranked_sessions(wanted, scale_id, best_first=True, limit=limit)
        return _points(queries.best_points([row.id for row in rows], scale_id, limit))


def five(bins: Any) -> Five | None:
    """The five quantiles of one part's bins; None when nothing is counted."""
    values = [histogram.quantile(bins, share) for share in (0.05, 0.25, 0.5, 0.75, 0.95)]
    return None if None in values else Five(*(value or 0.0 for value in values))


# --- ---------------------------------------------------------------------------------------------


def _read(
    queries: FigureQueries, wanted: FigureFilter, first: dt.date, last: dt.date, level: Level
) -> tuple[AnyRow, Rows, Rows]:
    """(sums, score rows of the whole range, score rows for a trend of `level`)."""
    if wanted.person:
        rows = queries.session_scores(wanted)
        return queries.session_counts(wanted), rows, rows
    broad = level_for_sums(wanted.since, wanted.until, first, last)
    periods = _filter(cover(wanted.since, wanted.until, broad))
    scores = queries.period_scores(wanted, periods)
    fine = _filter(cover(wanted.since, wanted.until, level))
    trend = scores if fine == periods else queries.period_scores(wanted, fine)
    return queries.period_counts(wanted, periods), scores, trend


def _filter(found: Cover) -> PeriodFilter:
    return PeriodFilter(found.level.value, (found.first, found.last), found.edges)


def _scales(rows: Rows, queries: FigureQueries) -> tuple[Scale, ...]:
    """Those in use, the one of most scores first."""
    counts: dict[int, int] = {}
    for row in rows:
        counts[row.scale_id] = counts.get(row.scale_id, 0) + row.n
    known = queries.scales()
    found = [
        Scale(key, known[key].scorer, AimWeights(known[key].clip, known[key].lpips, known[key].caption), n)
        for key, n in counts.items()
    ]
    return tuple(sorted(found, key=lambda scale: (-scale.count, scale.id)))


def _distributions(rows: Rows, key_of: Callable[[AnyRow], str]) -> tuple[Distribution, ...]:
    groups: dict[str, list[AnyRow]] = {}
    for row in rows:
        groups.setdefault(key_of(row), []).append(row)
    return tuple(
        Distribution(
            key,
            sum(row.n for row in held),
            histogram.merge(row.histogram for row in held),
            held[0].strategy,
        )
        for key, held in sorted(groups.items())
    )


def _trend(rows: Rows, level: Level) -> list[tuple[dt.date, AnyRow, list[AnyRow]]]:
    """(start, row of the best final, all rows) of each period, oldest first."""
    steps: dict[dt.date, list[AnyRow]] = {}
    for row in rows:
        steps.setdefault(start_of(row.start, level), []).append(row)
    return [
        (start, max(held, key=lambda row: (row.best_final, -row.best_variant_id)), held)
        for start, held in sorted(steps.items())
    ]


def _trend_point(start: dt.date, best: AnyRow, rows: Rows, owners: dict[int, tuple[str, str]]) -> TrendPoint:
    found = five(histogram.merge(row.histogram for row in rows)[0])
    session_id, kind = owners.get(best.best_variant_id, ("", ""))
    return TrendPoint(
        start=start,
        count=sum(row.n for row in rows),
        five=found or Five(*[best.best_final] * 5),
        best=best.best_final,
        best_variant_id=best.best_variant_id,
        session_id=session_id,
        kind=kind,
    )


def _points(rows: Iterable[AnyRow]) -> tuple[Point, ...]:
    return tuple(Point(*row) for row in rows)
