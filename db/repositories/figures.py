"""Raw rows in, figure rows out: what services/campaign_figures/settle.py works with.

Core statements on columns, never objects: a campaign's weights change thousands of rows at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, case, delete, func, insert, select, text
from sqlalchemy.orm import Session as OrmSession

from db.base import Base
from db.repositories.statements import pieces
from db.tables import (
    PeriodFigures,
    PeriodScores,
    Score,
    ScorePoint,
    ScoreScale,
    Session,
    SessionFigures,
    SessionScores,
    Spend,
    StaleFigures,
    Variant,
)

COUNTS = (
    "sessions", "approved_sessions", "variants", "scored", "picked", "shortlisted", "approved", "tokens_in",
    "tokens_out", "cost", "unpriced", "seconds",
)  # fmt: skip
"""The columns that sum up over sessions."""

LOCK = 417042
"""PostgreSQL's advisory lock: one transaction at a time makes periods anew. SQLite has one writer anyway."""

Values = Mapping[str, Any]
AnyRow = Row[*tuple[Any, ...]]


class FigureRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    # --- what changed ---

    def take_stale(self) -> list[str]:
        """The sessions noted by the triggers; the notes are gone when this transaction commits."""
        taken = self._session.execute(
            delete(StaleFigures).returning(StaleFigures.session_id), execution_options=_PLAIN
        )
        return sorted({row[0] for row in taken})

    def any_stale(self) -> bool:
        return self._session.scalar(select(StaleFigures.session_id).limit(1)) is not None

    def note_all(self) -> None:
        """Note every session, and every figure whose session is gone."""
        known = {row[0] for row in self._session.execute(select(StaleFigures.session_id))}
        wanted = {row[0] for row in self._session.execute(select(Session.id))}
        wanted |= {row[0] for row in self._session.execute(select(SessionFigures.session_id))}
        self._insert(StaleFigures, [{"session_id": each} for each in sorted(wanted - known)])

    def clear_periods(self) -> None:
        for table in (PeriodFigures, PeriodScores):
            self._delete(delete(table))

    def lock(self) -> None:
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))

    # --- raw rows of sessions ---

    def sessions(self, ids: Sequence[str]) -> Sequence[AnyRow]:
        columns: tuple[Any, ...] = (
            Session.id,
            Session.campaign_id,
            Session.created_at,
            Session.kind,
            Session.strategy,
            Session.engine,
            Session.status,
            Session.created_by,
        )
        return self._session.execute(select(*columns).where(Session.id.in_(ids))).all()

    def variants(self, ids: Sequence[str]) -> Sequence[AnyRow]:
        """Each variant with its score's columns, null where it was never scored."""
        columns: tuple[Any, ...] = (
            Variant.session_id,
            Variant.id,
            Variant.sha256,
            Variant.decision,
            Variant.shortlisted,
            Score.scorer,
            Score.weights,
            Score.final,
            Score.clip_norm,
            Score.caption_norm,
            Score.lpips_norm,
        )
        query = select(*columns).outerjoin(Score, Score.variant_id == Variant.id)
        return self._session.execute(query.where(Variant.session_id.in_(ids)).order_by(Variant.id)).all()

    def spend(self, ids: Sequence[str]) -> dict[str, Values]:
        """Session id -> its sums. Seconds are those of our own computing: a service's are its own."""
        asked = Spend.calls > 0
        query = select(
            Spend.session_id,
            func.sum(Spend.tokens_in).label("tokens_in"),
            func.sum(Spend.tokens_out).label("tokens_out"),
            func.coalesce(func.sum(Spend.cost), 0.0).label("cost"),
            func.sum(case((asked & Spend.cost.is_(None), 1), else_=0)).label("unpriced"),
            func.sum(case((asked, 0.0), else_=Spend.seconds)).label("seconds"),
        )
        rows = self._session.execute(query.where(Spend.session_id.in_(ids)).group_by(Spend.session_id))
        return {row[0]: {name: row._mapping[name] for name in COUNTS[-5:]} for row in rows}

    # --- figures of sessions ---

    def places(self, ids: Sequence[str]) -> set[tuple[str, dt.date]]:
        """(campaign, day) in which these sessions count now."""
        query = select(SessionFigures.campaign_id, SessionFigures.day).distinct()
        rows = self._session.execute(query.where(SessionFigures.session_id.in_(ids)))
        return {(row[0], row[1]) for row in rows}

    def replace_sessions(
        self,
        ids: Sequence[str],
        figures: Sequence[Values],
        scores: Sequence[Values],
        points: Sequence[Values],
    ) -> None:
        for table in (SessionFigures, SessionScores, ScorePoint):
            self._delete(delete(table).where(table.session_id.in_(ids)))
        self._insert(SessionFigures, figures)
        self._insert(SessionScores, scores)
        self._insert(ScorePoint, points)

    def scale_id(self, scorer: str, clip: float, lpips: float, caption: float) -> int:
        """The scale's id, made when it is new. For the holder of the lock."""
        values = {"scorer": scorer, "clip": clip, "lpips": lpips, "caption": caption}
        found = self._session.scalar(select(ScoreScale.id).filter_by(**values))
        if found is None:
            found = self._session.execute(
                insert(ScoreScale).values(values).returning(ScoreScale.id)
            ).scalar_one()
        return int(found)

    # --- figures of periods ---

    def counts_of_days(self, campaign_id: str, days: Collection[dt.date]) -> Iterator[AnyRow]:
        """(day, strategy, engine, status, *COUNTS) from the session rows; of all campaigns with ""."""
        sums = [func.sum(getattr(SessionFigures, name)) for name in COUNTS]
        keys = (SessionFigures.day, *_kinds(SessionFigures))
        query = _of_campaign(select(*keys, *sums).group_by(*keys), SessionFigures, campaign_id)
        return self._in_days(query, SessionFigures.day, days)

    def scores_of_days(self, campaign_id: str, days: Collection[dt.date]) -> Iterator[AnyRow]:
        """(day, strategy, engine, status, scale, count, best final, best variant, histogram)."""
        query = select(SessionScores.day, *_kinds(SessionScores), *_bests(SessionScores))
        return self._in_days(_of_campaign(query, SessionScores, campaign_id), SessionScores.day, days)

    def counts_of_periods(
        self, campaign_id: str, level: str, starts: Collection[dt.date] | None
    ) -> Iterator[AnyRow]:
        """As `counts_of_days`, from the periods of `level` that start then (None: all of them)."""
        columns = (PeriodFigures.start, *_kinds(PeriodFigures))
        query = select(*columns, *(getattr(PeriodFigures, name) for name in COUNTS))
        query = query.where(PeriodFigures.campaign_id == campaign_id, PeriodFigures.level == level)
        return self._in_days(query, PeriodFigures.start, starts)

    def scores_of_periods(
        self, campaign_id: str, level: str, starts: Collection[dt.date] | None
    ) -> Iterator[AnyRow]:
        columns = (PeriodScores.start, *_kinds(PeriodScores))
        query = select(*columns, *_bests(PeriodScores))
        query = query.where(PeriodScores.campaign_id == campaign_id, PeriodScores.level == level)
        return self._in_days(query, PeriodScores.start, starts)

    def replace_periods(
        self,
        campaign_id: str,
        level: str,
        starts: Collection[dt.date],
        figures: Sequence[Values],
        scores: Sequence[Values],
    ) -> None:
        for table, rows in ((PeriodFigures, figures), (PeriodScores, scores)):
            for part in pieces(sorted(starts)):
                where = (table.campaign_id == campaign_id, table.level == level, table.start.in_(part))
                self._delete(delete(table).where(*where))
            self._insert(table, rows)

    # --- ---

    def _in_days(self, query: Select[Any], column: Any, days: Collection[dt.date] | None) -> Iterator[AnyRow]:
        if days is None:
            yield from self._session.execute(query)
            return
        for part in pieces(sorted(days)):
            yield from self._session.execute(query.where(column.in_(part)))

    def _insert(self, table: type[Base], rows: Sequence[Values]) -> None:
        if rows:
            self._session.execute(table.__table__.insert(), [dict(row) for row in rows])  # type: ignore[attr-defined]

    def _delete(self, statement: Any) -> None:
        self._session.execute(statement, execution_options=_PLAIN)


_PLAIN = {"synchronize_session": False}


def _bests(table: type[SessionScores | PeriodScores]) -> tuple[Any, ...]:
    return (table.scale_id, table.count.label("n"), table.best_final, table.best_variant_id, table.histogram)


def _kinds(table: type[SessionFigures | SessionScores | PeriodFigures | PeriodScores]) -> tuple[Any, ...]:
    return (table.strategy, table.engine, table.status)


def _of_campaign(
    query: Select[Any], table: type[SessionFigures | SessionScores], campaign_id: str
) -> Select[Any]:
    return query.where(table.campaign_id == campaign_id) if campaign_id else query
