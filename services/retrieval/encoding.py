"""Vectors of pictures that are in the store: encoded in this process, or where it was told to.

A worker on a cluster has big libraries encoded by many processes (services/ray/embedding.py). What comes
back is the same, batch by batch, and saved by the one who asked.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import numpy as np

from db.tables import Item, ItemVector
from services.errors import InvalidInput
from services.messages import N_
from services.parts import Encoder
from services.retrieval.encode import encode_captions
from services.retrieval.prepare import for_encoder, in_threads
from services.retrieval.vectors import checked, pack, usable
from services.storage.images import get_store

Batches = Sequence[Sequence[Item]]

Rows = Generator[list[ItemVector], None, None]

_elsewhere: Callable[[Batches, Encoder, str], Rows | None] | None = None


def encode_elsewhere(encode: Callable[[Batches, Encoder, str], Rows | None] | None) -> None:
    """From now on this process asks `encode` first; None from it means: do it here."""
    global _elsewhere
    _elsewhere = encode


def encoded(batches: Batches, encoder: Encoder, key: str) -> Rows:
    """The rows of each batch as it is done, in any order. Close it to stop early. Raises as `vectors_of`."""
    rows = _elsewhere(batches, encoder, key) if _elsewhere is not None else None
    return rows if rows is not None else _here(batches, encoder, key)


def _here(batches: Batches, encoder: Encoder, key: str) -> Rows:
    for batch in batches:
        yield vectors_of(batch, encoder, key)


def vectors_of(items: Sequence[Item], encoder: Encoder, key: str) -> list[ItemVector]:
    """Rows to be kept under `key`, captions too; whoever saves them gives them their version.

    Raises StorageError for a picture that is missing or damaged, InvalidInput for one that comes out as
    no vector.
    """
    store = get_store()
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
            version=0,
            image=pack(np.asarray(vector)),
            caption=caption,
        )
        for item, vector, caption in zip(items, vectors, captions, strict=True)
    ]
