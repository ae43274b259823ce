"""The vectors of a flat FAISS index, read by its bytes.

`faiss.read_index` trusts what a file says of itself: a false count is allocated, a strange kind builds
objects. A flat index is a header and its floats, so these are read here, and FAISS opens no file from
outside. Kind, dimension, count and file size must agree before anything is believed.

    flat      "IxF2" (L2) | "IxFI" (inner product) | "IxFl" (either), header, u64 floats, floats
    with ids  "IxMp" | "IxM2", header, a flat index, u64 ids, ids
    header    i32 dimension, i64 count, 2 x i64 unused, u8 trained, i32 metric (0 inner product, 1 L2)

All little-endian, as faiss/impl/index_write.cpp writes them.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.errors import InvalidInput
from services.limits import LEGACY_DIMENSIONS, LEGACY_ROWS
from services.messages import N_
from services.parts import Vectors
from services.storage.files import disk_errors
from services.storage.names import display_name

_HEADER = struct.Struct("<iqqqBi")
_COUNT = struct.Struct("<Q")
_FLAT = {b"IxF2": (1,), b"IxFI": (0,), b"IxFl": (0, 1)}
"""Kinds whose floats lie as they are, and the metrics that each may name."""
_WITH_IDS = (b"IxMp", b"IxM2")
_OTHERS = {
    b"IwFl": "IndexIVFFlat", b"IwSq": "IndexIVFScalarQuantizer",
    b"IwSQ": "IndexIVFScalarQuantizer", b"IwPQ": "IndexIVFPQ", b"IwQR": "IndexIVFPQR",
    b"IHNf": "IndexHNSWFlat", b"IHNs": "IndexHNSWSQ", b"IHNp": "IndexHNSWPQ", b"IxPq": "IndexPQ",
    b"IxPQ": "IndexPQ", b"IxSQ": "IndexScalarQuantizer", b"IxPT": "IndexPreTransform",
    b"IxRF": "IndexRefineFlat", b"IxHe": "IndexLSH", b"IxHE": "IndexLSH", b"IBxF": "IndexBinaryFlat",
    b"INSf": "IndexNSGFlat", b"IxMp": "IndexIDMap", b"IxM2": "IndexIDMap2",
}  # fmt: skip
"""For the sentence alone: what people have when they have no flat index."""


@dataclass(frozen=True, slots=True)
class FlatIndex:
    """`vectors` (n, dim) as the file holds them, not read yet where it is a file on disk.

    `ids` are those of an IDMap, else None: the vectors are numbered from 0.
    """

    kind: str
    vectors: Vectors
    ids: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def dim(self) -> int:
        return int(self.vectors.shape[1])


def read_flat_index(source: Path | bytes, name: str) -> FlatIndex:
    """The index in a file or in its bytes; `name` is for sentences. Raises InvalidInput, StorageError.

    A file is mapped, not read: a million vectors cost no memory until they are used.
    """
    shown = display_name(name)
    data = memoryview(source if isinstance(source, bytes) else _mapped(source))
    fourcc = bytes(data[:4])
    if fourcc in _WITH_IDS:
        return _with_ids(data, fourcc, shown)
    return _flat(data, 0, len(data), shown)


def _mapped(path: Path) -> mmap.mmap | bytes:
    with disk_errors(path), path.open("rb") as file:
        if path.stat().st_size == 0:
            return b""  # nothing can be mapped of it
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _with_ids(data: memoryview, fourcc: bytes, name: str) -> FlatIndex:
    dim, count, _ = _header(data, 4, name)
    end = len(data) - _COUNT.size - 8 * count
    if end < 0:
        raise _cut_short(name, count, dim)
    inner = _flat(data, 4 + _HEADER.size, end, name)
    if (inner.dim, len(inner)) != (dim, count) or _COUNT.unpack_from(data, end) != (count,):
        raise _cut_short(name, count, dim)
    ids = np.frombuffer(data, "<i8", count, end + _COUNT.size).astype(np.int64)
    outer = "IndexIDMap" if fourcc == b"IxMp" else "IndexIDMap2"
    return FlatIndex(f"{outer} over {inner.kind}", inner.vectors, ids)


def _flat(data: memoryview, start: int, end: int, name: str) -> FlatIndex:
    """The flat index that fills `data` from `start` to `end` exactly."""
    fourcc = bytes(data[start : start + 4])
    if fourcc not in _FLAT:
        raise _other_kind(fourcc, name)
    dim, count, metric = _header(data, start + 4, name)
    if metric not in _FLAT[fourcc]:
        raise _other_kind(fourcc, name)
    floats = start + 4 + _HEADER.size
    if end - floats != _COUNT.size + 4 * count * dim or _COUNT.unpack_from(data, floats) != (count * dim,):
        raise _cut_short(name, count, dim)
    vectors = np.frombuffer(data, "<f4", count * dim, floats + _COUNT.size).reshape(count, dim)
    return FlatIndex("IndexFlatL2" if metric else "IndexFlatIP", vectors, None)


def _header(data: memoryview, start: int, name: str) -> tuple[int, int, int]:
    """(dimension, count, metric), each within the studio's limits: sizes made of them are small numbers."""
    if len(data) < start + _HEADER.size:
        raise InvalidInput(
            N_("{file} is damaged or cut short: it ends before its first vector. Nothing was imported."),
            file=name,
        )
    dim, count, _, _, _, metric = _HEADER.unpack_from(data, start)
    if count == 0:
        raise InvalidInput(N_("{file} holds no vectors. Nothing was imported."), file=name)
    if not (0 < dim <= LEGACY_DIMENSIONS and 0 < count <= LEGACY_ROWS):
        raise InvalidInput(
            N_(
                "{file} says that it holds {count} vectors of {dim} numbers. At most {rows} of {dimensions} "
                "can be imported, and a damaged file may say anything. Nothing was imported."
            ),
            file=name, count=count, dim=dim, rows=LEGACY_ROWS, dimensions=LEGACY_DIMENSIONS,
        )  # fmt: skip
    return dim, count, metric


def _cut_short(name: str, count: int, dim: int) -> InvalidInput:
    return InvalidInput(
        N_(
            "{file} is damaged or cut short: it speaks of {count} vectors of {dim} numbers, and its size is "
            "another. Nothing was imported; copy the file again."
        ),
        file=name, count=count, dim=dim,
    )  # fmt: skip


def _other_kind(fourcc: bytes, name: str) -> InvalidInput:
    kind = _OTHERS.get(fourcc)
    if kind is None and not (fourcc.isalnum() and fourcc[:1] == b"I"):
        return InvalidInput(
            N_("{file} is not a FAISS index. Choose the .index file that belongs to the list of names."),
            file=name,
        )
    return InvalidInput(
        N_(
            "{file} is a FAISS index of the kind {kind}. Only flat ones can be imported (IndexFlatL2, "
            "IndexFlatIP, also inside IndexIDMap): the others do not keep the vectors as they were. "
            "Nothing was imported."
        ),
        file=name, kind=kind or fourcc.decode("ascii"),
    )  # fmt: skip
