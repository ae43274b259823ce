"""A folder of files that can be fetched again, kept below a size: what was not used for longest goes."""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path

from services.storage.files import TEMPORARY

log = logging.getLogger(__name__)

SPARED_SECONDS = 600.0
"""A file that was used so lately may be open at this moment: it stays, whatever the size."""

NOTED_SECONDS = 60.0
"""The time of use is written at most so often."""

LOOK_SHARE = 0.05
"""The folder is looked through when so much of its size was added; it is left at 1 - LOOK_SHARE of it."""


class Cache:
    """Files under `root`, at most about `limit` bytes. Threads and processes may share it."""

    def __init__(self, root: Path, limit: int) -> None:
        self._root, self.limit = root, limit
        self._lock = threading.Lock()
        self._added = limit  # look once at the start: another process may have filled it

    def used(self, path: Path) -> None:
        """Note that a file is in use."""
        try:
            if time.time() - path.stat().st_mtime > NOTED_SECONDS:
                os.utime(path)
        except OSError:  # gone meanwhile: the reader fetches it again
            return

    def added(self, size: int) -> None:
        """Note that a file was written; now and then this makes room."""
        with self._lock:
            self._added += size
            due = self._added >= self.limit * LOOK_SHARE
            if due:
                self._added = 0
        if due:
            self.trim()

    def trim(self) -> int:
        """Remove what was not used for longest until the rest fits; how many bytes that freed."""
        files = sorted(self._files())
        size = total = sum(each[1] for each in files)
        if total <= self.limit:
            return 0
        spared = time.time() - SPARED_SECONDS
        for used_at, each, path in files:
            if size <= self.limit * (1 - LOOK_SHARE) or used_at > spared:
                break
            Path(path).unlink(missing_ok=True)
            size -= each
        log.info("the cache of pictures gave back %d bytes", total - size)
        return total - size

    def _files(self) -> list[tuple[float, int, str]]:
        """(time of use, bytes, path) of every file."""
        found = []
        for folder, _, names in os.walk(self._root):
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118 - a hundred thousand of them, in a second
                try:
                    status = os.stat(path)  # noqa: PTH116
                except OSError:
                    continue
                if not name.startswith(TEMPORARY):
                    found.append((status.st_mtime, status.st_size, path))
        return found
