"""Searching one library by words: what a picture shows, and what its caption says.

Late fusion: a picture and its caption each have a cosine to the query. The similarity is the
picture's own, raised by the caption where that says more: max(p, (1 - w) p + w c). So an item without
a caption loses nothing, and a poor caption cannot hide a good picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from db.repositories.libraries import LibraryRepository
from db.tables import Library
from services.database import read_session
from services.parts import Encoder, Vectors
from services.retrieval.refusals import no_library, wrong_encoder
from services.retrieval.vectors import encode_queries, encoder_key

if TYPE_CHECKING:
    from services.retrieval.index_cache import LibraryIndex

CAPTION_WEIGHT = 0.7
"""Share of the caption's cosine. A person's words say more than a classifier's guess."""

DECIMALS = 6
"""Similarities are rounded before they are ranked: ties break by item, not by the last bit of a sum."""

CANDIDATES = (4, 64)
"""Looked at first: this many times the wanted count, and at least so many."""


@dataclass(frozen=True, slots=True)
class Found:
    """One hit. `similarity` is a cosine, -1..1, higher is better."""

    item_id: int
    sha256: str
    file_name: str
    caption: str
    similarity: float


def search(name: str, queries: Sequence[str], top: int, encoder: Encoder) -> list[list[Found]]:
    """Per query the `top` most similar pictures of the library `name`, best first.

    Raises NotFound for an unknown library, Conflict when it was indexed with another encoder,
    InvalidInput for a query without meaning.
    """
    from services.retrieval.index_cache import open_index  # FAISS: not before the first search

    library = indexed_library(name, encoder)
    index = open_index(library, encoder_key(encoder.ref), encoder.dim)
    ranked = rank(index, encode_queries(encoder, queries), top)
    with read_session() as session:
        ids = {item_id for hits in ranked for item_id, _ in hits}
        items = LibraryRepository(session).by_ids(sorted(ids))
    # An item deleted since the index was read is simply not found.
    return [
        [
            Found(
                item_id, items[item_id].sha256, items[item_id].file_name, items[item_id].caption, similarity
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
        if library.encoder != key and repository.items_without_vector(library.id, key):
            raise wrong_encoder(name, library.encoder, key)
        return library


def rank(index: LibraryIndex, queries: Vectors, top: int) -> list[list[tuple[int, float]]]:
    """Per unit query the `top` (item id, similarity); equal similarities in the order of the ids.

    Exact: the candidates are widened until no picture outside them could come before the last one
    inside (Fagin's threshold algorithm).
    """
    factor, least = CANDIDATES
    results: list[list[tuple[int, float]]] = [[] for _ in queries]
    open_places, width = list(range(len(queries))), max(factor * top, least)
    while open_places:
        hits = index.images.search(queries[open_places], width)
        captioned = index.captions.search(queries[open_places], width)
        unsure = []
        for place, pictures, captions in zip(open_places, hits, captioned, strict=True):
            ids = np.union1d(pictures[0], captions[0])
            scored = _scored(index, queries[place], ids)
            results[place] = scored[:top]
            seen_all = width >= len(index.images)
            if not seen_all and not _settled(scored, top, _bound(pictures[1], captions[1])):
                unsure.append(place)
        open_places, width = unsure, width * 8
    return results


def fuse(picture: NDArray[np.float64], caption: NDArray[np.float64]) -> NDArray[np.float64]:
    """Similarity from the cosines of a picture and of its caption. Grows with both."""
    fused: NDArray[np.float64] = np.maximum(
        picture, (1 - CAPTION_WEIGHT) * picture + CAPTION_WEIGHT * caption
    )
    return fused


def _scored(
    index: LibraryIndex, query: NDArray[np.float32], ids: NDArray[np.int64]
) -> list[tuple[int, float]]:
    """All `ids` with their similarity, best first. In float64, so that the batch size changes nothing."""
    exact = query.astype(np.float64)
    similarity = index.images.units(ids).astype(np.float64) @ exact
    with_caption = np.array([int(i) in index.captions for i in ids], dtype=bool)
    if with_caption.any():
        caption = index.captions.units(ids[with_caption]).astype(np.float64) @ exact
        similarity[with_caption] = fuse(similarity[with_caption], caption)
    rounded = np.clip(similarity, -1.0, 1.0).round(DECIMALS)
    order = np.lexsort((ids, -rounded))
    return [(int(ids[place]), float(rounded[place])) for place in order]


def _bound(pictures: NDArray[np.float32], captions: NDArray[np.float32]) -> float:
    """No item outside both lists can be more similar than this."""
    picture = np.array([pictures[-1]], dtype=np.float64)
    if not len(captions):
        return float(picture[0])
    return float(fuse(picture, np.array([captions[-1]], dtype=np.float64))[0])


def _settled(scored: list[tuple[int, float]], top: int, bound: float) -> bool:
    """Whether the last wanted hit is above the bound by more than rounding and float32 can blur."""
    return len(scored) >= top and scored[top - 1][1] > bound + 2e-6
