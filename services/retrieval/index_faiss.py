"""One FAISS index: unit vectors under inner product, which is their cosine.

`IndexIDMap2` over `IndexFlatIP` is exact and answers from 100,000 vectors in tens of milliseconds;
above about 200,000 an IVF index is due. Norms are kept beside it, because generators want the
encoder's own scale. The index is a cache: the rows of `item_vectors` are the truth.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from services.errors import InvalidInput
from services.messages import N_
from services.parts import Vectors
from services.retrieval.vectors import norms, unit, usable, wrong_dimension
from services.storage.files import publish

Ids = NDArray[np.int64]


class VectorIndex:
    """Cosine search over `ids` and their vectors. Not changed once it is built: build another."""

    def __init__(self, index: Any, lengths: dict[int, float]) -> None:
        self._index = index
        self._norms = lengths

    @classmethod
    def build(cls, ids: Sequence[int], vectors: Vectors, dim: int) -> VectorIndex:
        """`vectors` at the encoder's own scale, shape (n, dim).

        Raises InvalidInput for another dimension, an id that comes twice (the first vector would go
        on matching), or a vector that is zero or not finite.
        """
        if vectors.shape != (len(ids), dim):
            raise wrong_dimension(dim)
        if len(set(ids)) != len(ids):
            raise InvalidInput(N_("A picture comes twice in this index. Re-index the library."))
        if not usable(vectors).all():
            raise InvalidInput(N_("A vector of this library is zero or not a number. Re-index the library."))
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dim))
        if len(ids):
            index.add_with_ids(unit(vectors), np.asarray(ids, dtype=np.int64))
        return cls(index, dict(zip(ids, norms(vectors).tolist(), strict=True)))

    @property
    def dim(self) -> int:
        return int(self._index.d)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def __contains__(self, item_id: int) -> bool:
        return item_id in self._norms

    def norm(self, item_id: int) -> float:
        """The length that the vector had at the encoder's own scale."""
        return self._norms[item_id]

    def search(self, queries: Vectors, count: int) -> list[tuple[Ids, NDArray[np.float32]]]:
        """Per unit query (ids, cosines), best first; at most `count`, fewer when there are fewer."""
        if queries.ndim != 2 or queries.shape[1] != self.dim:
            raise wrong_dimension(self.dim)
        if len(self) == 0 or count < 1:
            return [(np.empty(0, np.int64), np.empty(0, np.float32)) for _ in queries]
        cosines, ids = self._index.search(np.ascontiguousarray(queries, dtype=np.float32), count)
        # FAISS fills the rows up with id -1, which as an index would mean the last picture.
        return [(i[i >= 0], c[i >= 0]) for i, c in zip(ids, cosines, strict=True)]

    def units(self, ids: Sequence[int] | Ids) -> Vectors:
        """The unit vectors of `ids`, shape (n, dim)."""
        if not len(ids):
            return np.empty((0, self.dim), np.float32)
        vectors: Vectors = self._index.reconstruct_batch(np.asarray(ids, dtype=np.int64))
        return vectors

    def save(self, path: Path) -> None:
        """Write `path` and `path`.norms.npy, each whole."""
        table = np.array(list(self._norms.items()), dtype=[("id", "<i8"), ("norm", "<f4")])
        publish(path, lambda temporary: _write_index(temporary, self._index))
        publish(norms_path(path), lambda temporary: _save_table(temporary, table))

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Open what `save` wrote, memory-mapped. The caller has verified the checksums of both files.

        Raises RuntimeError or ValueError (FAISS, NumPy) for files that do not fit each other.
        """
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        table = np.load(norms_path(path), allow_pickle=False)
        lengths = dict(zip(table["id"].tolist(), table["norm"].tolist(), strict=True))
        if not isinstance(index, faiss.IndexIDMap2) or index.ntotal != len(lengths):
            raise ValueError("not the index that belongs to these norms")
        return cls(index, lengths)


def norms_path(path: Path) -> Path:
    return path.with_name(path.name + ".norms.npy")


def _write_index(path: Path, index: Any) -> None:
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        raise OSError(errno.EIO, f"FAISS could not write: {error}") from error


def _save_table(path: Path, table: NDArray[Any]) -> None:
    with path.open("wb") as file:
        np.save(file, table, allow_pickle=False)
