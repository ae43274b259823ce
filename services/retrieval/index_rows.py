"""The rows that an index stands for, read in pieces: never more than one piece is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from db.repositories.index_rows import IndexRowRepository
from db.repositories.libraries import LibraryRepository
from services.database import read_session
from services.parts import Vectors
from services.retrieval.fusion import fuse
from services.retrieval.index_faiss import Hits, Ids, require_usable
from services.retrieval.index_manifest import IndexTarget
from services.retrieval.vectors import norms, unit, unpack

PIECE = 2_000
"""Rows read at once: 6 MB of 768."""


class Rows(NamedTuple):
    """Items with their search vectors: unit, shape (n, dim), and as long as `norms` at their own scale."""

    ids: Ids
    versions: Ids
    units: Vectors
    norms: NDArray[np.float32]


def present_version(target: IndexTarget) -> int | None:
    """Of the library as it is now; None when it is gone."""
    with read_session() as session:
        found = IndexRowRepository(session).library(target.library_id)
    return found[1] if found and found[0] == target.created_at else None


def changed_since(target: IndexTarget, version: int = -1) -> Ids:
    """Ids of items whose vectors were written after `version`, in order; duplicates are among them."""
    with read_session() as session:
        ids = IndexRowRepository(session).changed(target.library_id, target.encoder, version)
    return np.asarray(ids, dtype=np.int64)


def count_changed(target: IndexTarget, version: int = -1) -> int:
    with read_session() as session:
        return IndexRowRepository(session).count_changed(target.library_id, target.encoder, version)


def has_all_vectors(target: IndexTarget, version: int) -> bool:
    """The library is at `version`, and no picture of it lacks its vector."""
    with read_session() as session:
        missing = LibraryRepository(session).count_without_vector(target.library_id, target.encoder)
        found = IndexRowRepository(session).library(target.library_id)
    return not missing and found == (target.created_at, version)


def fetch(target: IndexTarget, ids: Ids) -> Rows:
    """Of `ids` those that are there and no duplicates, in the order of their ids.

    Raises InvalidInput for a vector of another dimension, or without direction.
    """
    with read_session() as session:
        found = IndexRowRepository(session).rows(ids.tolist(), target.library_id, target.encoder)
    found.sort(key=lambda row: row.item_id)
    vectors = fuse(unpack([row.image for row in found], target.dim), [row.caption for row in found])
    if found:
        require_usable(vectors)
    return Rows(
        np.array([row.item_id for row in found], dtype=np.int64),
        np.array([row.version for row in found], dtype=np.int64),
        unit(vectors),
        norms(vectors),
    )


def pieces(target: IndexTarget, ids: Ids) -> Iterator[Rows]:
    """`fetch` piece by piece, each on a snapshot of its own: a long one would keep the log from clearing."""
    for start in range(0, len(ids), PIECE):
        yield fetch(target, ids[start : start + PIECE])


class Best:
    """The best `count` of rows that come in pieces, for each unit query. Exact."""

    def __init__(self, queries: Vectors, count: int) -> None:
        self.queries, self._count = np.ascontiguousarray(queries, dtype=np.float32), count
        self._ids = np.empty((len(queries), 0), np.int64)
        self._cosines = np.empty((len(queries), 0), np.float32)

    def add(self, ids: Ids, units: Vectors) -> None:
        cosines = np.concatenate([self._cosines, self.queries @ units.T], axis=1)
        known = np.concatenate([self._ids, np.broadcast_to(ids, (len(self.queries), len(ids)))], axis=1)
        if cosines.shape[1] > self._count:
            kept = np.argpartition(-cosines, self._count - 1, axis=1)[:, : self._count]
            cosines, known = np.take_along_axis(cosines, kept, 1), np.take_along_axis(known, kept, 1)
        self._cosines, self._ids = cosines, known

    def hits(self) -> list[Hits]:
        """Per query (ids, cosines), best first, equal ones by id."""
        orders = [np.lexsort((i, -c)) for i, c in zip(self._ids, self._cosines, strict=True)]
        places = zip(self._ids, self._cosines, orders, strict=True)
        return [(ids[order], cosines[order]) for ids, cosines, order in places]


def search_rows(target: IndexTarget, ids: Ids, queries: Vectors, count: int) -> list[Hits]:
    """The best `count` of the items `ids` for each unit query, read from the database."""
    best = Best(queries, count)
    for rows in pieces(target, ids):
        best.add(rows.ids, rows.units)
    return best.hits()
