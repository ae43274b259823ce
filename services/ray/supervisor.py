"""The detached actor that keeps the pool whole.

It holds nothing that matters: what is to be done is in the run tables, who lives in the workers' rows,
and the workers are detached actors with names. Killed, it is started again by Ray, finds them, and goes
on; meanwhile they work without it.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from services.errors import StorageError
from services.jobs import ledger
from services.jobs.patience import NEVER
from services.logs import log_to_file
from services.ray import config as pool_config
from services.ray.actors import INTERRUPT_SECONDS, WorkerActor
from services.ray.config import PoolConfig
from services.ray.connection import the_ray
from services.ray.loans import Loans
from services.ray.places import Claims, node_of, wanted_places
from services.ray.watch import Seen, Watch, forget_old, look

log = logging.getLogger(__name__)

NAME = "supervisor"

TICK_SECONDS = 0.25
"""From a click to a fed worker at the most; a look is two queries of a millisecond."""

PLACES_SECONDS = 3.0
"""Between two looks at the cluster for lost workers and new machines."""

WORKER_RESTARTS = 3
"""By Ray, at once. After that the supervisor starts the worker anew, with growing pauses."""

FIRST_PAUSE_SECONDS = 5.0
LAST_PAUSE_SECONDS = 300.0


class Supervisor:
    """Its loop begins in `__init__`, as a restarted actor runs nothing else."""

    def __init__(self, config: PoolConfig) -> None:
        pool_config.adopt(config)
        log_to_file("ray-supervisor")
        self._config, self._ray = config, the_ray()
        self._handles: dict[str, Any] = {}
        self._pauses: dict[str, tuple[float, float]] = {}
        self._watch, self._loans = Watch(config.cancel_grace), Loans()
        self._filled_at = float("-inf")
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        log.info("the supervisor starts")
        threading.Thread(target=self._run, name="supervisor", daemon=True).start()

    # --- what others ask of it ---

    def places(self) -> list[str]:
        """The places that it keeps filled."""
        return sorted(self._handles)

    def stop(self, grace: float) -> None:
        """Let every worker finish its step within `grace` seconds, then end them all."""
        self._stopping.set()
        with self._lock:
            self._dismiss(list(self._handles), grace)

    def lend(self, borrower: str, count: int) -> int:
        """Make room for up to `count` encoders of Ray Data in idle workers' places; how many there are.

        One other worker stays for who waits at a page, if there are three. The loan ends with the
        borrower's step.
        """
        with self._lock:
            places = self._loans.pick(borrower, self._watch.idle(), sorted(self._handles), count)
            self._loans.make(borrower, places)
            self._dismiss(places, 0.0)
            return len(places)

    def give_back(self, borrower: str) -> None:
        self._loans.end(borrower)

    # --- its loop ---

    def _run(self) -> None:
        tidied = False
        while not self._stopping.is_set():
            try:
                tidied = tidied or forget_old()
                with self._lock:
                    self._round()
            except StorageError as error:
                self._watch.forget()
                log.warning("the queue is unavailable: %s", error)
            except Exception:  # the cluster may be changing under us: the next look will see
                log.exception("a look at the pool failed")
            self._stopping.wait(TICK_SECONDS)

    def _round(self) -> None:
        """Look, feed, and now and then fill. Never fill by an older look: it may not have seen that a
        borrower was at work, and would take the places that were lent to it since."""
        seen = look()
        self._watch.note(seen)
        self._feed(seen)
        if time.monotonic() - self._filled_at > PLACES_SECONDS and not self._stopping.is_set():
            self._fill()
            self._filled_at = time.monotonic()

    def _fill(self) -> None:
        nodes = self._ray.nodes()
        self._loans.end_all_but(self._watch.busy())
        self._give_up({node["NodeID"] for node in nodes if not node["Alive"]})
        for place, claim in wanted_places(self._config, nodes).items():
            if self._loans.out(place):
                continue
            handle = self._find(place)
            if handle is None and time.monotonic() >= self._pauses.get(place, (0.0, 0.0))[1]:
                handle = self._create(place, claim)
            if handle is not None:
                self._handles[place] = handle

    def _give_up(self, lost: set[str]) -> None:
        """Workers on machines that the cluster lost: nobody waits for their leases."""
        gone = [w.id for w in self._watch.rows if any(node.startswith(node_of(w.slot)) for node in lost)]
        if gone and (steps := ledger.recover(NAME, "", gone, NEVER)):
            log.warning("took back %d step(s) from machines that are gone", steps)

    def _find(self, place: str) -> Any | None:
        """The living actor of this place; None when there is none, or Ray has given it up."""
        try:
            handle = self._ray.get_actor(place, namespace=self._config.namespace)
        except ValueError:
            return None
        if place in self._watch.living():
            self._pauses.pop(place, None)
        return handle

    def _create(self, place: str, claim: Claims) -> Any:
        pause = min(2 * self._pauses.get(place, (FIRST_PAUSE_SECONDS / 2, 0))[0], LAST_PAUSE_SECONDS)
        self._pauses[place] = (pause, time.monotonic() + pause)
        log.info("starting worker %s", place)
        options = {
            "name": place,
            "namespace": self._config.namespace,
            "lifetime": "detached",
            "get_if_exists": True,
            "max_restarts": WORKER_RESTARTS,
            "max_task_retries": 0,
            "scheduling_strategy": "SPREAD",
            **claim.options(),
        }
        actor = self._ray.remote(WorkerActor)
        return actor.options(**options).remote(self._config, place, claim.light)

    def _feed(self, seen: Seen) -> None:
        for place in self._watch.hung() | self._watch.heedless(seen):
            if (handle := self._handles.get(place)) is not None:
                log.warning("killing worker %s: it does not answer", place)
                self._ray.kill(handle, no_restart=False)
        idle = self._watch.idle()
        if idle and ledger.anything_queued():
            for place in idle[: seen.queued]:
                if place in self._handles:
                    self._handles[place].feed.remote()

    def _dismiss(self, places: list[str], grace: float) -> None:
        """End these workers: their places are free when it returns."""
        handles = [handle for place in places if (handle := self._handles.pop(place, None)) is not None]
        leaving = [handle.leave.remote(grace) for handle in handles]
        if leaving:
            self._ray.wait(leaving, num_returns=len(leaving), timeout=grace + INTERRUPT_SECONDS + 2)
        for handle in handles:
            self._ray.kill(handle, no_restart=True)
