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

from services.errors import Cancelled, Conflict, StorageError, StudioError
from services.jobs import ledger
from services.jobs.context import Interrupted, LeaseLost, StepContext, give_way
from services.jobs.heartbeat import BEATS_PER_LEASE, Heartbeat
from services.jobs.sentences import fault
from services.jobs.slot import DEFAULT_SLOT, Slot
from services.messages import N_
from services.settings import get_settings

__all__ = ["Handler", "StepContext", "Worker", "give_way"]

log = logging.getLogger(__name__)

Handler = Callable[[StepContext], None]

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
        self.id = f"{self._slot.host[:32]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._heartbeat = Heartbeat(self.id, self._lease)

    def run_forever(self) -> None:
        """Until `stop()`, a long idle time, or the end of the studio's home. Raises Conflict."""
        with self._working():
            if not ledger.anything_queued(self._only) and self._warm_up is not None:
                self._heartbeat.now("warming")
                self._warm(self._warm_up)
            self._heartbeat.now("ready")
            self._loop()

    def run_until_idle(self) -> None:
        """Until nothing can be done now. Raises Conflict when a worker lives in this home."""
        with self._working():
            while not self._stopping.is_set() and self._next_step():
                pass

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
            if 0 < self._idle_limit < time.monotonic() - idle_since and not ledger.anything_beside():
                log.info("idle for long: going, the next page starts another worker")
                return
            self._stopping.wait(pause)

    def _next_step(self) -> bool:
        """Do one step. False: there is none that can be done now."""
        if time.monotonic() - self._recovered_at > self._lease / BEATS_PER_LEASE:
            self._recover()
        if not ledger.anything_queued(self._only):
            return False
        task = ledger.take(self.id, self._lease, self._only)
        if task is None:
            return False
        self._heartbeat.now("busy", task.claim)
        try:
            self._do(task)
        finally:
            self._heartbeat.now("ready")
        return True

    def _recover(self) -> None:
        self._recovered_at = time.monotonic()
        if found := ledger.recover(self.id, self._slot.name):
            log.warning("took over %d step(s) of workers that are gone", found)

    def _do(self, task: ledger.Task) -> None:
        context = StepContext(task, self._heartbeat, self._stopping, self._lease)
        started = time.monotonic()

        def took() -> float:
            return time.monotonic() - started

        try:
            self._handlers[task.kind](context)
            if not ledger.complete(task.claim, context.result, context.added, took()):
                log.warning("step %d was given to another worker: its end does not count", task.claim.step_id)
        except Cancelled:
            ledger.stop(task.claim, took())
        except LeaseLost:
            log.warning("step %d was given to another worker: dropped", task.claim.step_id)
        except (Interrupted, KeyboardInterrupt, SystemExit):
            self._stopping.set()
            ledger.release(task.claim, took())
        except StudioError as error:
            log.warning("step %s failed: %s", task.kind, error)
            ledger.fail(task.claim, type(error).__name__, error.message, again=False, seconds=took())
        except Exception as error:
            log.exception("step %s failed", task.kind)
            reason = fault(task.kind, error)
            ledger.fail(task.claim, type(error).__name__, reason, again=True, seconds=took())
