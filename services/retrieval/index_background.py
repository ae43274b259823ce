"""What is done to indexes beside the searches: making them anew, and reading their files to the last byte.

A thread of this process for each; a lock file lets one process at a time make an index. A process that ends
stops them within seconds. What was not finished leaves nothing behind that counts, and the next search asks
for it again.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable

from services.errors import Cancelled, NotFound, StudioError
from services.parts import Progress
from services.people import LOCAL, act_as
from services.retrieval import index_files as files
from services.retrieval import index_policy as policy
from services.retrieval.index_build import Stop, build
from services.retrieval.index_manifest import IndexTarget, read_manifest
from services.retrieval.index_rows import count_changed, present_version

AGAIN_SECONDS = 60.0
"""After an attempt that failed (disk full, a damaged vector), the next one waits for so long."""

STOP_SECONDS = 15.0
"""How long the end of the process waits: one round of k-means over the sample takes some seconds."""

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_stopping = threading.Event()
_threads: dict[tuple[str, IndexTarget], threading.Thread] = {}
_failed_at: dict[IndexTarget, float] = {}


def request(target: IndexTarget) -> None:
    """Have the index made anew, unless that is under way or failed a moment ago."""
    if time.monotonic() - _failed_at.get(target, -AGAIN_SECONDS) >= AGAIN_SECONDS:
        _start(("make", target), lambda: _make(target))


def verify(target: IndexTarget, saved: files.Saved, damaged: Callable[[], None]) -> None:
    """Read the files of `saved` to the end; `damaged` is called when they are not what was written."""
    _start(("verify", target), lambda: None if files.verify(saved) else damaged())


def make(target: IndexTarget, progress: Progress | None = None, stop: Stop | None = None) -> bool:
    """Make the index and put it in place, here and now. False: another process is at it.

    Raises NotFound, Cancelled, InvalidInput, StorageError.
    """
    try:
        with files.locked(target, "make", 0):
            started = time.monotonic()
            built = build(target, progress, stop)
            if present_version(target) is None:  # deleted meanwhile: nobody would clear the files away
                return True
            files.publish(target, built)
            logger.info(
                "made the index of library %d: %d rows, %s, %.1f s",
                target.library_id,
                len(built.index),
                "exact" if built.recall is None else f"{built.probes} probes, recall@10 {built.recall:.3f}",
                time.monotonic() - started,
            )
    except files.InUse:
        return False
    return True


def bring_up_to_date(target: IndexTarget, progress: Progress | None = None, stop: Stop | None = None) -> None:
    """Make the index of a large library here and now if it is due; a small one is made by the next search.

    Raises as `make`.
    """
    rows = count_changed(target)
    manifest = read_manifest(target)
    behind = rows if manifest is None else count_changed(target, manifest["version"])
    known = 0 if manifest is None else int(manifest["rows"])
    if rows > policy.REBUILT_AT_ONCE and behind > policy.changes_allowed(known):
        make(target, progress, stop)


def wait(seconds: float = 60.0) -> None:
    """Until nothing is under way in this process."""
    until = time.monotonic() + seconds
    with _lock:
        threads = list(_threads.values())
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _make(target: IndexTarget) -> None:
    try:
        make(target, stop=_stopping.is_set)
    except (Cancelled, NotFound):
        return
    except StudioError as error:
        _failed_at[target] = time.monotonic()
        logger.warning("the index of library %d was not made: %s", target.library_id, error)


def _start(key: tuple[str, IndexTarget], work: Callable[[], None]) -> None:
    def run() -> None:
        try:
            with act_as(LOCAL):
                work()
        except Exception:  # a search needs nothing of this: it goes on by the rows
            _failed_at[key[1]] = time.monotonic()
            logger.exception("work on the index of library %d failed", key[1].library_id)
        finally:
            with _lock:
                _threads.pop(key, None)

    with _lock:
        if key in _threads or _stopping.is_set():
            return
        _threads[key] = threading.Thread(target=run, name=f"index-{key[0]}", daemon=True)
        _threads[key].start()


def _end() -> None:
    _stopping.set()
    wait(STOP_SECONDS)


atexit.register(_end)
