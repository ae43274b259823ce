"""Figures of campaigns as pages ask for them: a fixed number of rows, whatever is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session as OrmSession

from db.repositories.figures import COUNTS, AnyRow
from db.tables import (
    Campaign,
    PeriodFigures,
    PeriodScores,
    ScorePoint,
    ScoreScale,
    Session,
    SessionFigures,
    SessionScores,
    Variant,
)

AnySelect = TypeVar("AnySelect", bound=Select[*tuple[Any, ...]])
Span = tuple[dt.date | None, dt.date | None]
"""First and last day or start, both included; None is open."""


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """Which sessions count. An empty text takes all; `since` and `until` are days, both included."""

    campaign_id: str = ""
    engine: str = ""
    strategy: str = ""
    status: str = ""
    person: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PeriodFilter:
    """Which periods: those of `level` that start in `span`, and days in `edges`."""

    level: str
    span: Span
    edges: Sequence[Span] = ()


class FigureQueries:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def days(self, campaign_id: str) -> tuple[dt.date, dt.date] | None:
        """The first and the last day on which a session was made; None: there is none."""
        ends = []
        for pick in (func.min, func.max):
            query = select(pick(SessionFigures.day))
            if campaign_id:
                query = query.where(SessionFigures.campaign_id == campaign_id)
            ends.append(self._session.scalar(query))
        return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])

    # --- sums ---

    def period_counts(self, wanted: FigureFilter, periods: PeriodFilter) -> AnyRow:
        """The sums of COUNTS; null when nothing fits."""
        query = select(*(func.sum(getattr(PeriodFigures, name)).label(name) for name in COUNTS))
        return self._session.execute(_periods(query, PeriodFigures, wanted, periods)).one()

    def session_counts(self, wanted: FigureFilter) -> AnyRow:
        query = select(*(func.sum(getattr(SessionFigures, name)).label(name) for name in COUNTS))
        return self._session.execute(_fits(query, SessionFigures, wanted)).one()

    # --- scores: (start, strategy, engine, scale, count, best final, best variant, histogram) ---

    def period_scores(self, wanted: FigureFilter, periods: PeriodFilter) -> Sequence[AnyRow]:
        table = PeriodScores
        columns = (table.start, table.strategy, table.engine, table.scale_id, table.count.label("n"))
        query = select(*columns, table.best_final, table.best_variant_id, table.histogram)
        return self._session.execute(_periods(query, table, wanted, periods)).all()

    def session_scores(self, wanted: FigureFilter) -> Sequence[AnyRow]:
        table = SessionScores
        columns = (
            table.day.label("start"),
            table.strategy,
            table.engine,
            table.scale_id,
            table.count.label("n"),
        )
        query = select(*columns, table.best_final, table.best_variant_id, table.histogram)
        return self._session.execute(_fits(query, table, wanted)).all()

    def scales(self) -> dict[int, ScoreScale]:
        return {row.id: row for row in self._session.scalars(select(ScoreScale))}

    # --- sessions and variants ---

    def ranked_sessions(
        self, wanted: FigureFilter, scale_id: int, best_first: bool, limit: int
    ) -> Sequence[AnyRow]:
        """The latest sessions, or those of the best finals, with their histograms."""
        table = SessionScores
        order = (table.best_final if best_first else table.made_at).desc()
        query = _fits(select(table).where(table.scale_id == scale_id), table, wanted)
        first = query.order_by(order, table.session_id).limit(limit).subquery()
        columns = [first.c.strategy, first.c["count"].label("n"), first.c.best_final, first.c.histogram]
        found = select(Session.id, Session.topic, Session.kind, *columns)
        found = found.join(first, first.c.session_id == Session.id)
        order = (first.c.best_final if best_first else first.c.made_at).desc()
        return self._session.execute(found.order_by(order, Session.id)).all()

    def sample(self, wanted: FigureFilter, scale_id: int, limit: int) -> Sequence[AnyRow]:
        """A fair sample of the variants' scores; all of them when there are no more than `limit`."""
        query = select(ScorePoint.variant_id).where(ScorePoint.scale_id == scale_id)
        query = _fits(query, ScorePoint, wanted).order_by(ScorePoint.sample).limit(limit)
        return self._session.execute(
            _points().where(ScorePoint.variant_id.in_(query.scalar_subquery()))
        ).all()

    def points_of_sessions(self, ids: Sequence[str], scale_id: int, limit: int) -> Sequence[AnyRow]:
        query = _points().where(ScorePoint.session_id.in_(ids), ScorePoint.scale_id == scale_id)
        query = query.order_by(ScorePoint.sample + 0)  # the sum keeps SQLite off the index of all samples
        return self._session.execute(query.limit(limit)).all()

    def best_points(self, ids: Sequence[str], scale_id: int, limit: int) -> Sequence[AnyRow]:
        """The best variants of these sessions."""
        query = _points().where(ScorePoint.session_id.in_(ids), ScorePoint.scale_id == scale_id)
        query = query.order_by(ScorePoint.final.desc(), ScorePoint.variant_id)
        return self._session.execute(query.limit(limit)).all()

    def owners(self, variant_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Variant -> (its session, the session's kind)."""
        query = select(ScorePoint.variant_id, Session.id, Session.kind)
        query = query.join(Session, Session.id == ScorePoint.session_id)
        rows = self._session.execute(query.where(ScorePoint.variant_id.in_(variant_ids)))
        return {row[0]: (row[1], row[2]) for row in rows}

    # --- whole tables, for downloads ---

    def all_points(self, wanted: FigureFilter, scale_id: int) -> Iterator[AnyRow]:
        """Every variant on the scale with its decision, oldest first; read in pieces."""
        query = _points(Variant.decision, Variant.shortlisted, ScorePoint.status, Campaign.name)
        query = query.join(Variant, Variant.id == ScorePoint.variant_id)
        query = query.join(Campaign, Campaign.id == ScorePoint.campaign_id)
        query = _fits(query.where(ScorePoint.scale_id == scale_id), ScorePoint, wanted)
        query = query.order_by(ScorePoint.variant_id).execution_options(yield_per=1000)
        yield from self._session.execute(query)

    def all_sessions(self, wanted: FigureFilter) -> Iterator[AnyRow]:
        """Every session with its counts, oldest first."""
        table = SessionFigures
        counts = [getattr(table, name) for name in COUNTS]
        names = (Session.id, Session.topic, Session.created_at, Campaign.name)
        query = select(*names, table.strategy, table.engine, table.status, *counts)
        query = query.join(table, table.session_id == Session.id)
        query = query.join(Campaign, Campaign.id == table.campaign_id)
        query = _fits(query, table, wanted).order_by(Session.created_at, Session.id)
        yield from self._session.execute(query.execution_options(yield_per=1000))


def _points(*more: Any) -> Select[Any]:
    columns = [
        getattr(ScorePoint, name)
        for name in ("variant_id", "session_id", "sha256", "final", "clip", "caption", "lpips", "strategy",
                     "engine", "day")
    ]  # fmt: skip
    query = select(*columns, Session.topic, Session.kind, *more).select_from(ScorePoint)
    return query.join(Session, Session.id == ScorePoint.session_id)


def _fits(
    query: AnySelect, table: type[SessionFigures | SessionScores | ScorePoint], wanted: FigureFilter
) -> AnySelect:
    named = {
        "campaign_id": wanted.campaign_id,
        "engine": wanted.engine,
        "strategy": wanted.strategy,
        "status": wanted.status,
        "person_id": wanted.person,
    }
    query = query.where(*(getattr(table, name) == value for name, value in named.items() if value))
    return query.where(*_between(table.day, (wanted.since, wanted.until)))


def _periods(
    query: AnySelect,
    table: type[PeriodFigures | PeriodScores],
    wanted: FigureFilter,
    periods: PeriodFilter,
) -> AnySelect:
    query = query.where(table.campaign_id == wanted.campaign_id)
    named = {"engine": wanted.engine, "strategy": wanted.strategy, "status": wanted.status}
    query = query.where(*(getattr(table, name) == value for name, value in named.items() if value))
    whole = and_(table.level == periods.level, *_between(table.start, periods.span))
    edges = [and_(table.level == "day", *_between(table.start, edge)) for edge in periods.edges]
    return query.where(or_(whole, *edges))


def _between(column: Any, span: Span) -> list[Any]:
    first, last = span
    limits = [] if first is None else [column >= first]
    return limits if last is None else [*limits, column <= last]
