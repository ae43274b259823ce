"""Logs of the studio's processes: to a file in the studio's home, as lines or as JSON, with run and step.

    with log_context(run=run_id, step="generate"):
        log.info("...")          # the line says which run it belongs to

`AIM_STUDIO_LOG_FORMAT=json` writes one JSON object a line: time (UTC), level, logger, message, process, and
run, step, attempt, kind, session where a line belongs to one; `error` holds a traceback. Nothing a person
typed is logged by the studio itself, and no secret: settings print them as stars.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler

from services.settings import get_settings

LOG_BYTES = 2 * 2**20
LOGS_KEPT = 3
"""A failure's traceback stays findable for weeks, and logs never fill a disk."""

_context: ContextVar[dict[str, str | int]] = ContextVar("log_context", default={})  # noqa: B039 never changed


@contextmanager
def log_context(**fields: str | int | None) -> Iterator[None]:
    """Whatever is logged inside, in this thread, carries `fields`; None is left out."""
    told = {name: value for name, value in fields.items() if value is not None}
    token = _context.set({**_context.get(), **told})
    try:
        yield
    finally:
        _context.reset(token)


def log_to_file(process: str) -> None:
    """Send this process's log to `process`.log in the home's logs, and to standard error."""
    folder = get_settings().logs_dir
    folder.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        RotatingFileHandler(
            folder / f"{process}.log", maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, encoding="utf-8"
        ),
        logging.StreamHandler(sys.stderr),
    ]
    formatter = formatter_of(get_settings().log_format, process)
    for handler in handlers:
        handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=handlers)


def formatter_of(form: str, process: str) -> logging.Formatter:
    """For people ("text") or for machines ("json")."""
    return JsonLines(process) if form == "json" else Lines()


class Lines(logging.Formatter):
    """`2026-03-01 10:20:30,123 INFO services.jobs.worker [run=ab12 step=plan]: message`."""

    def format(self, record: logging.LogRecord) -> str:
        told = " ".join(f"{name}={value}" for name, value in _context.get().items())
        record.where = f" [{told}]" if told else ""
        return super().format(record)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(where)s: %(message)s")


class JsonLines(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": self._process,
            "pid": record.process,
            **_context.get(),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)
