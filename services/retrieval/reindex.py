"""Vectors of another encoder for the pictures of a library that is there already, beside those it has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from db.repositories.libraries import LibraryRepository
from db.tables import Item, ItemVector
from services.database import read_session, unit_of_work
from services.errors import Cancelled, InvalidInput
from services.messages import N_
from services.parts import Encoder, Progress
from services.people import Role, require
from services.retrieval.encode import encode_captions
from services.retrieval.ingest import BATCH, Cancel
from services.retrieval.legacy.spaces import adopt
from services.retrieval.prepare import for_encoder, in_threads
from services.retrieval.refusals import no_library
from services.retrieval.vectors import checked, pack, space_of, usable
from services.storage.images import ImageStore, get_store


def reindex(
    name: str, encoder: Encoder, progress: Progress | None = None, cancelled: Cancel | None = None
) -> int:
    """Encode what has no vector of `encoder` yet; how many were encoded. Other indexes stay as they are.

    The library's default encoder stays too, unless `encoder` is another revision of it. Stopped half-way,
    it goes on where it was. Raises NotFound, StorageError for a picture that is missing or damaged,
    InvalidInput for one that comes out as no vector, EngineUnavailable.
    """
    require(Role.CREATOR)
    key, store, done = space_of(encoder), get_store(), 0
    adopt(name, key)
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
    for start in range(0, len(items), BATCH):
        if cancelled is not None and cancelled():
            raise Cancelled(N_("Stopped. What was indexed so far is kept; start it again to go on."))
        batch = items[start : start + BATCH]
        _save(name, _vectors(batch, encoder, key, store))
        done += len(batch)
        if progress is not None:
            progress(done / len(items))
    _adopt(name, key)
    return done


def _vectors(items: Sequence[Item], encoder: Encoder, key: str, store: ImageStore) -> list[ItemVector]:
    images = list(in_threads(lambda item: for_encoder(store.open(item.sha256)), items))
    vectors = checked(encoder.encode_images(images), len(images), encoder)
    for item, good in zip(items, usable(vectors), strict=True):
        if not good:
            raise InvalidInput(
                N_("{name} means nothing to the search model. Use another picture."), name=item.file_name
            )
    captions = encode_captions(encoder, [item.caption for item in items])
    return [
        ItemVector(
            item_id=item.id,
            encoder=key,
            library_id=item.library_id,
            version=0,  # what it is when they are saved
            image=pack(np.asarray(vector)),
            caption=caption,
        )
        for item, vector, caption in zip(items, vectors, captions, strict=True)
    ]


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
