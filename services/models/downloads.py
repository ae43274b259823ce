"""A whole model from the hub into its cache: asked for, weighed against the disk, fetched, published.

What arrives is kept whatever happens, and the next download goes on from there.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock, Timeout

from services.errors import Conflict, StorageError
from services.messages import N_
from services.models.hub_cache import HubCache, cache_folder
from services.models.hub_client import Listing, RemoteFile, ask
from services.models.transfer import fetch
from services.settings import get_settings
from services.sizes import readable
from services.storage.files import write_whole

log = logging.getLogger(__name__)

MARGIN = 2 * 10**9
"""Bytes to leave free: sessions, indexes and the system itself go on writing meanwhile."""

REPORT_SECONDS = 0.25
"""Between two reports: each may look into the database."""

Report = Callable[[int, int], None]
"""Called with the bytes here and in all. May raise to stop: what is here stays."""


def download(model: str, report: Report | None = None) -> Path:
    """Have all files of the hub's `model` here; the folder. Goes on where an earlier download stopped.

    Raises EngineUnavailable with a sentence (in seconds where there is no network), StorageError when
    the disk is too small, Conflict while another process downloads it, and what `report` raises.
    """
    with _alone(model):
        listing = ask(model)
        remember(listing)
        cache = HubCache(model)
        here = sum(cache.bytes_here(file) for file in listing.files)
        _check_space(model, listing.size - here)
        tick = _Ticker(here, listing.size, report)
        for file in sorted(listing.files, key=lambda file: file.size):  # what is small, and tells most, first
            fetch(model, listing.commit, file, tick)
        tick.tell()
        log.info("downloaded %s (%s)", model, readable(listing.size))
        return cache.publish(listing)


class _Ticker:
    """Adds up what arrives and tells it now and then."""

    def __init__(self, here: int, total: int, report: Report | None) -> None:
        self._here, self._total, self._report = here, total, report
        self._told_at = float("-inf")

    def __call__(self, count: int) -> None:
        self._here += count
        if time.monotonic() - self._told_at >= REPORT_SECONDS:
            self.tell()

    def tell(self) -> None:
        self._told_at = time.monotonic()
        if self._report is not None:
            self._report(min(self._here, self._total), self._total)


def known_listing(model: str) -> Listing | None:
    """What the hub told of `model` when a download of it last began; None: none did in this home."""
    try:
        data = json.loads(_note(model).read_text("utf-8"))
        files = tuple(RemoteFile(**file) for file in data["files"])
        return Listing(str(data["model"]), str(data["commit"]), files)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(listing: Listing) -> None:
    """Keep what the hub told, so that pages can show what is missing without asking it."""
    write_whole(_note(listing.model), json.dumps(asdict(listing)).encode())


def free_bytes(folder: Path) -> int:
    """Free space on the disk of `folder`, which need not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _check_space(model: str, needed: int) -> None:
    folder = cache_folder()
    free = free_bytes(folder)
    if needed + MARGIN > free:
        raise StorageError(
            N_(
                "{model} needs {needed} more, and {margin} to spare, but only {free} are free in {folder}. "
                "Free some space, or point HF_HOME to a larger disk. What came so far is kept."
            ),
            model=model,
            needed=readable(needed),
            margin=readable(MARGIN),
            free=readable(free),
            folder=str(folder),
        )


@contextmanager
def _alone(model: str) -> Iterator[None]:
    """One process at a time downloads a model: two would write into the same parts. Raises Conflict."""
    path = get_settings().home / "locks" / f"model-{_file_name(model)}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise Conflict(
            N_("{model} is being downloaded already. Look at its progress in Settings."), model=model
        ) from error
    try:
        yield
    finally:
        lock.release()


def _note(model: str) -> Path:
    return get_settings().home / "models" / f"{_file_name(model)}.json"


def _file_name(model: str) -> str:
    return model.replace("/", "--")
