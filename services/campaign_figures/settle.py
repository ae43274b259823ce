"""Bring the figures up to what changed. Readers do it before they read (fresh.py): writers only pay a note.

The triggers of db/triggers.py have noted which sessions changed; their rows are made anew from the raw
rows, then the days, weeks and months that they count in. Nothing is ever added to an old figure, so
figures cannot drift.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session as OrmSession

from db.repositories.figures import COUNTS, AnyRow, FigureRepository
from services.campaign_figures import histogram
from services.campaign_figures.periods import EVER, Level, days_of, start_of
from services.domain import Decision

ALL = ""
"""Stands for all campaigns in the rows of periods."""

EVALUATED = "evaluated"
"""The strategy of sessions that no references were looked for: finished pictures, scored."""

APPROVED = "approved"
SESSIONS_AT_ONCE = 200
"""Raw rows of so many sessions are in memory together."""

Values = dict[str, Any]
Key = tuple[dt.date, str, str, str]
"""Start of a period, strategy, engine, status."""


def settle(session: OrmSession) -> int:
    """Make anew the figures of whatever changed; how many sessions that were. The caller commits."""
    session.flush()
    repository = FigureRepository(session)
    repository.lock()  # first: whoever waits here finds what the other has not made
    ids = repository.take_stale()
    scales: dict[tuple[Any, ...], int] = {}
    places: set[tuple[str, dt.date]] = set()
    for first in range(0, len(ids), SESSIONS_AT_ONCE):
        part = ids[first : first + SESSIONS_AT_ONCE]
        before = repository.places(part)
        _settle_sessions(repository, part, scales)
        places |= before | repository.places(part)
    if places:
        _settle_periods(repository, places)
    return len(ids)


def unsettled(session: OrmSession) -> bool:
    """True when figures are behind the raw rows: after a migration, or SQL from outside the studio."""
    return FigureRepository(session).any_stale()


def rebuild(session: OrmSession) -> int:
    """Make all figures anew, whatever state they are in; how many sessions. The caller commits."""
    repository = FigureRepository(session)
    repository.note_all()
    repository.clear_periods()
    return settle(session)


# --- sessions ------------------------------------------------------------------------------------


@dataclass
class _Scored:
    """The finals of one session on one scale."""

    values: dict[str, list[float | None]] = field(
        default_factory=lambda: {part: [] for part in histogram.PARTS}
    )
    best: tuple[float, int] = (-1.0, 0)
    points: list[Values] = field(default_factory=list)

    def add(self, row: AnyRow) -> None:
        norms = {"clip": row.clip_norm, "caption": row.caption_norm, "lpips": row.lpips_norm}
        self.values["final"].append(row.final)
        for part, norm in norms.items():
            self.values[part].append(None if norm is None else 100.0 * norm)
        self.best = max(self.best, (row.final, -row.id))
        self.points.append(
            {
                "variant_id": row.id,
                "sha256": row.sha256,
                "sample": zlib.crc32(str(row.id).encode()) >> 1,
                "final": row.final,
                **norms,
            }
        )


def _settle_sessions(
    repository: FigureRepository, ids: Sequence[str], scales: dict[tuple[Any, ...], int]
) -> None:
    variants: dict[str, list[AnyRow]] = {}
    for row in repository.variants(ids):
        variants.setdefault(row.session_id, []).append(row)
    spend = repository.spend(ids)
    figures: list[Values] = []
    scores: list[Values] = []
    points: list[Values] = []
    for row in repository.sessions(ids):
        made = variants.get(row.id, [])
        place = _place(row)
        figures.append(place | _counts(row, made, spend.get(row.id, {})))
        for scale, scored in _by_scale(made).items():
            if scale not in scales:
                scales[scale] = repository.scale_id(*scale)
            on_scale = place | {"scale_id": scales[scale]}
            scores.append(on_scale | {"made_at": row.created_at} | _best(scored))
            points.extend(on_scale | point for point in scored.points)
    repository.replace_sessions(ids, figures, scores, points)


def _place(row: AnyRow) -> Values:
    """What the session is found and filtered by."""
    return {
        "session_id": row.id,
        "campaign_id": row.campaign_id,
        "day": row.created_at.astimezone(dt.UTC).date(),
        "strategy": EVALUATED if row.kind == "evaluate" else row.strategy,
        "engine": row.engine,
        "status": row.status,
        "person_id": row.created_by or "",
    }


def _counts(row: AnyRow, variants: Sequence[AnyRow], spend: Mapping[str, Any]) -> Values:
    shortlisted = sum(v.shortlisted for v in variants)
    picked = sum(v.shortlisted or v.decision == Decision.PICKED for v in variants)
    approved = row.status == APPROVED
    return {
        **dict.fromkeys(COUNTS, 0),
        "sessions": 1,
        "approved_sessions": int(approved),
        "variants": len(variants),
        "scored": sum(v.final is not None for v in variants),
        "picked": picked,
        "shortlisted": shortlisted,
        "approved": (shortlisted or picked) if approved else 0,
        **spend,
    }


def _by_scale(variants: Iterable[AnyRow]) -> dict[tuple[Any, ...], _Scored]:
    found: dict[tuple[Any, ...], _Scored] = {}
    for row in variants:
        if row.final is not None:
            shares = (round(float(row.weights[part]), 6) for part in ("clip", "lpips", "caption"))
            found.setdefault((row.scorer, *shares), _Scored()).add(row)
    return found


def _best(scored: _Scored) -> Values:
    return {
        "count": len(scored.points),
        "best_final": scored.best[0],
        "best_variant_id": -scored.best[1],
        "histogram": histogram.pack(histogram.count(scored.values)),
    }


# --- periods -------------------------------------------------------------------------------------


def _settle_periods(repository: FigureRepository, places: set[tuple[str, dt.date]]) -> None:
    for campaign in [*sorted({campaign for campaign, _ in places}), ALL]:
        days = {day for held, day in places if campaign in (held, ALL)}
        counts, scores = repository.counts_of_days(campaign, days), repository.scores_of_days(campaign, days)
        _replace(repository, campaign, Level.DAY, days, counts, scores)
        for level in (Level.WEEK, Level.MONTH):
            starts = {start_of(day, level) for day in days}
            held_days = {day for start in starts for day in days_of(start, level)}
            _sum_up(repository, campaign, level, starts, Level.DAY, held_days)
        _sum_up(repository, campaign, Level.TOTAL, {EVER}, Level.MONTH, None)


def _sum_up(
    repository: FigureRepository,
    campaign: str,
    level: Level,
    starts: set[dt.date],
    source: Level,
    held: set[dt.date] | None,
) -> None:
    """Make the periods of `level` from those of `source` that start in `held`; None: from all of them."""
    counts = repository.counts_of_periods(campaign, source.value, held)
    scores = repository.scores_of_periods(campaign, source.value, held)
    _replace(repository, campaign, level, starts, counts, scores)


def _replace(
    repository: FigureRepository,
    campaign: str,
    level: Level,
    starts: set[dt.date],
    counts: Iterable[AnyRow],
    scores: Iterable[AnyRow],
) -> None:
    sums: dict[Key, list[Any]] = {}
    for day, strategy, engine, status, *values in counts:
        key = (start_of(day, level), strategy, engine, status)
        sums[key] = [a + b for a, b in zip(sums[key], values, strict=True)] if key in sums else values
    bests: dict[tuple[Key, int], list[AnyRow]] = {}
    for row in scores:
        bests.setdefault(((start_of(row[0], level), *row[1:4]), row.scale_id), []).append(row)
    place = {"campaign_id": campaign, "level": level.value}
    repository.replace_periods(
        campaign,
        level.value,
        starts,
        [place | _named(key) | dict(zip(COUNTS, values, strict=True)) for key, values in sums.items()],
        [place | _named(key) | {"scale_id": scale} | _merged(rows) for (key, scale), rows in bests.items()],
    )


def _named(key: Key) -> Values:
    return dict(zip(("start", "strategy", "engine", "status"), key, strict=True))


def _merged(rows: Sequence[AnyRow]) -> Values:
    best = max(rows, key=lambda row: (row.best_final, -row.best_variant_id))
    return {
        "count": sum(row.n for row in rows),
        "best_final": best.best_final,
        "best_variant_id": best.best_variant_id,
        "histogram": histogram.pack(histogram.merge(row.histogram for row in rows)),
    }
