"""Backups in the data folder: made as a run from the Settings page, and offered there.

They save from a mistake and from a damaged database, not from a lost disk: fetch them, or write backups to
another disk with the command line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from db.base import now
from services import audit
from services.backup.write import back_up
from services.database import unit_of_work
from services.errors import NotFound
from services.jobs import queue
from services.jobs.queue import RunKind, RunView, StepSpec
from services.messages import N_
from services.people import Role, require
from services.settings import get_settings
from services.storage.files import disk_errors

if TYPE_CHECKING:
    from services.jobs.worker import StepContext

KEPT = 3
"""Each holds all pictures; older ones make room."""

_NAME = re.compile(r"aim-studio-\d{8}-\d{6}\.tar")


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup in the data folder."""

    name: str
    bytes: int
    at: datetime


def backups() -> list[Backup]:
    """Newest first. Raises NotAllowed."""
    require(Role.ADMIN)
    found = [path for path in _folder().glob("aim-studio-*.tar") if _NAME.fullmatch(path.name)]
    with disk_errors(_folder()):
        return [_backup(path) for path in sorted(found, reverse=True)]


def open_backup(name: str) -> BinaryIO:
    """The file, open for reading. Raises NotAllowed, NotFound when it made room for newer ones."""
    require(Role.ADMIN)
    path = _folder() / name
    if not _NAME.fullmatch(name) or not path.is_file():  # a name of a page must never become a path
        raise NotFound(N_("This backup is not kept any more. Make a new one."))
    return path.open("rb")


def start_backup(images: bool = True) -> str:
    """Ask for a backup; the run's id. Raises NotAllowed."""
    require(Role.ADMIN)
    payload = {"name": f"aim-studio-{now():%Y%m%d-%H%M%S}.tar", "images": images}
    run_id = queue.submit(
        RunKind.BACKUP, payload=payload, steps=[StepSpec("backup", payload)], dedupe_key="backup"
    )
    with unit_of_work() as work:
        audit.record(work.session, "studio.backup", images=images)
        work.commit()
    return run_id


def latest_run() -> RunView | None:
    """The last backup that was asked for, in any state."""
    found = queue.recent(RunKind.BACKUP, 1)
    return found[0] if found else None


def backup_step(context: StepContext) -> None:
    """The worker's part. A second attempt writes the file anew."""
    path = _folder() / context.payload["name"]
    report = back_up(path, context.payload["images"], context.progress)
    for old in backups()[KEPT:]:
        (_folder() / old.name).unlink(missing_ok=True)
    context.set_result({"backup": path.name, "images": report.images, "missing": len(report.missing)})


def _folder() -> Path:
    return get_settings().home / "backups"


def _backup(path: Path) -> Backup:
    status = path.stat()
    return Backup(path.name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
