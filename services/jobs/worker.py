"""The loop that does the work: take a step, run its handler, end it. Models stay loaded between runs.

A step may run more than once (a killed worker, a lost lease), so handlers are idempotent; its end
counts once, by the attempt that holds it.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from services import counters
from services.errors import Cancelled, Conflict, StorageError, StudioError
from services.jobs import disk, ledger
from services.jobs.context import Held, Interrupted, LeaseLost, StepContext, give_way
from services.jobs.heartbeat import BEATS_MISSED, BEATS_PER_LEASE, Heartbeat
from services.jobs.housekeeping import forget_searches
from services.jobs.patience import Patience
from services.jobs.sentences import fault
from services.jobs.slot import DEFAULT_SLOT, Slot
from services.logs import log_context
from services.messages import N_
from services.settings import get_settings

__all__ = ["Handler", "StepContext", "Worker", "give_way"]

log = logging.getLogger(__name__)

Handler = Callable[[StepContext], None]

End = Callable[[], bool]
"""Writes a step's end. False: it was not ours any more."""

POLL_SECONDS = 0.2
"""Below what a person notices after a click; one look takes a fraction of a millisecond."""

SLOT_WAIT_SECONDS = 2.0
"""A supervisor may hold the slot for a moment to see whether it is free."""

MAX_PAUSE_SECONDS = 30.0
"""How long the worker waits between tries while the database cannot be reached."""


class Worker:
    """Does what is queued, one step at a time. `handlers`: step kind -> what to do.

    `only` are the kinds of runs it takes; none: all but those that are done beside the rest.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        warm_up: Callable[[], None] | None = None,
        slot: str = DEFAULT_SLOT,
        only: ledger.Kinds = (),
    ) -> None:
        settings = get_settings()
        self._handlers = handlers
        self._warm_up = warm_up
        self._only = only
        self._slot = Slot(settings, slot)
        self._lease = settings.worker_lease_seconds
        self._idle_limit = settings.worker_idle_minutes * 60
        self._stopping = threading.Event()
        self._recovered_at = 0.0
        self._warming = False
        self._owed: End | None = None
        self._expects_more = False
        self.id = f"{self._slot.host[:32]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._heartbeat = Heartbeat(self.id, self._lease)
        self._patience = Patience(self._lease * BEATS_MISSED / BEATS_PER_LEASE)

    def run_forever(self) -> None:
        """Until `stop()`, a long idle time, or the end of the studio's home. Raises Conflict."""
        with self._working():
            if not ledger.anything_queued(self._only) and self._warm_up is not None:
                self._heartbeat.now("warming")
                self._warm(self._warm_up)
            self._heartbeat.now("ready")
            self._loop()

    def run_until_idle(self) -> None:
        """Until nothing can be done, now or after a rest. Raises Conflict where a worker lives already."""
        with self._working():
            while not self._stopping.is_set():
                resting = ledger.anything_resting(self._only)  # asked first: it may be due a moment later
                if self._next_step():
                    continue
                if not resting:
                    return
                self._stopping.wait(POLL_SECONDS)

    def stop(self) -> None:
        """Ask the worker to go; the step at hand goes back to the queue at its next progress.

        Called by a signal's handler while the worker warms up, it breaks that off. Raises Interrupted.
        """
        self._stopping.set()
        if self._warming and threading.current_thread() is threading.main_thread():
            raise Interrupted

    @contextmanager
    def _working(self) -> Iterator[None]:
        if not self._slot.acquire(SLOT_WAIT_SECONDS):
            raise Conflict(N_("A worker is at work in this studio already."))
        self._slot.sign()
        try:
            ledger.register(self.id, self._slot.name, os.getpid(), self._slot.host)
            self._recover()
            forget_searches()
            self._heartbeat.start()
            yield
        finally:
            self._heartbeat.stop()
            self._leave()
            self._slot.release()

    def _leave(self) -> None:
        if self._slot.removed:
            return
        try:
            ledger.unregister(self.id)
        except StorageError:
            log.warning("the worker's row stays until the next one comes", exc_info=True)

    def _warm(self, warm_up: Callable[[], None]) -> None:
        self._warming = True
        try:
            warm_up()
        except (Cancelled, Interrupted):
            log.info("warming up gave way to what is wanted now")
        except Exception:  # only a head start: the step that needs it will say what is wrong
            log.exception("warming up failed")
        finally:
            self._warming = False

    def _loop(self) -> None:
        idle_since, pause = time.monotonic(), POLL_SECONDS
        while not self._stopping.is_set() and not self._slot.removed:
            try:
                if self._next_step():
                    idle_since = time.monotonic()
                    continue
                pause = POLL_SECONDS
            except StorageError:
                log.exception("the queue is unavailable; trying again in %.1f s", pause)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)
            if 0 < self._idle_limit < time.monotonic() - idle_since and not _waits():
                log.info("idle for long: going, the next page starts another worker")
                return
            self._rest(pause)

    def _rest(self, seconds: float) -> None:
        """Between two looks at the queue."""
        self._stopping.wait(seconds)

    def _next_step(self) -> bool:
        """Do one step. False: there is none that can be done now."""
        self._settle_up()
        if time.monotonic() - self._recovered_at > self._lease / BEATS_PER_LEASE:
            self._recover()
        look = not self._expects_more  # before the write lock is taken, unless a step has just been done
        queued = ledger.anything_queued(self._only) if look else True
        task = ledger.take(self.id, self._lease, self._only) if queued else None
        self._expects_more = task is not None
        if task is None:
            self._heartbeat.now("ready")
            return False
        self._heartbeat.now("busy", task.claim)
        self._owed = self._do(task)
        self._settle_up()
        self._heartbeat.now("busy")  # until nothing waits: between two steps there is no news to write
        return True

    def _settle_up(self) -> None:
        """Write the end of the last step. Where the database refuses it is tried again before anything
        else is begun, so that what was made is not made again. Raises StorageError.
        """
        if self._owed is not None:
            self._owed()
            self._owed = None

    def _recover(self) -> None:
        self._recovered_at = time.monotonic()
        if found := ledger.recover(self.id, self._slot.name, patience=self._patience):
            log.warning("took over %d step(s) of workers that are gone", found)
        if found := ledger.resume_held(disk.room):
            log.info("there is room on the disk again: %d run(s) go on", found)

    def _do(self, task: ledger.Task) -> End:
        """Run the step's handler, counted and logged as its run's; how its end is to be written."""
        claim, started = task.claim, time.monotonic()
        session = task.run.session_id
        with log_context(run=claim.run_id, step=task.kind, attempt=claim.attempt, session=session):
            outcome, end = self._handle(task, started)
        counters.step(task.kind, outcome, time.monotonic() - started)
        return end

    def _handle(self, task: ledger.Task, started: float) -> tuple[str, End]:
        """The word for how the handler ended, and how that is to be written."""
        context = StepContext(task, self._heartbeat, self._stopping, self._lease)
        claim = task.claim
        try:
            self._handlers[task.kind](context)
        except Cancelled:
            return "stopped", partial(ledger.stop, claim, time.monotonic() - started)
        except LeaseLost:
            log.warning("step %d was given to another worker: dropped", claim.step_id)
            return "lost", lambda: False
        except Held:
            return "released", partial(ledger.release, claim, time.monotonic() - started)
        except (Interrupted, KeyboardInterrupt, SystemExit):
            self._stopping.set()
            return "released", partial(ledger.release, claim, time.monotonic() - started)
        except Exception as error:  # noqa: BLE001 - whatever it was is told, and the queue goes on
            return "failed", _failure(task, error, time.monotonic() - started)
        return "done", partial(_complete, task, context, time.monotonic() - started)


def _waits() -> bool:
    """Is there something that no queue shows: a download, or a run that a full disk paused?"""
    try:
        return ledger.anything_beside() or ledger.anything_held()
    except StorageError:  # it may be back in a moment; a worker that lives notices
        return True


def _complete(task: ledger.Task, context: StepContext, seconds: float) -> bool:
    try:
        held = ledger.complete(task.claim, context.result, context.added, seconds)
    except StorageError:
        raise
    except Exception as error:  # noqa: BLE001 - a result that no row can hold is the step's own failure
        return _failure(task, error, seconds)()
    if not held:
        log.warning("step %d was given to another worker: its end does not count", task.claim.step_id)
    return held


def _failure(task: ledger.Task, error: Exception, seconds: float) -> End:
    """How a step ends that raised `error`: a full disk pauses its run, a database that was away and what
    nobody expected are tried once more, and what a sentence explains is final.
    """
    if disk.is_full(error):
        log.warning("step %s stopped: the disk is full", task.kind)
        return partial(ledger.hold, task.claim, seconds)
    if isinstance(error, StudioError):
        log.warning("step %s failed: %s", task.kind, error)
        reason, again = error.message, isinstance(error, StorageError)
    else:
        log.error("step %s failed", task.kind, exc_info=error)
        reason, again = fault(task.kind, error), True
    return partial(ledger.fail, task.claim, type(error).__name__, reason, again, seconds)
