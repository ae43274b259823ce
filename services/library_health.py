"""How a library fares: what waits, what is lost, what is not prepared. Cheap enough for every view of a list.

A picture's file is looked at once, and its size kept beside it (`items.bytes`; 0: not found). Views look at
what nobody looked at yet, for a moment each, and again at the few that were not found. `check_files` looks
at every one, in the worker.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from db.repositories.library_pages import FileFigures, LibraryPageRepository, library_by_name
from db.tables import Library
from services.database import read_session, unit_of_work
from services.errors import StudioError
from services.jobs import queue
from services.jobs.queue import RunKind, RunView, StepSpec
from services.people import Role, require
from services.retrieval.refusals import no_library
from services.storage.images import ImageStore, get_store

if TYPE_CHECKING:
    from services.jobs.worker import StepContext

LOOK_SECONDS = 0.05
"""For files that nobody looked at yet, in one view."""

PIECE = 500
MOST_LOOKED_AT, LOST_LOOKED_AT = 5_000, 200
"""In one view: new files, and files that were not found before."""

KEPT_SECONDS = 300.0
"""Figures of one version of a library are counted anew after so long: the worker may have looked at files."""


class Trouble(StrEnum):
    """What is not as it should be."""

    FILLING = "filling"  # pictures are being added
    REBUILDING = "rebuilding"  # its index is being made anew, or it is being prepared
    LOST = "lost"  # files are missing from disk
    NOT_PREPARED = "not prepared"  # a search model has not read all pictures
    WAITING = "waiting"  # items of an imported index without their pictures


_WORK = {
    "ingest": Trouble.FILLING,
    "import_index": Trouble.FILLING,
    "attach": Trouble.FILLING,
    "reindex": Trouble.REBUILDING,
    "index": Trouble.REBUILDING,
}
"""Kinds of steps that people should know of when they look at the library."""


@dataclass(frozen=True, slots=True)
class Note:
    """One trouble: how many pictures it is about, and for NOT_PREPARED the search model."""

    trouble: Trouble
    count: int = 0
    encoder: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """`notes` is empty for a library that is ready. `bytes` of its files; `whole`: all were looked at."""

    notes: tuple[Note, ...]
    bytes: int
    whole: bool

    @property
    def ready(self) -> bool:
        return not self.notes


def health(name: str, active: Sequence[RunView] | None = None) -> Health:
    """How the library `name` fares; `active` are the unfinished runs, where the caller has them.

    Raises NotFound.
    """
    library = _library(name)
    files = _files(library)
    runs = queue.active() if active is None else active
    notes = _busy(library, runs)
    if files.lost:
        notes.append(Note(Trouble.LOST, files.lost))
    notes += _not_prepared(name, files.waiting)
    if files.waiting:
        notes.append(Note(Trouble.WAITING, files.waiting))
    return Health(tuple(notes), files.bytes, not files.unmeasured)


def start_check(name: str) -> str:
    """Have the worker look at every file of the library; the run's id. Raises NotFound, NotAllowed."""
    require(Role.CREATOR)
    _library(name)
    payload = {"library": name}
    return queue.submit(
        RunKind.LIBRARY,
        payload=payload,
        steps=[StepSpec("check_files", payload)],
        dedupe_key=f"check_files:{name}",
    )


def forget() -> None:
    """Count anew at the next look: for tests, and for whoever changed files behind the studio's back."""
    _figures.cache_clear()


def check_step(context: StepContext) -> None:
    """The worker's step: the size of each file as it is now, page by page."""
    require(Role.CREATOR)
    name = context.payload["library"]
    library = _library(name)
    there = {stored.sha256: stored.bytes for stored in get_store().walk()}  # one listing, also of a bucket
    with read_session() as session:
        total = LibraryPageRepository(session).count(library.id)
    after = seen = lost = 0
    while True:
        with read_session() as session:
            rows = LibraryPageRepository(session).keys(library.id, after, PIECE)
        if not rows:
            break
        sizes = {item: there.get(sha256, 0) for item, sha256, _kept in rows}
        lost += sum(size == 0 for size in sizes.values())
        _keep({item: sizes[item] for item, _sha256, kept in rows if sizes[item] != kept})
        after, seen = rows[-1][0], seen + len(rows)
        context.progress(min(1.0, seen / max(1, total)))
    context.set_result({"library": name, "checked": seen, "lost": lost})


# --- what each note is made of -------------------------------------------------------------------


def _files(library: Library) -> FileFigures:
    """What is known of its files, after a moment's look at those that nobody looked at and the lost ones."""
    asked = (library.id, library.created_at, library.version, int(time.time() // KEPT_SECONDS))
    files = _figures(*asked)
    if (files.unmeasured or files.lost) and _look(library.id):
        _figures.cache_clear()
        files = _figures(*asked)
    return files


def _look(library_id: int) -> bool:
    """Look for new and lost files for a moment, and write down what was found. True: something was.

    Files in a bucket are not looked at here: each look would fetch one. `check_step` lists them.
    """
    if type(get_store()) is not ImageStore:
        return False
    until = time.monotonic() + LOOK_SECONDS
    with read_session() as session:
        repository = LibraryPageRepository(session)
        lost = dict(repository.lost(library_id, LOST_LOOKED_AT))
        fresh = repository.unmeasured(library_id, MOST_LOOKED_AT)
    sizes = {item: size for item, sha256 in lost.items() if (size := _size(sha256))}
    for item, sha256 in fresh:
        if time.monotonic() > until:
            break
        sizes[item] = _size(sha256)
    _keep(sizes)
    return bool(sizes)


@lru_cache(maxsize=256)
def _figures(library_id: int, _made: datetime, _version: int, _now: int) -> FileFigures:
    with read_session() as session:
        return LibraryPageRepository(session).file_figures(library_id)


def _size(sha256: str) -> int:
    """Bytes of a picture's file; 0 where it is missing."""
    try:
        return get_store().path(sha256).stat().st_size
    except (StudioError, OSError):
        return 0


def _keep(sizes: dict[int, int]) -> None:
    """Write down what was seen. It can be seen again at any time: whoever may look may do it."""
    if sizes:
        with unit_of_work() as work:
            LibraryPageRepository(work.session).set_sizes(sizes)
            work.commit()


def _busy(library: Library, active: Sequence[RunView]) -> list[Note]:
    """What is at work on it that changes what can be found."""
    for run in active:
        step = next((s.kind for s in run.steps if s.kind in _WORK), None)
        if step is not None and run.payload.get("library") == library.name:
            return [Note(_WORK[step], run_id=run.id)]
    return []


def _not_prepared(name: str, waiting: int) -> list[Note]:
    """Search models that people count on: the studio's own, the library's, and those begun with. Items that
    are `waiting` for their pictures cannot be read by any."""
    from services.library_spaces import spaces_of_library
    from services.settings import get_settings

    asked = get_settings().engine_choice.encoder
    return [
        Note(Trouble.NOT_PREPARED, space.missing, space.encoder)
        for space in spaces_of_library(name)
        if not space.ready
        and (space.encoder == asked or space.default or space.missing < space.total - waiting)
    ]


def _library(name: str) -> Library:
    with read_session() as session:
        library = library_by_name(session, name)
        if library is None:
            raise no_library(name)
        return library
