"""Finding, for each new picture, the original that it shows again, in a library of any size.

Of every original 24 bytes stay in memory: its id, outline, mean colour and shape. Comparing one picture
with a million of them takes some milliseconds, and tells nearly all apart; only the few that are left are
read from the database, with their vectors and colours, for the looks of `services.retrieval.duplicates`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.parts import Vectors
from services.retrieval.duplicates import (
    ASPECT,
    CLOSER_LOOKS,
    COLOUR_LEVELS,
    COSINE,
    DHASH_BITS,
    Look,
    alike,
    pack_look,
    unpack_look,
)
from services.retrieval.vectors import unit, unpack

FEW = 256
"""Candidates whose vectors are read, those of the most similar outline first. More than a handful are left
only where very many pictures have hardly any outline, such as plain papers."""

MEAN_LEVELS = 3 * COLOUR_LEVELS + 3
"""Sum over the three channels of the means' difference: at most three times the mean of all differences,
plus one level each for rounding."""

Stored = Callable[[Sequence[int]], Mapping[int, tuple[bytes, bytes, int, int]]]
"""Item ids -> (packed look, packed image vector, width, height) of those that have both."""


class Twin(NamedTuple):
    """The original that a picture shows again: `key` is its item id or, within one batch, its SHA-256."""

    key: int | str
    cosine: float


class _Fresh(NamedTuple):
    sha256: str
    look: Look
    unit: NDArray[np.float32]


class NearCopies:
    """The originals of a library. `stored` reads what is kept of some of them."""

    def __init__(self, dim: int, stored: Stored) -> None:
        self._dim, self._stored = dim, stored
        self._count = 0
        self._ids = np.empty(1024, np.int64)
        self._outlines = np.empty(1024, np.uint64)
        self._means = np.empty((1024, 3), np.uint8)
        self._aspects = np.empty(1024, np.float32)
        self._fresh: list[_Fresh] = []

    def __len__(self) -> int:
        return self._count

    def add(self, ids: Sequence[int], looks: Sequence[bytes], aspects: Sequence[float]) -> None:
        """Remember originals that the database has."""
        end = self._count + len(ids)
        while end > len(self._ids):
            for name in ("_ids", "_outlines", "_means", "_aspects"):
                array = getattr(self, name)
                setattr(self, name, np.concatenate([array, np.empty_like(array)]))
        part = slice(self._count, end)
        packed = np.frombuffer(b"".join(looks), np.uint8).reshape(len(ids), -1)
        self._ids[part], self._aspects[part] = ids, aspects
        self._outlines[part] = _outline(packed)
        self._means[part] = _means(packed)
        self._count = end

    def twins(self, keys: Sequence[str], looks: Sequence[Look], vectors: Vectors) -> list[Twin | None]:
        """Per picture of a batch the original that it shows again, the most similar first. Those that
        show none are originals for the rest of the batch; `add` them when they are saved."""
        self._fresh = []
        twins: list[Twin | None] = []
        for key, look, vector in zip(keys, looks, unit(vectors), strict=True):
            twin = self._twin(look, vector)
            if twin is None:
                self._fresh.append(_Fresh(key, look, vector))
            twins.append(twin)
        return twins

    def _twin(self, look: Look, vector: NDArray[np.float32]) -> Twin | None:
        candidates: list[tuple[float, int | str, Look]] = [
            (float(fresh.unit @ vector), fresh.sha256, fresh.look) for fresh in self._fresh
        ]
        candidates += self._from_database(look, vector)
        near = sorted((c for c in candidates if c[0] >= COSINE), key=lambda c: -c[0])[:CLOSER_LOOKS]
        return next((Twin(key, cosine) for cosine, key, other in near if alike(look, other)), None)

    def _from_database(self, look: Look, vector: NDArray[np.float32]) -> list[tuple[float, int | str, Look]]:
        ids = self._candidates(look)
        rows = self._stored(ids) if ids else {}
        if not rows:
            return []
        cosines = unit(unpack([row[1] for row in rows.values()], self._dim)) @ vector
        return [
            (float(cosine), item_id, unpack_look(row[0], row[2], row[3]))
            for cosine, (item_id, row) in zip(cosines, rows.items(), strict=True)
        ]

    def _candidates(self, look: Look) -> list[int]:
        """Ids of the originals with nearly this outline, mean colour and shape, at most `FEW`."""
        packed = np.frombuffer(pack_look(look), np.uint8)[None]
        distance = np.bitwise_count(self._outlines[: self._count] ^ _outline(packed)[0])
        places = np.flatnonzero(distance <= DHASH_BITS)
        means = self._means[places].astype(np.int16) - _means(packed)[0].astype(np.int16)
        shape = np.abs(look.aspect / self._aspects[places] - 1)
        fits = (np.abs(means).sum(axis=1) <= MEAN_LEVELS) & (shape <= ASPECT * 1.01)
        places = places[fits]
        nearest = places[np.argsort(distance[places], kind="stable")][:FEW]
        found: list[int] = self._ids[nearest].tolist()
        return found


def _outline(packed: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(packed[:, :8]).view(np.uint64)[:, 0]


def _means(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    colours = packed[:, 8:].reshape(len(packed), -1, 3)
    return np.asarray(colours.mean(axis=1).round(), np.uint8)
