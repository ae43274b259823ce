"""The queue and its workers in figures, read at once: for metrics and health."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.clock import database_now
from db.repositories.shares import UNFINISHED
from db.tables import Run, RunStep, Worker


class WorkerRow(NamedTuple):
    host: str
    slot: str
    state: str
    counters: dict[str, Any]


def steps_by_state(session: Session) -> dict[tuple[str, str], int]:
    """(step kind, state) -> how many, of unfinished runs that are not paused."""
    rows = session.execute(
        select(RunStep.kind, RunStep.state, func.count())
        .join(Run, Run.id == RunStep.run_id)
        .where(Run.state.in_(UNFINISHED), Run.paused_at.is_(None))
        .group_by(RunStep.kind, RunStep.state)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def runs_by_state(session: Session) -> dict[tuple[str, str], int]:
    """(run kind, state) -> how many are unfinished; a paused run counts as `paused`."""
    rows = session.execute(
        select(Run.kind, Run.state, Run.paused_at.is_not(None), func.count())
        .where(Run.state.in_(UNFINISHED))
        .group_by(Run.kind, Run.state, Run.paused_at.is_not(None))
    )
    found: dict[tuple[str, str], int] = {}
    for kind, state, paused, count in rows:
        key = (kind, "paused" if paused else state)
        found[key] = found.get(key, 0) + count
    return found


def oldest_waiting(session: Session) -> tuple[datetime | None, datetime]:
    """(since when the oldest run waits that nobody has begun, or None; now), by the database's clock."""
    since = session.scalar(
        select(func.min(Run.created_at)).where(
            Run.state == "queued", Run.paused_at.is_(None), Run.cancel_requested.is_(False)
        )
    )
    return since, session.scalars(select(database_now(session))).one()


def living_workers(session: Session, silence_seconds: float) -> list[WorkerRow]:
    """Those heard of within `silence_seconds`."""
    since = database_now(session, -silence_seconds)
    rows = session.scalars(select(Worker).where(Worker.heartbeat_at >= since).order_by(Worker.slot))
    return [WorkerRow(row.host, row.slot, row.state, row.counters or {}) for row in rows]
