"""The same picture twice in other bytes: resized, recompressed, saved in another format.

Exact copies are found by hash before this. Two pictures count as one only when three looks agree:
the encoder (cosine of the image vectors), the outline (dHash) and the colours (8 x 8 means). The
encoder alone will not do: a classifier's space is coarse, and two different photos of one breed are
close in it. The last two alone would do, but only against every picture; the cosine picks
the few to compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.parts import Vectors
from services.retrieval.vectors import unit

COSINE = 0.9
"""Worth a closer look. In the lite space 94 % of copies at half size and all at JPEG quality 50 stay above
it, but so do 56 of 79,800 pairs of different photos (3 even above 0.98): it proves nothing by itself."""

CLOSER_LOOKS = 16
"""Candidates looked at, the most similar first, so that a large library costs no more."""

DHASH_BITS = 8
"""Of 64. Copies (half size, JPEG quality 20 to 50, WEBP 60) of 400 photos differ by 1 in the median and 7
at the 99th percentile; of the 79,800 pairs of different photos none differs by fewer than 10."""

COLOUR_LEVELS = 4.0
"""Mean difference of the 8 x 8 colour means, of 255. Tells apart what has no outline, such as plain papers.
Those copies stay below 2.5, the three pairs of photos with the closest outlines are above 50."""

ASPECT = 0.02
"""Relative difference of the sides' ratio. A crop is another picture."""


class Look(NamedTuple):
    """What a picture looks like from afar."""

    dhash: NDArray[np.bool_]
    colours: NDArray[np.float32]
    aspect: float


class NearDuplicates:
    """The pictures of a library so far. `thumbnail` gives the path of a picture's small version."""

    def __init__(self, dim: int, thumbnail: Callable[[str], Path]) -> None:
        self._units = np.empty((1024, dim), np.float32)
        self._keys: list[str] = []
        self._look = lru_cache(maxsize=4096)(lambda sha256: look_at(thumbnail(sha256)))

    def add(self, keys: Iterable[str], vectors: Vectors) -> None:
        """Remember originals: their SHA-256 and image vectors at the encoder's own scale."""
        for key, row in zip(keys, unit(vectors), strict=True):
            if len(self._keys) == len(self._units):
                self._units = np.concatenate([self._units, np.empty_like(self._units)])
            self._units[len(self._keys)] = row
            self._keys.append(key)

    def twin(self, sha256: str, vector: NDArray[np.float32]) -> str | None:
        """The remembered picture that `sha256` shows again, the most similar first; None if there is none."""
        cosines = self._units[: len(self._keys)] @ unit(vector[None])[0]
        candidates = np.flatnonzero(cosines >= COSINE)
        nearest = candidates[np.argsort(-cosines[candidates], kind="stable")][:CLOSER_LOOKS]
        for place in nearest.tolist():
            if alike(self._look(sha256), self._look(self._keys[place])):
                twin: str = self._keys[place]
                return twin
        return None


def look_at(path: Path) -> Look:
    """From a thumbnail. Transparent pixels count as white."""
    with Image.open(path) as image:
        aspect = image.width / image.height
        rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    rgb = Image.alpha_composite(white, rgba).convert("RGB")
    grey = np.asarray(rgb.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    colours = np.asarray(rgb.resize((8, 8), Image.Resampling.BOX), dtype=np.float32)
    return Look(grey[:, 1:] > grey[:, :-1], colours, aspect)


def alike(one: Look, other: Look) -> bool:
    """Same outline, same colours, same shape."""
    return bool(
        abs(one.aspect / other.aspect - 1) <= ASPECT
        and np.count_nonzero(one.dhash != other.dhash) <= DHASH_BITS
        and np.abs(one.colours - other.colours).mean() <= COLOUR_LEVELS
    )
