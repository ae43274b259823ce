"""Where finished exports wait to be fetched: home/exports, named by their hash, for a week."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from services.domain import Placement
from services.errors import NotFound
from services.messages import N_
from services.settings import get_settings
from services.storage.files import disk_errors, publish

T = TypeVar("T")

EXPORT_DAYS = 7
"""An export can be made again at any time; a hundred variants in five sizes take a gigabyte."""

_DAY = 24 * 3600
_KEY = re.compile(r"[0-9a-f]{64}")


def folder() -> Path:
    return get_settings().home / "exports"


def keep(name: str, write: Callable[[Path], T]) -> tuple[str, T]:
    """Let `write` fill a file and keep it under its SHA-256; the key, and what `write` returned.

    `name` tells unfinished files apart. Raises StorageError; nothing half-written stays.
    """
    returned: list[T] = []
    whole = folder() / f"{name}.zip"
    publish(whole, lambda temporary: returned.append(write(temporary)))
    with disk_errors(whole):
        with whole.open("rb") as file:
            key = hashlib.file_digest(file, "sha256").hexdigest()
        whole.replace(path_of(key))
    return key, returned[0]


def path_of(key: str) -> Path:
    """Where the export lies, or would. Raises NotFound for what is no key: it must never become a path."""
    if not _KEY.fullmatch(key):
        raise gone()
    return folder() / f"{key}.zip"


def existing(key: str) -> Path:
    """The export's file. Raises NotFound when it was removed."""
    path = path_of(key)
    if not path.is_file():
        raise gone()
    return path


def preview_path(sha256: str, placement: Placement) -> Path:
    """Where the safe-zone picture of a variant's picture lies, or would."""
    if not _KEY.fullmatch(sha256):
        raise gone()
    return folder() / "previews" / f"{sha256}-{placement.value.replace(':', 'x')}.jpg"


def sweep(now: float | None = None) -> int:
    """Remove what is older than EXPORT_DAYS, unfinished files among it; how many files."""
    oldest = (time.time() if now is None else now) - EXPORT_DAYS * _DAY
    removed = 0
    for path in [*folder().glob("*"), *folder().glob("previews/*")]:
        with suppress(OSError):  # another process was quicker
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
    return removed


def gone() -> NotFound:
    return NotFound(
        N_("This export is not kept any more; exports stay for {days} days. Make it again."), days=EXPORT_DAYS
    )
