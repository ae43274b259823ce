"""Small legacy indexes, written byte by byte as FAISS writes them, and lists of names beside them."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

L2, IP = 1, 0


def header(dim: int, count: int, metric: int = L2) -> bytes:
    return struct.pack("<iqqqBi", dim, count, 1 << 20, 1 << 20, 1, metric)


def flat(vectors: NDArray[np.float32], fourcc: bytes = b"IxF2", metric: int = L2) -> bytes:
    count, dim = vectors.shape
    floats = vectors.astype("<f4").tobytes()
    return fourcc + header(dim, count, metric) + struct.pack("<Q", count * dim) + floats


def with_ids(vectors: NDArray[np.float32], ids: Sequence[int], fourcc: bytes = b"IxM2") -> bytes:
    count, dim = vectors.shape
    numbers = struct.pack("<Q", len(ids)) + np.asarray(ids, "<i8").tobytes()
    return fourcc + header(dim, count) + flat(vectors) + numbers


def random_vectors(count: int, dim: int = 6, seed: int = 0) -> NDArray[np.float32]:
    """At lengths of 15 to 22, as CLIP's image vectors have."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((count, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors * rng.uniform(15, 22, (count, 1))).astype(np.float32)


def write_pair(
    folder: Path, vectors: NDArray[np.float32], names: Sequence[str], form: str = "pkl"
) -> tuple[Path, Path]:
    """pair.index and pair.pkl, .json or .csv in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    index, listed = folder / "pair.index", folder / f"pair.{form}"
    index.write_bytes(flat(vectors))
    texts = {
        "pkl": pickle.dumps(list(names)),
        "json": json.dumps(list(names)).encode(),
        "csv": ("file\n" + "\n".join(names)).encode(),
    }
    listed.write_bytes(texts[form])
    return index, listed
