"""A stand-in for the text model: words hash to fixed directions, so shared words mean closeness."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from services.domain import ModelRef
from services.parts import Vectors

DIM = 384


class FakeEmbedder:
    """Unit vectors, the mean of one random direction a word. Counts what it was asked."""

    ref = ModelRef("text", "fake", "1")

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += len(texts)
        rows = [self._vector(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, DIM), np.float32)

    def _vector(self, text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        words = re.findall(r"\w+", text.lower()) or [""]
        mean = np.mean([_direction(word) for word in words], axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)


def _direction(word: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    return np.random.default_rng(seed).standard_normal(DIM)
