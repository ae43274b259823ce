"""What a handler is given: its payload, and the ways to report, to stop, to add and to answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.errors import Cancelled, StorageError
from services.jobs import ledger
from services.jobs.heartbeat import Heartbeat
from services.jobs.views import RunView, StepSpec
from services.messages import N_

log = logging.getLogger(__name__)

REPORT_SECONDS = 0.5
"""Pages look once a second; more commits than this only wear the disk."""


class LeaseLost(BaseException):
    """The step was given to another worker. Not an Exception: no handler may take it for a failure."""


class Held(BaseException):
    """The run was paused. The step goes back to the queue, and nobody takes it before it is resumed."""


class Interrupted(BaseException):
    """The worker was told to go. The step goes back to the queue."""


def give_way(_share: float) -> None:
    """A progress function for work that nobody asked for: raises Cancelled as soon as a run waits."""
    if ledger.anything_queued():
        raise Cancelled(N_("Stopped. What was finished is kept."))


class StepContext:
    """One attempt at one step.

    `run` is the run as it stood when the step was taken, with the result of the steps before it.
    """

    def __init__(
        self, task: ledger.Task, heartbeat: Heartbeat, stopping: threading.Event, lease_seconds: float
    ) -> None:
        self.run: RunView = task.run
        self.session_id: str | None = task.run.session_id
        self.payload: Mapping[str, Any] = task.payload
        self.result: dict[str, Any] = {}
        self.added: list[StepSpec] = []
        self._claim = task.claim
        self._heartbeat = heartbeat
        self._stopping = stopping
        self._lease_seconds = lease_seconds
        self._reported_at = time.monotonic()

    @property
    def progress(self) -> Callable[[float], None]:
        """Call with the share done, 0..1. Raises Cancelled or Held when asked to stop: let them pass."""
        return self._progress

    def add_steps(self, steps: Sequence[StepSpec]) -> None:
        """Steps to follow this one, before those that wait already. Saved together with its end."""
        self.added.extend(steps)

    def set_result(self, values: Mapping[str, Any]) -> None:
        """JSON values that join the run's result when this step ends."""
        self.result.update(values)

    def _progress(self, share: float) -> None:
        self._heed()
        if time.monotonic() - self._reported_at < REPORT_SECONDS:
            return
        self._reported_at = time.monotonic()
        try:
            held = ledger.report(self._claim, self._lease_seconds, min(1.0, max(0.0, share)))
        except StorageError:
            log.warning("progress could not be saved; going on", exc_info=True)
            return
        if not held:
            raise LeaseLost

    def _heed(self) -> None:
        if self._stopping.is_set():
            raise Interrupted
        if self._heartbeat.lost(self._claim):
            raise LeaseLost
        try:
            signals = ledger.signals(self._claim)
        except StorageError:
            log.warning("signals could not be read; going on", exc_info=True)
            return
        if not signals.held:
            raise LeaseLost
        if signals.cancel_requested:
            raise Cancelled(N_("Stopped. What was finished is kept."))
        if signals.paused:
            raise Held
