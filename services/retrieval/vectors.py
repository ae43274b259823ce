"""Vectors as the database keeps them, and what every vector must be before it is kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.domain import ModelRef
from services.errors import InvalidInput
from services.messages import N_
from services.parts import Encoder, Vectors

_STORED = np.dtype("<f4")

SMALLEST_NORM = 1e-6
"""Below this a vector has no direction, and its cosine to anything is noise."""


def encoder_key(ref: ModelRef) -> str:
    """The name under which vectors are kept: another revision is another space."""
    return f"{ref.id}@{ref.revision}" if ref.revision else ref.id


def space_of(encoder: Encoder) -> str:
    """The key under which vectors of `encoder` are about to be kept: its files are fetched first, because
    without a copy here its revision is unknown. Raises EngineUnavailable."""
    fetch = getattr(encoder, "fetch", None)
    if callable(fetch):
        fetch()
    return encoder_key(encoder.ref)


def title_of(encoder: Encoder) -> str:
    """What a sentence calls `encoder`."""
    return str(getattr(encoder, "title", encoder.ref.id))


def pack(vector: NDArray[np.float32]) -> bytes:
    return np.ascontiguousarray(vector, dtype=_STORED).tobytes()


def unpack(rows: Sequence[bytes], dim: int) -> Vectors:
    """Shape (n, dim). Raises InvalidInput when a row was written in another dimension."""
    if any(len(row) != dim * _STORED.itemsize for row in rows):
        raise wrong_dimension(dim)
    flat = np.frombuffer(b"".join(rows), dtype=_STORED).astype(np.float32)
    return flat.reshape(len(rows), dim)


def unit(vectors: Vectors) -> Vectors:
    """Rows of length 1. Rows without a direction must be gone already (see `usable`)."""
    scaled: Vectors = vectors / norms(vectors)[:, None]
    return scaled


def norms(vectors: Vectors) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1).astype(np.float32)
    return lengths


def usable(vectors: Vectors) -> NDArray[np.bool_]:
    """Per row: finite, and long enough to have a direction."""
    finite: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(vectors), axis=1)
    lengths = norms(np.where(finite[:, None], vectors, 0.0))
    good: NDArray[np.bool_] = np.logical_and(finite, lengths > SMALLEST_NORM)
    return good


def encode_queries(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Unit vectors of `texts`, shape (n, dim). Raises InvalidInput when a text has no direction."""
    vectors = checked(encoder.encode_texts(texts), len(texts), encoder)
    for text, good in zip(texts, usable(vectors), strict=True):
        if not good:
            raise InvalidInput(N_("Nothing can be searched for with {text!r}. Use other words."), text=text)
    return unit(vectors)


def checked(vectors: Vectors, count: int, encoder: Encoder) -> Vectors:
    """`vectors` as float32 of shape (count, encoder.dim). Raises InvalidInput otherwise."""
    array = np.asarray(vectors, dtype=np.float32)
    if array.shape != (count, encoder.dim):
        raise wrong_dimension(encoder.dim)
    return array


def wrong_dimension(dim: int) -> InvalidInput:
    return InvalidInput(
        N_("These vectors do not have the {dim} dimensions of the search model. Re-index the library."),
        dim=dim,
    )
