"""What the supervisor sees in the tables, and whom it gives up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.repositories.pool import PoolRepository, PoolWorker, Stopping
from db.repositories.workers import WorkerRepository
from services.database import read_session, unit_of_work
from services.jobs.supervisor import HUNG_SECONDS, SILENT_LEASES
from services.people import Role, require
from services.ray.places import place_of
from services.settings import get_settings

RESTART_SECONDS = 30.0
"""From killing an actor to its worker being there again: it settles what it was at."""


OLD_SECONDS = 600.0
"""A worker that was silent for so long has lost its steps by its lease; nobody asks for its row."""


@dataclass(frozen=True, slots=True)
class Seen:
    workers: Sequence[PoolWorker]
    stopping: Sequence[Stopping]
    queued: int


def silence_seconds() -> float:
    return SILENT_LEASES * get_settings().worker_lease_seconds


def look() -> Seen:
    """Raises StorageError."""
    with read_session() as session:
        pool = PoolRepository(session)
        return Seen(pool.workers(silence_seconds()), pool.stopping(), pool.queued())


def forget_old() -> bool:
    """Take away the rows of workers that died with an earlier cluster; True. Raises StorageError."""
    require(Role.ADMIN)
    with unit_of_work() as work:
        for worker in PoolRepository(work.session).workers(OLD_SECONDS):
            if not worker.living and place_of(worker.slot) is not None:
                WorkerRepository(work.session).forget(worker.id)
        work.commit()
    return True


class Watch:
    """Time is our own and counts only while we watch: after a pause of the database nothing is overdue."""

    def __init__(self, cancel_grace: float) -> None:
        self._grace = cancel_grace
        self._rows: Sequence[PoolWorker] = ()
        self._workers: dict[str, PoolWorker] = {}
        self._beats: dict[str, tuple[datetime, float]] = {}
        self._asked: dict[tuple[int, int], float] = {}

    def note(self, seen: Seen) -> None:
        self._rows = seen.workers
        rows = [(place_of(worker.slot), worker) for worker in seen.workers]
        self._workers = {place: worker for place, worker in rows if place is not None}
        now, before = time.monotonic(), self._beats
        self._beats = {}
        for place, worker in self._workers.items():
            known = before.get(place)
            same = known is not None and known[0] == worker.heartbeat_at
            self._beats[place] = known if same and known is not None else (worker.heartbeat_at, now)
        asked = [(stopping.step_id, stopping.attempt) for stopping in seen.stopping]
        self._asked = {key: self._asked.get(key, now) for key in asked}

    def forget(self) -> None:
        self._beats, self._asked, self._workers, self._rows = {}, {}, {}, ()

    @property
    def rows(self) -> Sequence[PoolWorker]:
        return self._rows

    def living(self) -> set[str]:
        return {place for place, worker in self._workers.items() if worker.living}

    def idle(self) -> list[str]:
        """The places whose worker waits for a step."""
        return [p for p, worker in self._workers.items() if worker.living and worker.state == "ready"]

    def busy(self) -> set[str]:
        return {p for p, worker in self._workers.items() if worker.living and worker.step is not None}

    def hung(self) -> set[str]:
        """Alive for Ray, perhaps, but without a beat for so long, while we watched. Told once a while."""
        now = time.monotonic()
        late = {place for place, (_, since) in self._beats.items() if now - since > HUNG_SECONDS}
        self._beats |= {place: (self._beats[place][0], now) for place in late}
        return late

    def heedless(self, seen: Seen) -> set[str]:
        """At a step of a run that was asked to stop `cancel_grace` seconds ago.

        `ray.cancel` does not stop a method that runs; what does not look at its progress is killed.
        """
        owners = {worker.id: place for place, worker in self._workers.items()}
        now, late = time.monotonic(), set()
        for step in seen.stopping:
            key = (step.step_id, step.attempt)
            if step.owner in owners and now - self._asked[key] > self._grace:
                late.add(owners[step.owner])
                self._asked[key] = now + RESTART_SECONDS  # not again while the actor starts anew
        return late
