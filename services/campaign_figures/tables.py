"""What charts show, as tables: exact numbers for a spreadsheet, formula-safe texts.

Scores are 0..100 and norms 0..1, unrounded. Times are UTC. A table carries the scorer and the weights of its
finals, so that numbers of two downloads are not mixed by accident.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from db.repositories.figure_queries import FigureFilter, FigureQueries
from db.repositories.figures import COUNTS
from services.campaign_figures.views import Headline, Report, Scale
from services.database import read_session
from services.export.scores import Cell, safe_cell
from services.people import Role, require

POINT_COLUMNS = (
    "campaign", "session", "topic", "variant", "made_on_utc", "strategy", "engine", "session_status",
    "decision", "shortlisted", "final", "clip_norm", "caption_norm", "lpips_norm", "scorer", "weight_clip",
    "weight_lpips", "weight_caption",
)  # fmt: skip
SESSION_COLUMNS = (
    "session", "topic", "made_at_utc", "campaign", "strategy", "engine", "status", *COUNTS[1:]
)  # fmt: skip
TREND_COLUMNS = (
    "period", "starts_on_utc", "scored_variants", "p5", "q1", "median", "q3", "p95", "best", "best_variant",
    "best_session", "scorer", "weight_clip", "weight_lpips", "weight_caption",
)  # fmt: skip
FUNNEL_COLUMNS = ("step", "variants", "share_of_generated")


def points_csv(wanted: FigureFilter, scale: Scale) -> bytes:
    """Every scored variant on the scale, not only the sample that a chart draws."""
    require(Role.VIEWER)
    with read_session() as session:
        rows = [
            (
                r.name, r.session_id, r.topic, r.variant_id, r.day.isoformat(), r.strategy, r.engine,
                r.status, r.decision or "", r.shortlisted, r.final, r.clip, r.caption, r.lpips,
                *_scale(scale),
            )
            for r in FigureQueries(session).all_points(wanted, scale.id)
        ]  # fmt: skip
    return to_csv(POINT_COLUMNS, rows)


def sessions_csv(wanted: FigureFilter) -> bytes:
    """Every session with what is counted of it and what it took."""
    require(Role.VIEWER)
    with read_session() as session:
        rows = [
            (r.id, r.topic, r.created_at.isoformat(), r.name, r.strategy, r.engine, r.status,
             *(getattr(r, name) for name in COUNTS[1:]))
            for r in FigureQueries(session).all_sessions(wanted)
        ]  # fmt: skip
    return to_csv(SESSION_COLUMNS, rows)


def trend_csv(report: Report) -> bytes:
    """The quantiles of each period, right to within half a point."""
    if report.scale is None:
        return to_csv(TREND_COLUMNS, [])
    scale, level = _scale(report.scale), report.trend.level.value
    rows = [
        (level, p.start.isoformat(), p.count, *asdict(p.five).values(), p.best, p.best_variant_id,
         p.session_id, *scale)
        for p in report.trend.points
    ]  # fmt: skip
    return to_csv(TREND_COLUMNS, rows)


def funnel(headline: Headline) -> list[tuple[str, int]]:
    """(step, variants) from generated to approved."""
    steps = {"generated": headline.variants, "scored": headline.scored, "picked": headline.picked}
    return [*steps.items(), ("shortlisted", headline.shortlisted), ("approved", headline.approved)]


def funnel_csv(headline: Headline) -> bytes:
    total = headline.variants
    rows = [(step, count, count / total if total else None) for step, count in funnel(headline)]
    return to_csv(FUNNEL_COLUMNS, rows)


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte-order mark, so that Excel reads Korean."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def _scale(scale: Scale) -> tuple[Cell, ...]:
    return (scale.scorer, scale.weights.clip, scale.weights.lpips, scale.weights.caption)
