"""Searching one library by words. What an item's similarity means: `services.retrieval.fusion`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from db.repositories.libraries import LibraryRepository
from db.repositories.library_search import LibrarySearchRepository
from db.tables import Library
from services.database import read_session
from services.parts import Encoder, Vectors
from services.retrieval.found import Found
from services.retrieval.index_manifest import is_whole
from services.retrieval.legacy.spaces import adopt
from services.retrieval.refusals import NotPrepared, no_library
from services.retrieval.vectors import encode_queries, encoder_key, title_of

if TYPE_CHECKING:
    from services.retrieval.index_faiss import VectorIndex
    from services.retrieval.index_library import LibraryIndex

DECIMALS = 6
"""Similarities are rounded before they are ranked: ties break by item, not by the last bit of a sum."""

BLUR = 2e-6
"""What rounding and float32 sums can move a cosine by."""

CANDIDATES = (2, 32)
"""Looked at first: this many times the wanted count, and at least so many; each may be a row to be read."""


def search(
    name: str, queries: Sequence[str], top: int, encoder: Encoder, shown_only: bool = False
) -> list[list[Found]]:
    """Per query the `top` most similar pictures of the library `name`, best first.

    `shown_only` leaves out items of which only the vector is here and no picture.

    Raises NotFound for an unknown library, NotPrepared when it has no whole index for `encoder`,
    InvalidInput for a query without meaning.
    """
    from services.retrieval.index_cache import open_index  # FAISS: not before the first search

    library = indexed_library(name, encoder)
    index = open_index(library, encoder_key(encoder.ref), encoder.dim)
    with read_session() as session:
        allowed = LibrarySearchRepository(session).pictured(library.id) if shown_only else None
    ranked = rank(index, encode_queries(encoder, queries), top, allowed)
    with read_session() as session:
        ids = {item_id for hits in ranked for item_id, _ in hits}
        items = LibraryRepository(session).by_ids(sorted(ids))
    # An item deleted since the index was read is simply not found.
    return [
        [
            Found(
                item_id,
                items[item_id].sha256,
                items[item_id].file_name,
                items[item_id].caption,
                similarity,
                pictured=items[item_id].pictured,
            )
            for item_id, similarity in hits
            if item_id in items
        ]
        for hits in ranked
    ]


def indexed_library(name: str, encoder: Encoder) -> Library:
    """The library's row, once it is sure that all its pictures have vectors of `encoder`."""
    key = encoder_key(encoder.ref)
    with read_session() as session:
        repository = LibraryRepository(session)
        library = repository.by_name(name)
        if library is None:
            raise no_library(name)
        missing, total = missing_vectors(library, key), repository.count(library.id)
    if not missing:
        return library
    if adopt(name, key):  # imported before this model was on this machine
        return indexed_library(name, encoder)
    raise NotPrepared(name, title_of(encoder), missing, total)


def missing_vectors(library: Library, encoder: str) -> int:
    """How many of its pictures have no vector of `encoder`. Counted once per version of the library."""
    return _count_missing(library.id, library.created_at, library.version, encoder)


@lru_cache(maxsize=256)
def _count_missing(library_id: int, created_at: datetime, version: int, encoder: str) -> int:
    if is_whole(library_id, created_at, encoder, version):  # a million rows need not be counted to open it
        return 0
    with read_session() as session:
        return LibraryRepository(session).count_without_vector(library_id, encoder)


def rank(
    index: VectorIndex | LibraryIndex, queries: Vectors, top: int, allowed: NDArray[np.int64] | None = None
) -> list[list[tuple[int, float]]]:
    """Per unit query the `top` (item id, similarity); equal similarities in the order of the ids.

    Only items of `allowed`, where it is given.
    """
    factor, least = CANDIDATES
    results: list[list[tuple[int, float]]] = [[] for _ in queries]
    open_places, width = list(range(len(queries))), max(factor * top, least)
    while open_places:
        unsure = []
        hits = index.search(queries[open_places], width, allowed)
        for place, (ids, cosines) in zip(open_places, hits, strict=True):
            scored = _scored(index, queries[place], ids)
            results[place] = scored[:top]
            # Items that tie with the last wanted one may still be outside: look further.
            if len(ids) == width and scored[top - 1][1] <= cosines[-1] + BLUR:
                unsure.append(place)
        open_places, width = unsure, width * 8
    return results


def _scored(
    index: VectorIndex | LibraryIndex, query: NDArray[np.float32], ids: NDArray[np.int64]
) -> list[tuple[int, float]]:
    """`ids` with their similarity, best first. In float64, so that the size of a batch changes nothing."""
    similarity = index.units(ids).astype(np.float64) @ query.astype(np.float64)
    rounded = np.clip(similarity, -1.0, 1.0).round(DECIMALS)
    order = np.lexsort((ids, -rounded))
    return [(int(ids[place]), float(rounded[place])) for place in order]
