"""Lists of runs for people: what waits in which order, what ended lately, and clearing that away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, case, delete, func, or_, select
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import aliased, selectinload

from db.repositories.shares import UNFINISHED
from db.tables import Run, RunStep, Session


class RunLists:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def unfinished(self, besides: Sequence[str], limit: int) -> Sequence[Run]:
        """With their steps: those that began first, each person's in the order in which they are taken."""
        query = select(Run).where(Run.state.in_(UNFINISHED), Run.kind.not_in(besides))
        query = query.order_by(Run.state.desc(), Run.rank, Run.created_at, Run.id)
        return self._session.scalars(query.options(selectinload(Run.steps)).limit(limit)).all()

    def count_all_unfinished(self, besides: Sequence[str]) -> int:
        query = select(func.count()).select_from(Run)
        return self._session.scalar(query.where(Run.state.in_(UNFINISHED), Run.kind.not_in(besides))) or 0

    def counts(self, besides: Sequence[str]) -> tuple[int, int, int]:
        """How many unfinished runs are at work, wait, and are paused."""
        step = aliased(RunStep)
        working = select(step.id).where(step.run_id == Run.id, step.state == "running").exists()
        group = case((working, 0), (Run.paused_at.is_(None), 1), else_=2)
        query = select(group, func.count()).where(Run.state.in_(UNFINISHED), Run.kind.not_in(besides))
        found = {row[0]: row[1] for row in self._session.execute(query.group_by(group))}
        return found.get(0, 0), found.get(1, 0), found.get(2, 0)

    def topics(self, session_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Session id -> (topic of its brief, kind of session)."""
        query = select(Session.id, Session.topic, Session.kind).where(Session.id.in_(list(session_ids)))
        return {row.id: (row.topic, row.kind) for row in self._session.execute(query)}

    def order_of(self, person_id: str | None, besides: Sequence[str]) -> Sequence[Run]:
        """One person's unfinished runs that are not paused, in the order in which they are taken."""
        query = select(Run).where(
            Run.state.in_(UNFINISHED), Run.paused_at.is_(None), Run.kind.not_in(besides), _of(person_id)
        )
        return self._session.scalars(query.order_by(Run.rank, Run.created_at, Run.id)).all()

    def finished(self, states: Sequence[str], besides: Sequence[str], limit: int) -> Sequence[Run]:
        """Those that ended last, newest first, with their steps."""
        query = select(Run).where(Run.state.in_(states), Run.kind.not_in(besides))
        query = query.order_by(Run.finished_at.desc(), Run.id).options(selectinload(Run.steps))
        return self._session.scalars(query.limit(limit)).all()

    def clear(
        self, before: datetime, everybody: bool, person_id: str | None, keep: Sequence[str] = ()
    ) -> int:
        """Delete runs that ended before then; how many. The newest of a session's kind stays, and runs of
        the kinds `keep` that were done.
        """
        newer = aliased(Run)
        later = or_(
            newer.created_at > Run.created_at, (newer.created_at == Run.created_at) & (newer.id < Run.id)
        )
        replaced = select(newer.id).where(newer.session_id == Run.session_id, newer.kind == Run.kind, later)
        query = delete(Run).where(
            Run.state.not_in(UNFINISHED),
            Run.finished_at <= before,
            or_(Run.session_id.is_(None), replaced.exists()),
            or_(Run.kind.not_in(keep), Run.state != "done"),
        )
        if not everybody:
            query = query.where(_of(person_id))
        result = self._session.execute(query.execution_options(synchronize_session=False))
        return cast("CursorResult[Any]", result).rowcount


def forget(session: OrmSession, kinds: Sequence[str], before: datetime) -> int:
    """Delete runs of these kinds that ended before then, whoever asked; how many."""
    query = delete(Run).where(Run.kind.in_(kinds), Run.state.not_in(UNFINISHED), Run.finished_at <= before)
    result = session.execute(query.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


def _of(person_id: str | None) -> ColumnElement[bool]:
    return Run.person_id.is_(None) if person_id is None else Run.person_id == person_id
