"""Computed vectors on disk: written whole, checked by their own digest, never trusted otherwise.

A file is the SHA-256 of what follows it, then a .npy array without pickles.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import tempfile
from pathlib import Path

import numpy as np

from services.parts import Vectors

log = logging.getLogger(__name__)
_DIGEST = hashlib.sha256().digest_size


def load_vectors(path: Path, shape: tuple[int, ...]) -> Vectors | None:
    """The vectors at `path`, or None when there is no such file, or it is damaged or of another shape."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, body = data[:_DIGEST], data[_DIGEST:]
    if hashlib.sha256(body).digest() != digest:
        log.warning("%s is damaged and will be computed again", path.name)
        return None
    vectors = np.load(io.BytesIO(body), allow_pickle=False)
    return vectors if vectors.shape == shape and vectors.dtype == np.float32 else None


def save_vectors(path: Path, vectors: Vectors) -> None:
    """Write `vectors` beside `path`, then rename. A disk that refuses is logged: a cache may be absent."""
    buffer = io.BytesIO()
    np.save(buffer, vectors, allow_pickle=False)
    body = buffer.getvalue()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as handle:
            handle.write(hashlib.sha256(body).digest() + body)
            handle.flush()
            os.fsync(handle.fileno())
        Path(handle.name).replace(path)
    except OSError as error:
        log.warning("could not keep %s: %s", path.name, error)
