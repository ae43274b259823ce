"""The worker as a process: its log, its signals, its exit."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from logging.handlers import RotatingFileHandler
from types import FrameType

from services.database import ensure_database
from services.errors import Conflict
from services.jobs.worker import Handler, Worker
from services.settings import get_settings

log = logging.getLogger(__name__)

LOG_BYTES = 2 * 2**20
LOGS_KEPT = 3
"""A failure's traceback stays findable for weeks, and logs never fill a disk."""


def serve(load_handlers: Callable[[], Mapping[str, Handler]], warm_up: Callable[[], None]) -> int:
    """Work until told to go; the process's exit status. Another worker in this home: 0, at once."""
    _log_to_file()
    _limit_threads()
    ensure_database()
    worker = Worker(load_handlers(), warm_up)

    def leave(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    log.info("worker %s starts", worker.id)
    try:
        worker.run_forever()
    except Conflict as error:
        log.info("%s", error)
    except Exception:
        log.exception("the worker fell over")
        return 1
    log.info("worker %s ends", worker.id)
    return 0


def _log_to_file() -> None:
    folder = get_settings().logs_dir
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(folder / "worker.log", maxBytes=LOG_BYTES, backupCount=LOGS_KEPT)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler, logging.StreamHandler(sys.stderr)])


def _limit_threads() -> None:
    """Before torch and its like are imported: they read it once."""
    if threads := get_settings().threads:
        os.environ["OMP_NUM_THREADS"] = str(threads)
