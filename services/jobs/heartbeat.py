"""A thread that says that the worker lives and keeps the lease of its step, whatever the step does."""

from __future__ import annotations

import logging
import threading

from db.repositories.runs import Claim
from services.jobs import ledger

log = logging.getLogger(__name__)

BEATS_PER_LEASE = 3
"""Two beats may be missed, to a slow disk say, before the lease runs out."""

BEATS_MISSED = 2
"""Beats for which a lease that seems to have run out is watched: the clock may have jumped instead."""


class Heartbeat:
    """Started once per worker; the worker tells it what it is at."""

    def __init__(self, worker_id: str, lease_seconds: float) -> None:
        self._worker_id = worker_id
        self._lease_seconds = lease_seconds
        self._state = "starting"
        self._claim: Claim | None = None
        self._lost: Claim | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(timeout=self._lease_seconds)

    def now(self, state: str, claim: Claim | None = None) -> None:
        """The worker's state, and the step it is at, from now on."""
        changed = state != self._state
        self._state, self._claim = state, claim
        if changed:
            self._beat()

    def lost(self, claim: Claim) -> bool:
        """A beat found that the step is not ours any more."""
        return self._lost == claim

    def _run(self) -> None:
        while not self._ended.wait(self._lease_seconds / BEATS_PER_LEASE):
            self._beat()

    def _beat(self) -> None:
        claim = self._claim
        try:
            if not ledger.beat(self._worker_id, self._state, claim, self._lease_seconds):
                # It may also have ended a moment ago; only the worker knows whether it still matters.
                self._lost = claim
        except Exception:  # the beat must go on: the database may be back at the next one
            log.exception("heartbeat failed")
