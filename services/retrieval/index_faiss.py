"""One FAISS index: unit vectors under inner product, which is their cosine.

Flat (`IndexIDMap2` over `IndexFlatIP`) is exact. IVF (inverted lists of 8-bit codes of what lies between a
vector and its list's centre) looks at `probes` lists and orders nearly right; whoever shows a similarity
takes it from the rows. `services.retrieval.index_policy` says which one a library has.

Norms are kept beside it, because generators want the encoder's own scale. The index is a cache: the rows
of `item_vectors` are the truth.
"""

from __future__ import annotations

import errno
from bisect import bisect_left
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
Hits = tuple[Ids, NDArray[np.float32]]
"""(ids, cosines), best first."""

Table = NDArray[np.void]
"""Of `id` and `norm`, by id."""

TABLE = np.dtype([("id", "<i8"), ("norm", "<f4")])


class VectorIndex:
    """Cosine search over ids and their vectors. Not changed once it is built: build another.

    Threads may search it at the same time.
    """

    def __init__(self, index: Any, table: Table, probes: int = 1) -> None:
        self.faiss, self._table, self.probes = index, table, probes

    @classmethod
    def build(cls, ids: Sequence[int], vectors: Vectors, dim: int) -> VectorIndex:
        """A flat index of `vectors` at the encoder's own scale, shape (n, dim).

        Raises InvalidInput for another dimension, an id that comes twice (the first vector would go
        on matching), or a vector that is zero or not finite.
        """
        if vectors.shape != (len(ids), dim):
            raise wrong_dimension(dim)
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dim))
        if len(ids):
            require_usable(vectors)
            index.add_with_ids(unit(vectors), np.asarray(ids, dtype=np.int64))
        return cls(index, norm_table(np.asarray(ids, dtype=np.int64), norms(vectors)))

    @property
    def dim(self) -> int:
        return int(self.faiss.d)

    @property
    def flat(self) -> bool:
        """Cosines and `units` are exact."""
        return isinstance(self.faiss, faiss.IndexIDMap2)

    def __len__(self) -> int:
        return int(self.faiss.ntotal)

    def __contains__(self, item_id: int) -> bool:
        return self._place(item_id) is not None

    def norm(self, item_id: int) -> float:
        """The length that the vector had at the encoder's own scale. Raises KeyError."""
        place = self._place(item_id)
        if place is None:
            raise KeyError(item_id)
        return float(self._table[place]["norm"])

    def search(self, queries: Vectors, count: int, allowed: Ids | None = None) -> list[Hits]:
        """Per unit query (ids, cosines), best first; at most `count`, fewer only when there are fewer.

        `allowed`: ids that may be found. An IVF index looks at more lists the fewer they are.
        """
        if queries.ndim != 2 or queries.shape[1] != self.dim:
            raise wrong_dimension(self.dim)
        wanted = min(count, len(self) if allowed is None else min(len(self), len(allowed)))
        if wanted < 1 or not len(queries):
            return [(np.empty(0, np.int64), np.empty(0, np.float32)) for _ in queries]
        selector = _Selector(allowed) if allowed is not None else None
        rows = np.ascontiguousarray(queries, dtype=np.float32)
        probes = self._first_probes(allowed)
        while True:
            cosines, ids = self.faiss.search(rows, wanted, params=self._parameters(probes, selector))
            if self.flat or probes >= self.faiss.nlist or (ids[:, -1] >= 0).all():
                break
            probes = min(probes * 4, self.faiss.nlist)
        # FAISS fills the rows up with id -1, which as an index would mean the last picture.
        return [(i[i >= 0], c[i >= 0]) for i, c in zip(ids, cosines, strict=True)]

    def units(self, ids: Sequence[int] | Ids) -> Vectors:
        """The unit vectors of `ids`, shape (n, dim), of a flat index; codes do not hold them."""
        if not len(ids):
            return np.empty((0, self.dim), np.float32)
        vectors: Vectors = self.faiss.reconstruct_batch(np.asarray(ids, dtype=np.int64))
        return vectors

    def save(self, path: Path) -> None:
        """Write `path` and `path`.norms.npy, each whole."""
        publish(path, lambda temporary: _write_index(temporary, self.faiss))
        publish(norms_path(path), lambda temporary: _save_table(temporary, self._table))

    @classmethod
    def load(cls, path: Path, probes: int = 1) -> VectorIndex:
        """Open what `save` wrote, memory-mapped. The caller has verified the checksums of both files.

        Raises RuntimeError or ValueError (FAISS, NumPy) for files that do not fit each other.
        """
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        table = np.load(norms_path(path), mmap_mode="r", allow_pickle=False)
        known = isinstance(index, faiss.IndexIDMap2 | faiss.IndexIVFScalarQuantizer)
        cosine = index.metric_type == faiss.METRIC_INNER_PRODUCT
        if not (known and cosine and table.dtype == TABLE and index.ntotal == len(table)):
            raise ValueError("not the index that belongs to these norms")
        return cls(index, table, probes)

    def _place(self, item_id: int) -> int | None:
        place = bisect_left(self._table["id"], item_id)
        found = place < len(self._table) and int(self._table[place]["id"]) == item_id
        return place if found else None

    def _first_probes(self, allowed: Ids | None) -> int:
        """As many as hold the number of allowed vectors that the lists usually looked at hold."""
        if self.flat or allowed is None:
            return self.probes
        return min(int(self.faiss.nlist), -(-self.probes * len(self) // len(allowed)))

    def _parameters(self, probes: int, selector: _Selector | None) -> Any:
        chosen: dict[str, Any] = {} if self.flat else {"nprobe": probes}
        if selector is not None:
            chosen["sel"] = selector.faiss
        return faiss.SearchParameters(**chosen) if self.flat else faiss.SearchParametersIVF(**chosen)


class _Selector:
    """`allowed` as one bit an id: 125 kB for a million, tested in a nanosecond. Holds its memory."""

    def __init__(self, allowed: Ids) -> None:
        marked = np.zeros(int(allowed.max()) + 1, dtype=np.bool_)
        marked[allowed] = True
        self._bits = np.packbits(marked, bitorder="little")
        self.faiss = faiss.IDSelectorBitmap(self._bits.size, faiss.swig_ptr(self._bits))


def require_usable(vectors: Vectors) -> None:
    """Raises InvalidInput for a vector that is zero or not finite: its cosine would be NaN, or noise."""
    if not usable(vectors).all():
        raise InvalidInput(N_("A vector of this library is zero or not a number. Re-index the library."))


def norm_table(ids: Ids, lengths: NDArray[np.float32]) -> Table:
    """Norms by id. Raises InvalidInput for an id that comes twice."""
    order = np.argsort(ids, kind="stable")
    table = np.empty(len(ids), TABLE)
    table["id"], table["norm"] = ids[order], lengths[order]
    if (table["id"][1:] == table["id"][:-1]).any():
        raise InvalidInput(N_("A picture comes twice in this index. Re-index the library."))
    return table


def norms_path(path: Path) -> Path:
    return path.with_name(path.name + ".norms.npy")


def _write_index(path: Path, index: Any) -> None:
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        raise OSError(errno.EIO, f"FAISS could not write: {error}") from error


def _save_table(path: Path, table: Table) -> None:
    with path.open("wb") as file:
        np.save(file, table, allow_pickle=False)
