"""Answering a `LibraryQuery`: one direction, who may be found, the closest, variety, why each is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from db.repositories.libraries import LibraryRepository
from db.repositories.library_search import Facets, LibrarySearchRepository
from db.tables import Item, Library
from services.database import read_session
from services.messages import Message
from services.parts import Encoder, Vectors
from services.retrieval.diversity import diversify, pool_size
from services.retrieval.found import Found
from services.retrieval.fusion import fuse
from services.retrieval.index_cache import open_index
from services.retrieval.mixing import Direction, mix
from services.retrieval.query import UNKNOWN_LICENCE, LibraryQuery
from services.retrieval.query_vectors import item_vector, notices, picture_vector, text_vector
from services.retrieval.refusals import no_library
from services.retrieval.search import indexed_library, rank
from services.retrieval.vectors import encoder_key, unit, unpack
from services.retrieval.why import explain

SAMPLE = 1_024
"""Pictures from which the spread of a library's cosines is taken: it is known to within 3 %."""

FACETS = 200
"""Tags and licences that can be chosen from; rarer ones can still be typed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits, best first, and what the reader should know of how the query was read."""

    found: list[Found]
    notices: tuple[Message, ...] = ()


def answer(name: str, query: LibraryQuery, encoder: Encoder) -> Answer:
    """What the library `name` holds for the checked `query`.

    Raises NotFound (library, picture, item to be like), NotPrepared, InvalidInput for a text or a picture
    without meaning.
    """
    library = indexed_library(name, encoder)
    direction = _direction(library, query, encoder)
    index = open_index(library, encoder_key(encoder.ref), encoder.dim)
    allowed, left_out, words = _limits(library.id, query)
    wanted = pool_size(query.top) if query.diversity > 0 else query.top
    [ranked] = rank(index, direction.vector[None], wanted + len(left_out), allowed)
    hits = [(item_id, similarity) for item_id, similarity in ranked if item_id not in left_out][:wanted]
    if query.diversity > 0:
        relevance = np.array([similarity for _, similarity in hits], np.float64)
        units = index.units([item_id for item_id, _ in hits])
        hits = [hits[place] for place in diversify(relevance, units, query.top, query.diversity)]
    return Answer(_told(hits, direction, words, encoder), notices(encoder, query.text))


def facets(name: str) -> Facets:
    """What the library can be filtered by. Raises NotFound."""
    with read_session() as session:
        library = LibraryRepository(session).by_name(name)
        if library is None:
            raise no_library(name)
        return LibrarySearchRepository(session).facets(library.id, FACETS)


def _direction(library: Library, query: LibraryQuery, encoder: Encoder) -> Direction:
    text = text_vector(encoder, query.text) if query.text else None
    picture = None
    if query.picture is not None:
        picture = picture_vector(encoder, query.picture)
    elif query.like is not None:
        picture = item_vector(encoder, library.id, query.like)
    both = text is not None and picture is not None
    sample = (
        _sample(library.id, library.created_at, library.version, encoder_key(encoder.ref), encoder.dim)
        if both
        else np.empty((0, encoder.dim), np.float32)
    )
    return mix(text, picture, query.balance, sample)


def _limits(library_id: int, query: LibraryQuery) -> tuple[NDArray[np.int64] | None, set[int], str]:
    """(Ids that may be found, None for all; those to be left out of them; the words that the query says)."""
    with read_session() as session:
        repository = LibrarySearchRepository(session)
        allowed = None
        if query.filtered:
            licences = [licence for licence in query.licences if licence != UNKNOWN_LICENCE]
            unknown = UNKNOWN_LICENCE in query.licences
            allowed = repository.allowed(library_id, query.tags, licences, unknown)
        if query.like is None:
            return allowed, set(), query.text
        liked = LibraryRepository(session).by_ids([query.like])
        words = " ".join([query.text, *(item.caption for item in liked.values())])
        return allowed, repository.twins(query.like), words


def _told(
    hits: Sequence[tuple[int, float]], direction: Direction, words: str, encoder: Encoder
) -> list[Found]:
    """The hits with what is known of them. One deleted since the index was read is simply not found."""
    ids = [item_id for item_id, _ in hits]
    with read_session() as session:
        items = LibraryRepository(session).by_ids(ids)
        repository = LibrarySearchRepository(session)
        tags = repository.tags(ids)
        vectors = repository.vectors(ids, encoder_key(encoder.ref))
    hits = [hit for hit in hits if hit[0] in items and hit[0] in vectors]
    if not hits:
        return []
    rows = [vectors[item_id] for item_id, _ in hits]
    reasons = explain(
        encoder,
        direction,
        words,
        unpack([row.image for row in rows], encoder.dim),
        [row.caption for row in rows],
        [items[item_id].caption for item_id, _ in hits],
    )
    return [
        _found(items[item_id], similarity, tags).because(why)
        for (item_id, similarity), why in zip(hits, reasons, strict=True)
    ]


def _found(item: Item, similarity: float, tags: Mapping[int, tuple[str, ...]]) -> Found:
    return Found(
        item.id,
        item.sha256,
        item.file_name,
        item.caption,
        similarity,
        tags=tags.get(item.id, ()),
        licence=item.licence or None,
        attribution=item.attribution or None,
        source_url=item.source_url or None,
        pictured=item.pictured,
    )


@lru_cache(maxsize=16)
def _sample(library_id: int, created_at: datetime, version: int, encoder: str, dim: int) -> Vectors:
    """Unit vectors of some of the library, read once for each version of it."""
    with read_session() as session:
        rows = LibrarySearchRepository(session).sample(library_id, encoder, SAMPLE)
    if not rows:
        return np.empty((0, dim), np.float32)
    return unit(fuse(unpack([row.image for row in rows], dim), [row.caption for row in rows]))
