"""Keeps one worker process beside the studio. Called at every page run, so it must cost nothing."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from enum import StrEnum

from db.repositories.pool import PoolRepository
from db.repositories.workers import WorkerRepository
from services.database import read_session
from services.jobs.slot import DOWNLOADS_SLOT, Slot
from services.settings import REPOSITORY, Settings, get_settings

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "services.jobs")

DOWNLOADS = f"{DOWNLOADS_SLOT}.lock"
"""The end of the slot of a thread that downloads, which is no worker."""

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)

CHECK_SECONDS = 2.0
"""Between two looks at the lock and the row; what was seen is answered in the meantime."""

HUNG_SECONDS = 60.0
"""A process that holds the slot but does not beat for so long, while we watch, is stopped or stuck."""

SILENT_LEASES = 2
"""A worker on Ray beats three times a lease: one that misses six beats is gone, or has no database."""

START_SECONDS = 60.0
"""From process to slot takes seconds; on a machine with no breath left, more."""

FIRST_PAUSE_SECONDS = 5.0
LAST_PAUSE_SECONDS = 300.0
"""Between two starts of a worker that dies at once: it doubles, so that a broken install stays quiet."""


class WorkerState(StrEnum):
    """What the studio can say about its worker."""

    OFF = "off"  # none here, and none is to be started (settings)
    AWAY = "away"  # none of the workers on Ray answers; what is queued waits
    DOWN = "down"  # it died right after its start, several times; see the log
    STARTING = "starting"
    WARMING = "warming"  # loads its models; what is queued waits for that
    READY = "ready"
    BUSY = "busy"


_BEST_FIRST = (WorkerState.BUSY, WorkerState.READY, WorkerState.WARMING, WorkerState.STARTING)


class _Supervisor:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.slot = Slot(settings)
        self.lock = threading.Lock()
        self.state = WorkerState.OFF
        self.checked_at = float("-inf")
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = float("-inf")
        self.pause = FIRST_PAUSE_SECONDS
        self.last_beat: tuple[object, float] | None = None

    def check(self) -> WorkerState:
        if time.monotonic() - self.checked_at < CHECK_SECONDS:
            return self.state
        with self.lock:
            if time.monotonic() - self.checked_at >= CHECK_SECONDS:
                self.state = self._look()
                self.checked_at = time.monotonic()
        return self.state

    def _look(self) -> WorkerState:
        if self.settings.worker != "subprocess":
            return self._elsewhere()
        if self.slot.taken:
            return self._watch()
        return self._start()

    def _elsewhere(self) -> WorkerState:
        """Of the workers that were heard of: one that can take a run is enough for who waits."""
        pool = self.settings.worker == "ray"
        silence = SILENT_LEASES * self.settings.worker_lease_seconds if pool else HUNG_SECONDS
        with read_session() as session:
            rows = PoolRepository(session).workers(silence)
        states = {WorkerState(row.state) for row in rows if row.living and not row.slot.endswith(DOWNLOADS)}
        return next(
            (state for state in _BEST_FIRST if state in states), WorkerState.AWAY if pool else WorkerState.OFF
        )

    def _watch(self) -> WorkerState:
        """Somebody holds the slot: what its row says, unless it has stopped beating."""
        with read_session() as session:
            row = WorkerRepository(session).holder(self.slot.name)
        if row is None:
            return WorkerState.STARTING
        # Time is ours, and counts only while we watch: after a machine's sleep nothing is overdue.
        if self.last_beat is None or self.last_beat[0] != (row.id, row.heartbeat_at):
            self.last_beat = ((row.id, row.heartbeat_at), time.monotonic())
            self.pause = FIRST_PAUSE_SECONDS
        elif time.monotonic() - self.last_beat[1] > HUNG_SECONDS:
            self.signal(KILL)
        return WorkerState(row.state)

    def _start(self) -> WorkerState:
        age = time.monotonic() - self.started_at
        if self.process is not None and self.process.poll() is None and age < START_SECONDS:
            return WorkerState.STARTING  # on its way to the slot
        if self.process is not None and age < self.pause:
            return WorkerState.DOWN  # it fell over at once: not again in the same breath
        if self.process is not None:
            quick_death = age < LAST_PAUSE_SECONDS and self.last_beat is None
            self.pause = min(self.pause * 2, LAST_PAUSE_SECONDS) if quick_death else FIRST_PAUSE_SECONDS
        self.last_beat = None
        self.process, self.started_at = _spawn(self.settings), time.monotonic()
        return WorkerState.STARTING

    @property
    def busy(self) -> bool:
        """The slot is held, or the process that we started has not ended."""
        return self.slot.taken or (self.process is not None and self.process.poll() is None)

    def signal(self, number: int) -> None:
        """To the process that holds the slot now."""
        pid = self.slot.signed_by
        if pid is None or not self.slot.taken:
            return
        log.warning("signal %d to worker process %d", number, pid)
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return


_current: _Supervisor | None = None
_current_lock = threading.Lock()


def ensure_worker() -> WorkerState:
    """Start a worker unless one lives; its state. Quick enough for every page run; safe in threads.

    Raises StorageError when the database cannot be read.
    """
    return _supervisor().check()


def stop_worker(wait_seconds: float = 10.0) -> None:
    """Ask this home's worker to go, and end it if it does not: its step is then done again later."""
    supervisor = _supervisor()
    with supervisor.lock:
        supervisor.signal(signal.SIGTERM)
        if supervisor.process is not None:
            supervisor.process.terminate()
        deadline = time.monotonic() + wait_seconds
        while supervisor.busy and time.monotonic() < deadline:
            time.sleep(0.1)
        supervisor.signal(KILL)
        if supervisor.process is not None:
            supervisor.process.kill()  # it may still have been on its way to the slot
            supervisor.process.wait()
        supervisor.process, supervisor.checked_at = None, float("-inf")


def _supervisor() -> _Supervisor:
    global _current
    settings = get_settings()
    with _current_lock:
        if _current is None or not _same_home(_current.settings, settings):
            _current = _Supervisor(settings)
        return _current


def _same_home(known: Settings, settings: Settings) -> bool:
    """Settings chosen on the page may change; the worker they are for stays the same."""
    return known is settings or (known.home, known.worker) == (settings.home, settings.worker)


def _spawn(settings: Settings) -> subprocess.Popen[bytes]:
    """A process of its own session: it outlives the studio, and Ctrl-C in the studio's terminal."""
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"AIM_STUDIO_HOME": str(settings.home.resolve())}
    with (settings.logs_dir / "worker.out").open("ab") as output:
        process = subprocess.Popen(
            COMMAND,
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    log.info("started worker process %d", process.pid)
    return process
