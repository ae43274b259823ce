"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.errors import StorageError
from services.messages import N_

TEMPORARY = ".tmp-"
"""How unfinished files are called. A killed process leaves them; they may be swept when old."""


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path`: temporary file in the same folder, fsync, rename.

    A kill at any moment leaves the old file or the new one, never a part. Raises StorageError when the
    disk refuses; nothing is visible at `path` then that was not there before.
    """
    publish(path, lambda temporary: _fill(temporary, data))


def publish(path: Path, write: Callable[[Path], None]) -> None:
    """As `write_whole`, for a library that writes to a path: `write` is given a temporary one."""
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY)
        os.close(descriptor)
        temporary = Path(name)
        try:
            write(temporary)
            _sync(temporary)
            temporary.replace(path)
        except BaseException:  # a cancelled write too must leave nothing behind
            temporary.unlink(missing_ok=True)
            raise
        if os.name == "posix":  # the rename itself must survive a power cut
            _sync(path.parent)


def _fill(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _sync(path: Path) -> None:
    """Wait until the file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Translate the system's refusals into StorageError sentences."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                N_("The disk is full. What was saved is safe; free some space and try again.")
            ) from error
        raise StorageError(
            N_("{path} cannot be written ({why}). Check the folder's permissions, then try again."),
            path=str(path),
            why=error.strerror or type(error).__name__,
        ) from error
