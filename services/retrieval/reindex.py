"""Vectors of another encoder for the pictures of a library that is there already, beside those it has."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from db.repositories.libraries import LibraryRepository
from db.tables import ItemVector
from services.database import read_session, unit_of_work
from services.errors import Cancelled, InvalidInput
from services.messages import N_
from services.parts import Encoder, Progress
from services.people import Role, require
from services.retrieval.encoding import encoded
from services.retrieval.index_manifest import IndexTarget
from services.retrieval.index_repair import forget_unsound
from services.retrieval.ingest import BATCH, Cancel
from services.retrieval.legacy.spaces import adopt
from services.retrieval.refusals import no_library
from services.retrieval.vectors import space_of


def reindex(
    name: str, encoder: Encoder, progress: Progress | None = None, cancelled: Cancel | None = None
) -> int:
    """Encode what has no sound vector of `encoder` yet; how many were encoded. Other indexes stay.

    The library's default encoder stays too, unless `encoder` is another revision of it. Stopped half-way,
    it goes on where it was. Raises NotFound, StorageError for a picture that is missing or damaged,
    InvalidInput for one that comes out as no vector, EngineUnavailable.
    """
    require(Role.CREATOR)
    key, done = space_of(encoder), 0
    adopt(name, key)
    forget_unsound(name, key, encoder.dim)
    with read_session() as session:
        repository = LibraryRepository(session)
        library = repository.by_name(name)
        if library is None:
            raise no_library(name)
        items = repository.items_without_vector(library.id, key)
        missing = repository.count_without_vector(library.id, key)
    if missing and not items:
        raise InvalidInput(
            N_(
                "The pictures of {library} wait for their files, so this model cannot read them. Attach the "
                "files on the Libraries page first."
            ),
            library=name,
        )
    batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
    with closing(encoded(batches, encoder, key)) as work:
        _go_on_unless(cancelled, len(items))
        for rows in work:
            _save(name, rows)
            done += len(rows)
            if progress is not None:
                progress(done / len(items))
            _go_on_unless(cancelled, len(items) - done)
    _adopt(name, key)
    _index(name, key, encoder.dim, cancelled)
    return done


def _go_on_unless(cancelled: Cancel | None, left: int) -> None:
    if left and cancelled is not None and cancelled():
        raise Cancelled(N_("Stopped. What was indexed so far is kept; start it again to go on."))


def _save(name: str, rows: Sequence[ItemVector]) -> None:
    """Rows whose item still exists; another process may have changed the library meanwhile."""
    with unit_of_work() as work:
        repository = LibraryRepository(work.session)
        library = repository.by_name(name)
        if library is None:
            raise no_library(name)
        present = repository.by_ids([row.item_id for row in rows])
        fresh = [r for r in rows if r.item_id in present and not repository.vector(r.item_id, r.encoder)]
        for row in fresh:
            row.version = library.version + 1  # `touch` counts this change below
        repository.add_vectors(fresh)
        repository.touch(library)
        work.commit()


def _index(name: str, key: str, dim: int, cancelled: Cancel | None) -> None:
    """A large library leaves with its index made; a small one's is made by the next search."""
    from services.retrieval.index_background import bring_up_to_date  # FAISS

    with read_session() as session:
        library = LibraryRepository(session).by_name(name)
    if library is not None:
        bring_up_to_date(IndexTarget(library.id, library.created_at, key, dim), stop=cancelled)


def _adopt(name: str, key: str) -> None:
    """An updated model takes the place of its older revision, which nothing can encode with any more."""
    with unit_of_work() as work:
        repository = LibraryRepository(work.session)
        library = repository.by_name(name)
        if library is not None and library.encoder != key and _model(library.encoder) == _model(key):
            library.encoder = key
            repository.touch(library)
            work.commit()


def _model(key: str) -> str:
    return key.partition("@")[0]
