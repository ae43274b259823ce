"""Worker rows: who lives, by the database's clock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as OrmSession

from db.clock import database_now
from db.tables import Worker


class WorkerRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def add(self, row: Worker) -> Worker:
        self._session.add(row)
        self._session.flush()
        return row

    def beat(self, worker_id: str, state: str, counters: dict[str, Any] | None = None) -> None:
        self._session.execute(
            update(Worker)
            .where(Worker.id == worker_id)
            .values(state=state, counters=counters, heartbeat_at=database_now(self._session))
            .execution_options(synchronize_session=False)
        )

    def forget(self, worker_id: str) -> None:
        self._session.execute(delete(Worker).where(Worker.id == worker_id))

    def forget_others(self, slot: str, worker_id: str) -> None:
        """Former holders of a slot that `worker_id` holds now."""
        self._session.execute(delete(Worker).where(Worker.slot == slot, Worker.id != worker_id))

    def holder(self, slot: str) -> Worker | None:
        """The last worker that took the slot, living or not."""
        query = select(Worker).where(Worker.slot == slot).order_by(Worker.started_at.desc())
        return self._session.scalars(query.limit(1)).one_or_none()

    def living(self, silence_seconds: float) -> Worker | None:
        """Any worker heard of within `silence_seconds`; a thread that downloads is no worker."""
        since = database_now(self._session, -silence_seconds)
        query = (
            select(Worker)
            .where(Worker.heartbeat_at >= since, Worker.slot.not_like("%downloads.lock"))
            .order_by(Worker.heartbeat_at.desc())
        )
        return self._session.scalars(query.limit(1)).one_or_none()
