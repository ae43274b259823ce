"""The door to the indexes of libraries: opened once, always right for the library as it is now.

A small library's index is made by the search that finds it out of date. A large one's stays, with what
changed beside it, and is made anew in the background once that is much (`index_policy`): no search waits
for it. Until a large library has its first index, searches read its rows, which is exact and takes seconds.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections import OrderedDict
from pathlib import Path

from db.tables import Library
from services.errors import StorageError
from services.retrieval import index_background as background
from services.retrieval import index_build, index_files
from services.retrieval import index_policy as policy
from services.retrieval.index_library import Changes, LibraryIndex, Main
from services.retrieval.index_manifest import IndexTarget, folder_of
from services.retrieval.index_rows import count_changed
from services.settings import get_settings

KEPT_OPEN = 4
"""Libraries in use at the same time in one process. Their files are mapped: the system keeps what is used."""

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_opened: OrderedDict[tuple[str, IndexTarget], Opened] = OrderedDict()


def open_index(library: Library, encoder: str, dim: int) -> LibraryIndex:
    """The index of `library`, as it is now, in the space of `encoder`. Raises InvalidInput, StorageError."""
    target = IndexTarget(library.id, library.created_at, encoder, dim)
    key = (str(get_settings().indexes_dir), target)
    with _lock:
        opened = _opened.setdefault(key, Opened(target))
        _opened.move_to_end(key)
        while len(_opened) > KEPT_OPEN:
            _opened.popitem(last=False)
    return opened.at(library.version)


def forget(library_id: int) -> None:
    """Drop the files and the opened indexes of a library that was deleted."""
    with _lock:
        for key in [key for key in _opened if key[1].library_id == library_id]:
            del _opened[key]
    # What stays is a cache that nobody will open.
    shutil.rmtree(get_settings().indexes_dir / str(library_id), ignore_errors=True)


class Opened:
    """One library's index in this process, followed from version to version."""

    def __init__(self, target: IndexTarget) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._saved: index_files.Saved | None = None
        self._stamp: tuple[int, int] | None = None
        self._changes: Changes | None = None
        self._index: LibraryIndex | None = None

    def at(self, version: int) -> LibraryIndex:
        """The index for the library's `version`, or a later one. Raises InvalidInput, StorageError."""
        with self._lock:
            if self._index is None or self._index.version < version or self._outdated():
                self._index = self._follow(version)
            if self._is_due():
                background.request(self._target)
            return self._index

    def damaged(self) -> None:
        """Its files are not what was written: go on by the rows."""
        with self._lock:
            self._saved = self._stamp = self._changes = self._index = None

    def _outdated(self) -> bool:
        """A newer index lies on the disk than the one in use, which misses changes."""
        assert self._index is not None
        return not self._index.current and index_files.stamp_of(self._folder) != self._stamp

    def _follow(self, version: int) -> LibraryIndex:
        if self._saved is None or self._saved.version < version:
            self._load()
        if (saved := self._saved) is not None and saved.version >= version:
            self._changes = None
            return LibraryIndex(self._target, _main(saved), None)
        rows = len(saved.index) if saved else 0
        if rows + count_changed(self._target, saved.version if saved else -1) <= policy.REBUILT_AT_ONCE:
            return self._rebuild()
        self._changes = Changes.load(self._target, saved.version if saved else -1, self._changes)
        return LibraryIndex(self._target, _main(saved) if saved else None, self._changes)

    def _load(self) -> None:
        """What lies on the disk, if it is another than what was loaded before."""
        stamp = index_files.stamp_of(self._folder)
        if self._stamp == stamp:
            return
        self._saved = index_files.load(self._target)
        self._stamp = self._saved.stamp if self._saved else stamp
        if self._saved is not None and not self._saved.sound:
            background.verify(self._target, self._saved, self.damaged)

    def _rebuild(self) -> LibraryIndex:
        built = index_build.build(self._target)
        self._saved = self._stamp = self._changes = None
        try:
            index_files.publish(self._target, built)
        except StorageError as error:
            logger.warning("the index of library %d is used from memory: %s", self._target.library_id, error)
        return LibraryIndex(self._target, Main(built.index, built.version), None)

    def _is_due(self) -> bool:
        if self._changes is None:
            return self._index is not None and self._index.thin
        rows = len(self._saved.index) if self._saved else 0
        return len(self._changes) > policy.changes_allowed(rows) or (
            self._index is not None and self._index.thin
        )

    @property
    def _folder(self) -> Path:
        return folder_of(self._target)


def _main(saved: index_files.Saved) -> Main:
    return Main(saved.index, saved.version, lambda: saved.sound)
