"""How much each variant looks like the product, and which variants are all but the same.

Both are beside AIM. Likeness is a cosine in the scorer's own space, so figures of different scorers do
not compare. A near-duplicate needs two witnesses: the space, which sees what is shown, and a perceptual
hash with colours, which sees how. Either alone is wrong often: ConSE puts any two photos of a mug side
by side, and two layouts of one design differ only in the picture inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.aim.text_chunks import unit
from services.domain import ModelRef
from services.messages import N_, Message, message
from services.models.preprocess import on_white
from services.parts import Vectors

TWIN_COSINE = 0.98
"""The same picture at half size or JPEG quality 50 stays above it."""

TWIN_BITS = 6
"""Of 64 in the difference hash: recompressed or resized copies differ by 0 to 4."""

TWIN_LEVELS = 8.0
"""Mean difference of 8 x 8 colour means, of 255: a change of palette is a variant of its own."""


class ImageSpace(Protocol):
    """The picture side of a scorer's space: `Clip`, `ConseSpace`."""

    @property
    def ref(self) -> ModelRef: ...

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class Fidelity:
    """One variant's likeness to the product photos: cosines, -1..1, higher is more alike.

    `best` is that of the photo at `best_photo` (an index), `mean` that of all photos.
    """

    best: float
    mean: float
    best_photo: int
    model: ModelRef


@dataclass(frozen=True, slots=True)
class Twins:
    """Two variants (indexes, first < second) that are all but the same, and what says so."""

    first: int
    second: int
    cosine: float
    bits: int
    reason: Message


class Look(NamedTuple):
    """A picture from afar: 64 bits of left-to-right brightness, and 8 x 8 colour means."""

    bits: NDArray[np.bool_]
    colours: NDArray[np.float32]


def product_fidelity(
    space: ImageSpace, variants: Sequence[Image.Image], photos: Sequence[Image.Image]
) -> list[Fidelity]:
    """The likeness of each variant to the product photos, in order; [] without variants or photos."""
    if not variants or not photos:
        return []
    return fidelity(space.encode_images(variants), space.encode_images(photos), space.ref)


def fidelity(variants: Vectors, photos: Vectors, model: ModelRef) -> list[Fidelity]:
    """As `product_fidelity`, from vectors (n, dim) and (m, dim) of one space."""
    cosines = np.clip(unit(variants) @ unit(photos).T, -1, 1)
    return [Fidelity(float(row.max()), float(row.mean()), int(row.argmax()), model) for row in cosines]


def near_duplicates(space: ImageSpace, variants: Sequence[Image.Image]) -> list[Twins]:
    """The pairs of variants to warn of, most alike first."""
    if len(variants) < 2:
        return []
    return twins(space.encode_images(variants), [look(variant) for variant in variants])


def twins(vectors: Vectors, looks: Sequence[Look]) -> list[Twins]:
    """As `near_duplicates`, from vectors (n, dim) and looks of the same pictures."""
    cosines = np.clip(unit(vectors) @ unit(vectors).T, -1, 1)
    found = []
    for first, second in combinations(range(len(looks)), 2):
        cosine = float(cosines[first, second])
        bits = int(np.count_nonzero(looks[first].bits != looks[second].bits))
        levels = float(np.abs(looks[first].colours - looks[second].colours).mean())
        if cosine >= TWIN_COSINE and bits <= TWIN_BITS and levels <= TWIN_LEVELS:
            found.append(Twins(first, second, cosine, bits, _reason(first, second, cosine)))
    return sorted(found, key=lambda pair: (-pair.cosine, pair.bits, pair.first, pair.second))


def look(image: Image.Image) -> Look:
    """Difference hash (9 x 8 brightness, each pixel against its right neighbour) and colour means."""
    rgb = on_white(image)
    grey = np.asarray(rgb.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
    colours = np.asarray(rgb.resize((8, 8), Image.Resampling.BOX), np.float32)
    return Look(grey[:, 1:] > grey[:, :-1], colours)


def _reason(first: int, second: int, cosine: float) -> Message:
    return message(
        N_("Variants {first} and {second} look the same (likeness {cosine:.3f}): one of them is enough."),
        first=first + 1,
        second=second + 1,
        cosine=cosine,
    )
