"""Pairs of vectors that lie close to each other, without comparing each with each.

Up to EXACT rows all are compared, in blocks. Above, a self-join by cells: k-means divides the space, each
row joins the NEAREST cells of its own, and rows of one cell are compared. Two rows at a high cosine share a
cell nearly always (recall is measured in the tests), and the work grows with n * sqrt(n) instead of n * n:
a million rows are 5 Tflop instead of 1,500.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.parts import Vectors

EXACT = 8_192
"""Rows whose comparison with each other takes half a second."""

NEAREST = 3
"""Cells that a row joins. One alone loses pairs that a border divides."""

PER_ROW = 16
"""Candidates kept of a row and a cell, the closest: who takes 40 photos of one scene gets no 780 pairs."""

BLOCK = 1_024
SAMPLE_PER_CELL = 40
ROUNDS = 6
SEED = 20_240_301

Share = Callable[[float], None]


class NearPairs(NamedTuple):
    """`first[i] < second[i]` are rows at the cosine `cosine[i]`; each pair once, ordered by `second`."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    cosine: NDArray[np.float32]


def near_pairs(units: Vectors, threshold: float, tell: Share | None = None) -> NearPairs:
    """Pairs of the unit rows `units` (n, dim; may be mapped from disk) at `threshold` or closer.

    Of each row at least its PER_ROW closest, where it shares a cell with them. `tell` hears the share done
    and may raise.
    """
    found = [_NONE]
    cells = _cells(units)
    for done, rows in enumerate(cells):
        found += _within(units, rows, threshold)
        if tell is not None:
            tell((done + 1) / len(cells))
    first, second, cosine = (np.concatenate([piece[part] for piece in found]) for part in range(3))
    order = np.lexsort((first, second))
    first, second, cosine = first[order], second[order], cosine[order]
    once = np.ones(len(first), np.bool_)
    once[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    return NearPairs(first[once], second[once], cosine[once])


_NONE = NearPairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))


def _within(units: Vectors, rows: NDArray[np.int64], threshold: float) -> Iterator[NearPairs]:
    """Pairs among `rows` (ascending), block by block."""
    for start in range(0, len(rows), BLOCK):
        block = np.asarray(units[rows[start : start + BLOCK]])
        for other in range(0, start + 1, BLOCK):
            earlier = block if other == start else np.asarray(units[rows[other : other + BLOCK]])
            cosines = block @ earlier.T
            if other == start:  # each pair once, none with itself
                cosines = np.tril(cosines, -1)
            later, sooner = _closest(cosines, threshold)
            yield NearPairs(rows[other + sooner], rows[start + later], cosines[later, sooner])


def _closest(cosines: Vectors, threshold: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places at `threshold` or above, at most PER_ROW of a row and the closest of it."""
    if cosines.shape[1] > PER_ROW:
        limit = np.partition(cosines, -PER_ROW, axis=1)[:, -PER_ROW]
        later, sooner = np.nonzero(cosines >= np.maximum(limit, threshold)[:, None])
    else:
        later, sooner = np.nonzero(cosines >= threshold)
    return later, sooner


def _cells(units: Vectors) -> list[NDArray[np.int64]]:
    """Rows by cell, ascending; a cell of one row has no pairs and is left out."""
    count, dim = units.shape
    if count <= EXACT:
        return [np.arange(count)]
    import faiss  # not before a library is large

    cells = max(2, round(NEAREST * math.sqrt(count) / 2))
    rng = np.random.default_rng(SEED)
    sample = np.sort(rng.choice(count, min(count, SAMPLE_PER_CELL * cells), replace=False))
    kmeans = faiss.Kmeans(
        dim, cells, niter=ROUNDS, seed=SEED & 0xFFFF, spherical=True, min_points_per_centroid=1
    )
    kmeans.train(np.ascontiguousarray(units[sample]))
    nearest = np.concatenate(
        [
            kmeans.index.search(np.ascontiguousarray(units[s : s + 8 * BLOCK]), NEAREST)[1].astype(np.int32)
            for s in range(0, count, 8 * BLOCK)
        ]
    )
    order = np.argsort(nearest.ravel(), kind="stable")
    members = np.split(order // NEAREST, np.cumsum(np.bincount(nearest.ravel(), minlength=cells))[:-1])
    return [rows for rows in members if len(rows) > 1]
