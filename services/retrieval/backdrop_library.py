"""The built-in library: backdrops that the studio draws itself, so that a first run has references."""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import TYPE_CHECKING

from filelock import FileLock

from db.repositories.libraries import LibraryRepository
from db.tables import Library
from services.database import read_session, unit_of_work
from services.parts import Encoder, Progress
from services.people import Role, require
from services.retrieval.about import About
from services.retrieval.backdrop_drawing import SIZE, Drawn, draw_all
from services.retrieval.duplicates import look_of
from services.retrieval.ingest import save_all
from services.retrieval.library_writer import LibraryWriter
from services.retrieval.prepare import ENCODER_SIDE, Prepared, for_encoder
from services.retrieval.refusals import BACKDROPS_LIBRARY
from services.retrieval.reindex import reindex
from services.retrieval.vectors import encoder_key
from services.settings import get_settings
from services.storage.images import ImageStore, get_store

if TYPE_CHECKING:
    from services.retrieval.backdrops import Backdrop


def ensure_backdrops(encoder: Encoder, progress: Progress | None = None) -> None:
    """Draw and encode the backdrops that the library does not have, and remove outdated ones.

    Quick when all are there: nothing is drawn and no model is loaded. Only one process draws at a time.
    The lite encoder takes seconds for them; for a larger one ask the user first (`library_spaces`).
    """
    require(Role.CREATOR)
    wanted = _wanted()
    if _is_complete(wanted, encoder):
        return
    lock = get_settings().home / "locks" / "backdrops.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        if _is_complete(wanted, encoder):
            return
        _forget_outdated(wanted)
        if _lacks_vectors(encoder):
            reindex(BACKDROPS_LIBRARY, encoder)
        _draw_missing(wanted, encoder, progress)


def backdrop_key(backdrop: Backdrop, version: str) -> str:
    """Stands for the file that a backdrop never was: changes with its name, its words and the drawing."""
    return hashlib.sha256(f"{version}\0{backdrop.name}\0{backdrop.caption}".encode()).hexdigest()


def _wanted() -> dict[str, Backdrop]:
    from services.retrieval import backdrops

    version = f"{getattr(backdrops, 'VERSION', '')} {SIZE[0]}x{SIZE[1]}"
    return {backdrop_key(backdrop, version): backdrop for backdrop in backdrops.BACKDROPS}


def _is_complete(wanted: dict[str, Backdrop], encoder: Encoder) -> bool:
    with read_session() as session:
        repository = LibraryRepository(session)
        library = repository.by_name(BACKDROPS_LIBRARY)
        return (
            library is not None
            and repository.sources(library.id).keys() == wanted.keys()
            and repository.count_without_vector(library.id, encoder_key(encoder.ref)) == 0
        )


def _lacks_vectors(encoder: Encoder) -> bool:
    with read_session() as session:
        repository = LibraryRepository(session)
        library = repository.by_name(BACKDROPS_LIBRARY)
        key = encoder_key(encoder.ref)
        return library is not None and repository.count_without_vector(library.id, key) > 0


def _forget_outdated(wanted: dict[str, Backdrop]) -> None:
    with unit_of_work() as work:
        repository = LibraryRepository(work.session)
        library: Library | None = repository.by_name(BACKDROPS_LIBRARY)
        if library is None:
            return
        gone = [row.item_id for key, row in repository.sources(library.id).items() if key not in wanted]
        if gone:
            repository.delete_items(list(repository.by_ids(gone).values()))
            repository.touch(library)
            work.commit()


def _draw_missing(wanted: dict[str, Backdrop], encoder: Encoder, progress: Progress | None) -> None:
    store = get_store()
    # Near duplicates are not looked for: two plain papers are meant to be two.
    writer = LibraryWriter(BACKDROPS_LIBRARY, encoder, store, built_in=True, look=False)
    missing = {key: backdrop for key, backdrop in wanted.items() if not writer.known.has_file(key)}
    tasks = [(key, backdrop.name) for key, backdrop in missing.items()]
    with closing(draw_all(tasks, store)) as drawn:
        prepared = (
            _prepared(key, missing[key], one, store) for (key, _), one in zip(tasks, drawn, strict=False)
        )
        save_all(prepared, len(missing), writer, progress, None)


def _prepared(key: str, backdrop: Backdrop, drawn: Drawn, store: ImageStore) -> Prepared:
    image = for_encoder(store.open_small(drawn.sha256, ENCODER_SIDE // 2))
    return Prepared(
        file_name=f"{backdrop.name}.jpg",
        about=About(backdrop.caption),
        source_sha256=key,
        sha256=drawn.sha256,
        width=drawn.width,
        height=drawn.height,
        size=store.path(drawn.sha256).stat().st_size,
        image=image,
        look=look_of(image),
    )
