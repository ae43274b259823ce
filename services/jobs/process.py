"""The worker as a process: its log, its signals, its exit."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType

from services.database import ensure_database
from services.errors import Conflict
from services.jobs.slot import DOWNLOADS_SLOT
from services.jobs.views import BESIDE
from services.jobs.worker import Handler, Worker
from services.logs import log_to_file
from services.settings import get_settings

log = logging.getLogger(__name__)

LEAVE_SECONDS = 5.0
"""For a download to notice that it must go; what it has is on the disk either way."""


def serve(load_handlers: Callable[[], Mapping[str, Handler]], warm_up: Callable[[], None]) -> int:
    """Work until told to go; the process's exit status. Another worker in this home: 0, at once."""
    log_to_file("worker")
    _limit_threads()
    _give_way_to_pages()
    ensure_database()
    handlers = load_handlers()
    worker = Worker(handlers, warm_up)
    beside = Worker(handlers, slot=DOWNLOADS_SLOT, only=BESIDE)
    downloads = threading.Thread(target=_run_beside, args=(beside,), name="downloads", daemon=True)

    def leave(_signal: int, _frame: FrameType | None) -> None:
        beside.stop()
        worker.stop()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    log.info("worker %s starts", worker.id)
    downloads.start()
    try:
        worker.run_forever()
    except Conflict as error:
        log.info("%s", error)
    except Exception:
        log.exception("the worker fell over")
        return 1
    finally:
        beside.stop()
        downloads.join(LEAVE_SECONDS)
    log.info("worker %s ends", worker.id)
    return 0


def _run_beside(worker: Worker) -> None:
    """Downloads, until told to go. They end as steps do: kept, and gone on with by the next worker."""
    try:
        worker.run_forever()
    except Conflict:
        log.info("another worker of this home downloads")
    except Exception:
        log.exception("downloads fell over")


def _give_way_to_pages() -> None:
    """A run may use every core, and a page that somebody waits for still goes first: beside one that wants a
    core too, 15 leaves a thirtieth of it to the worker, and all of it while nobody looks."""
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(get_settings().worker_niceness)


def _limit_threads() -> None:
    """Before torch and its like are imported: they read it once."""
    if threads := get_settings().threads:
        os.environ["OMP_NUM_THREADS"] = str(threads)
