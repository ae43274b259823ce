"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.errors import StorageError
from services.messages import N_


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path`: temporary file in the same folder, fsync, rename.

    A kill at any moment leaves the old file or the new one, never a part. Raises StorageError when the
    disk refuses; nothing is visible at `path` then that was not there before.
    """
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".tmp-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:  # a cancelled write too must leave nothing behind
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
            raise
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
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
