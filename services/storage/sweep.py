"""Find, and remove if asked, what nobody refers to: pictures of no row, and unfinished files.

Pictures are written before the row that names them, so a killed process leaves pictures of no row; so do
deleted sessions and libraries. A picture that was put lately stays, whatever it is for: a page may hold its
key and has not saved it yet. Rows are read before the store is listed: a row that comes meanwhile names a
picture that was put, or put again, a moment ago.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services.database import read_session
from services.people import Role, require
from services.settings import get_settings
from services.storage.files import TEMPORARY
from services.storage.images import FRESH_SECONDS, Stored, get_store
from services.storage.places import CACHE, store_folder
from services.storage.references import named_keys

GRACE_HOURS = 7 * 24.0
"""A page that stays open over a weekend keeps what was uploaded there."""

LEAST_GRACE_HOURS = 2 * FRESH_SECONDS / 3600
"""Less would not be safe: a picture that comes again counts as young only after FRESH_SECONDS."""

TEMPORARY_HOURS = 24.0
"""No file takes a day to write."""

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """What nobody refers to. `removed`: it is gone; else it was only counted."""

    orphans: int
    orphan_bytes: int
    temporary: int
    temporary_bytes: int
    kept: int
    removed: bool


def sweep(remove: bool = False, grace_hours: float = GRACE_HOURS) -> Swept:
    """Count what could go, or remove it. Raises NotAllowed, StorageError.

    Pictures put within `grace_hours` stay; it is never less than LEAST_GRACE_HOURS.
    """
    require(Role.ADMIN)
    now = time.time()
    grace = max(grace_hours, LEAST_GRACE_HOURS) * 3600
    with read_session() as session:
        named = named_keys(session.connection())
    orphans: list[Stored] = []
    kept = 0
    for each in get_store().walk():
        if now - each.put_at > grace and bytes.fromhex(each.sha256) not in named:
            orphans.append(each)
        else:
            kept += 1
    left = [(path, size) for path, size, at in _unfinished() if now - at > TEMPORARY_HOURS * 3600]
    if remove:
        for start in range(0, len(orphans), AT_ONCE):
            get_store().remove([each.sha256 for each in orphans[start : start + AT_ONCE]])
        for path, _ in left:
            _remove(path)
    return Swept(
        len(orphans),
        sum(each.bytes for each in orphans),
        len(left),
        sum(size for _, size in left),
        kept,
        remove,
    )


def _unfinished() -> Iterator[tuple[Path, int, float]]:
    """(path, bytes, last change) of every temporary file or folder of the studio."""
    settings = get_settings()
    home, pictures = settings.home.resolve(), (store_folder(settings) or settings.home / CACHE).resolve()
    for root in (home,) if pictures.is_relative_to(home) else (home, pictures):
        for folder, folders, files in os.walk(root):
            found = [name for name in (*folders, *files) if name.startswith(TEMPORARY)]
            folders[:] = [name for name in folders if not name.startswith(TEMPORARY)]
            for name in found:
                path = Path(folder) / name
                with suppress(OSError):  # finished meanwhile
                    status = path.lstat()
                    yield path, _size(path), status.st_mtime


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
    return path.lstat().st_size


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
