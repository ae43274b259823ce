"""A log file for each actor, with the run and the step that each line is about."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from logging.handlers import RotatingFileHandler

from services.settings import get_settings

LOG_BYTES = 2 * 2**20
LOGS_KEPT = 3

_at: ContextVar[str] = ContextVar("at", default="-")


class _WithRun(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.run = _at.get()
        return True


def log_to_file(name: str) -> None:
    """Everything of this process from INFO up into logs/`name`.log of this machine's studio home."""
    folder = get_settings().logs_dir
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(folder / f"{name}.log", maxBytes=LOG_BYTES, backupCount=LOGS_KEPT)
    handler.addFilter(_WithRun())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s run=%(run)s: %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)


@contextmanager
def working_on(run_id: str, step_id: int) -> Iterator[None]:
    """Lines of this thread are about this step of this run."""
    token = _at.set(f"{run_id}/{step_id}")
    try:
        yield
    finally:
        _at.reset(token)
