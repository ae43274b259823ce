"""One worker of the pool: an actor around the loop that every worker runs.

Ray runs only `__init__` of an actor that it starts again, so the loop begins there, in a thread of its
own: the actor's methods stay free to feed it and to stop it. The table decides about attempts; Ray
repeats nothing.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping

from services.errors import StudioError
from services.jobs.views import BESIDE, RunKind
from services.jobs.worker import Handler, Worker
from services.logs import log_to_file
from services.ray import config as pool_config
from services.ray.config import PoolConfig

log = logging.getLogger(__name__)

GPU, CPU = "gpu", "cpu"

LIGHT = (RunKind.SEARCH, RunKind.EXPORT, RunKind.PREVIEW)
"""What workers without a GPU take in a pool that has some: on the others' models they would take hours."""

UNFED_SECONDS = 2.0
"""An idle worker looks by itself this often: the supervisor feeds it sooner, and may itself be gone."""

RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 30.0

INTERRUPT_SECONDS = 10.0
"""For a step that was told to stop to reach its next progress."""


class FedWorker(Worker):
    """Looks at the queue when it is fed, and leaves between two steps when it is to drain."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        warm_up: Callable[[], None] | None,
        slot: str,
        only: tuple[RunKind, ...] = (),
    ) -> None:
        super().__init__(handlers, warm_up, slot, only)
        self._fed = threading.Event()
        self._draining = threading.Event()

    def feed(self) -> None:
        self._fed.set()

    def drain(self) -> None:
        """Take no more; the step at hand is finished."""
        self._draining.set()
        self._fed.set()

    def stop(self) -> None:
        """As for every worker, from any thread: the step at hand goes back at its next progress."""
        self._stopping.set()
        self._fed.set()

    def _rest(self, seconds: float) -> None:
        self._fed.wait(max(seconds, UNFED_SECONDS))
        self._fed.clear()

    def _next_step(self) -> bool:
        if self._draining.is_set():
            self._stopping.set()
            return False
        return super()._next_step()


class WorkerActor:
    """`place` is "gpu" or "cpu" and a number; `light`: only what needs no GPU."""

    def __init__(self, config: PoolConfig, place: str, light: bool = False) -> None:
        kind, _, number = place.partition("-")
        pool_config.adopt(config, "auto" if kind == GPU else "cpu" if light else "")
        log_to_file(f"ray-{place}")
        if config.host and socket.gethostname() != config.host:
            raise RuntimeError(f"the database is a file on {config.host}, and this is {socket.gethostname()}")
        self._config, self._place, self._light = config, place, light
        self._node = _node_id()
        self._ended = threading.Event()
        self._left = False
        self._worker = self._new_worker()
        self._downloads = self._new_downloads() if number == "0" and not light else None
        threading.Thread(target=self._work, name="worker", daemon=True).start()
        if self._downloads is not None:
            threading.Thread(target=self._beside, args=(self._downloads,), daemon=True).start()

    def feed(self) -> None:
        """There is work: look now."""
        self._worker.feed()

    def worker_id(self) -> str:
        return self._worker.id

    def leave(self, grace: float) -> bool:
        """Finish the step at hand within `grace` seconds, else give it back. True: it is out of the queue."""
        self._left = True
        if self._downloads is not None:
            self._downloads.stop()
        self._worker.drain()
        if not self._ended.wait(grace):
            self._worker.stop()
        return self._ended.wait(INTERRUPT_SECONDS)

    def _new_worker(self) -> FedWorker:
        handlers = pool_config.load(self._config.handlers)()
        warm_up = pool_config.load(self._config.warm_up) if self._config.warm_up and not self._light else None
        from services.ray.embedding import encode_in_pool

        encode_in_pool(self._config, self._place)
        # The node's id is in the slot: two machines may have the same name, and the same path.
        return FedWorker(
            handlers, warm_up, f"ray-{self._place}-{self._node[:8]}", LIGHT if self._light else ()
        )

    def _new_downloads(self) -> FedWorker:
        handlers = pool_config.load(self._config.handlers)()
        return FedWorker(handlers, None, f"ray-{self._node[:8]}-downloads", BESIDE)

    def _work(self) -> None:
        """Until it is told to leave. What keeps it from the queue is waited for; models stay loaded."""
        pause = RETRY_SECONDS
        while not self._left:
            begun = time.monotonic()
            try:
                self._worker.run_forever()
                break
            except StudioError as error:  # no database yet, or what died here still holds the place
                log.warning("%s", error)
            except Exception:
                log.exception("the worker fell over")
            pause = RETRY_SECONDS if time.monotonic() - begun > LONGEST_RETRY_SECONDS else pause
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_RETRY_SECONDS)
            self._worker = self._new_worker()
        self._ended.set()

    def _beside(self, worker: FedWorker) -> None:
        try:
            worker.run_forever()
        except StudioError as error:
            log.info("%s", error)
        except Exception:
            log.exception("downloads fell over")


def _node_id() -> str:
    from services.ray.connection import the_ray

    return str(the_ray().get_runtime_context().get_node_id())
