"""Looks of a library's originals, from and to the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from db.repositories.ingest import IngestRepository
from services.database import read_session, unit_of_work
from services.errors import NotFound, StorageError
from services.people import Role, require
from services.retrieval.duplicates import LOOK_BYTES, look_of, pack_look
from services.retrieval.near_copies import NearCopies, Stored
from services.retrieval.prepare import ENCODER_SIDE, for_encoder, in_threads
from services.storage.images import ImageStore

_PIECE = 5_000
_BATCH = 128


def stored_looks(encoder: str) -> Stored:
    """Reads what is kept of items in the space of `encoder`."""

    def read(ids: Sequence[int]) -> Mapping[int, tuple[bytes, bytes, int, int]]:
        with read_session() as session:
            rows = IngestRepository(session).images(ids, encoder)
        return {item: row for item, row in rows.items() if len(row[0]) == LOOK_BYTES}

    return read


def remember(near: NearCopies, library_id: int) -> None:
    """Give `near` the originals of the library."""
    with read_session() as session:
        rows = IngestRepository(session).looks(library_id)
        while piece := list(islice(rows, _PIECE)):
            sound = [row for row in piece if len(row.look) == LOOK_BYTES]
            near.add([r.item_id for r in sound], [r.look for r in sound], [r.width / r.height for r in sound])


def look_at_the_unseen(library_id: int, store: ImageStore) -> None:
    """Originals from before looks were kept, once; one whose picture is missing stays without."""
    require(Role.CREATOR)
    with read_session() as session:
        unseen = IngestRepository(session).unseen(library_id)

    def look(task: tuple[int, str]) -> tuple[int, bytes | None]:
        try:
            small = for_encoder(store.open_small(task[1], ENCODER_SIDE // 2))
        except (NotFound, StorageError):
            return task[0], None
        return task[0], pack_look(look_of(small))

    looks = in_threads(look, unseen)
    while batch := list(islice(looks, _BATCH)):
        with unit_of_work() as work:
            IngestRepository(work.session).set_looks({item: data for item, data in batch if data})
            work.commit()
