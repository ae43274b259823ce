"""The same picture twice in other bytes: resized, recompressed, saved in another format.

Exact copies are found by hash before this. Two pictures count as one only when three looks agree:
the encoder (cosine of the image vectors), the outline (dHash) and the colours (8 x 8 means). The
encoder alone will not do: a classifier's space is coarse, and two different photos of one breed are
close in it. The last two alone would do, but only against every picture; the cosine picks
the few to compare.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

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


LOOK_BYTES = 8 + 8 * 8 * 3


class Look(NamedTuple):
    """What a picture looks like from afar."""

    dhash: NDArray[np.bool_]
    colours: NDArray[np.float32]
    aspect: float


def look_at(path: Path) -> Look:
    """From a thumbnail. Transparent pixels count as white."""
    with Image.open(path) as image:
        rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return look_of(Image.alpha_composite(white, rgba).convert("RGB"))


def look_of(rgb: Image.Image) -> Look:
    """From an opaque picture of any size."""
    aspect = rgb.width / rgb.height
    grey = np.asarray(rgb.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    colours = np.asarray(rgb.resize((8, 8), Image.Resampling.BOX), dtype=np.float32)
    return Look(np.greater(grey[:, 1:], grey[:, :-1]), colours, aspect)


def pack_look(look: Look) -> bytes:
    """`LOOK_BYTES` bytes, as the database keeps them: outline, then colours. The aspect is in the row."""
    return np.packbits(look.dhash).tobytes() + look.colours.astype(np.uint8).tobytes()


def unpack_look(data: bytes, width: int, height: int) -> Look:
    """Raises ValueError for what `pack_look` did not write."""
    if len(data) != LOOK_BYTES:
        raise ValueError("this is no packed look")
    bits = np.unpackbits(np.frombuffer(data[:8], np.uint8)).astype(np.bool_).reshape(8, 8)
    colours = np.frombuffer(data[8:], np.uint8).astype(np.float32).reshape(8, 8, 3)
    return Look(bits, colours, width / height)


def alike(one: Look, other: Look) -> bool:
    """Same outline, same colours, same shape."""
    return bool(
        abs(one.aspect / other.aspect - 1) <= ASPECT
        and np.count_nonzero(one.dhash != other.dhash) <= DHASH_BITS
        and np.abs(one.colours - other.colours).mean() <= COLOUR_LEVELS
    )
