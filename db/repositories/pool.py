"""What the supervisor of a pool of workers reads: who lives, what waits, who does not heed a stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session as OrmSession

from db.clock import database_now
from db.tables import Run, RunStep, Worker


class PoolWorker(NamedTuple):
    """A worker's row; `living` by the database's clock, `run_id` and `step` of what it is at."""

    id: str
    slot: str
    host: str
    pid: int
    state: str
    heartbeat_at: datetime
    living: bool
    run_id: str | None
    step: str | None


class Stopping(NamedTuple):
    """A step that is at work in a run that was asked to stop."""

    step_id: int
    attempt: int
    owner: str


class PoolRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def workers(self, silence_seconds: float) -> Sequence[PoolWorker]:
        """All rows, those of the longest first; heard of within `silence_seconds` counts as living."""
        living = case((Worker.heartbeat_at >= database_now(self._session, -silence_seconds), 1), else_=0)
        query = (
            select(Worker, living, RunStep.run_id, RunStep.kind)
            .outerjoin(RunStep, (RunStep.owner == Worker.id) & (RunStep.state == "running"))
            .order_by(Worker.started_at, Worker.id)
        )
        return [
            PoolWorker(
                row.id, row.slot, row.host, row.pid, row.state, row.heartbeat_at, bool(lives), run_id, kind
            )
            for row, lives, run_id, kind in self._session.execute(query)
        ]

    def queued(self) -> int:
        """Steps that wait, those of paused and resting runs too."""
        query = select(func.count(RunStep.id)).join(Run, Run.id == RunStep.run_id)
        waiting = (RunStep.state == "queued", Run.cancel_requested.is_(False))
        return self._session.scalar(query.where(*waiting)) or 0

    def stopping(self) -> Sequence[Stopping]:
        query = (
            select(RunStep.id, RunStep.attempt, RunStep.owner)
            .join(Run, Run.id == RunStep.run_id)
            .where(RunStep.state == "running", Run.cancel_requested.is_(True), RunStep.owner.is_not(None))
        )
        return [Stopping(row[0], row[1], row[2] or "") for row in self._session.execute(query)]
