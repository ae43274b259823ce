"""Words and a picture as one direction: the weighted image-text search of the original study (rdm.md).

The study gave its image-text condition a weight for the words and one for the input image. Here `balance`
is the picture's share b, and the query is `unit(a t + c p)` of the unit vectors t and p. One direction
means one search of the index, filters and exactness included, and its inner product with a picture x
is, up to a factor that is the same for all x, `a cos(t, x) + c cos(p, x)`: the weighted sum of both cosines.

Why a : c is not simply (1 - b) : b. Words lie elsewhere than pictures (the modality gap: Liang et al.,
2022), so that the cosines to one text hardly differ between pictures and those to a picture differ much:
at b = 0.5 the picture would decide alone. Each side is therefore standardised, as scores of two searches
are before they are added (Montague & Aslam, 2001): a = (1 - b) / s_t and c = b / s_p, where s is the
standard deviation of that side's cosines over the library. Its mean, which is the gap itself, is the same
for all pictures and changes no order, so nothing need be taken off it.

Measured on lite (`benchmarks.library_search`), as the share of what the words find alone and of what the
picture finds alone: in the middle plain shares keep 0.50 and 0.80, standardised ones 0.70 and 0.63; on other
queries 0.59 and 0.75, 0.81 and 0.57. Together that is a little more, and no more than a little: on lite the
spreads are near each other (0.10 and 0.15). In CLIP's spaces, where they are not and for which this is made,
nothing is measured: no weights were at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.parts import Vectors

Unit = NDArray[np.float32]
"""Shape (dim,), length 1."""

LEAST_SPREAD = 1e-4
"""Below this the cosines of a side do not differ: a library of one picture, or of copies of it."""


@dataclass(frozen=True, slots=True)
class Direction:
    """What is searched for: `vector` of length 1 = `text` + `picture`, each (dim,), zero where not asked."""

    vector: Unit
    text: Unit
    picture: Unit

    @property
    def both(self) -> bool:
        return bool(self.text.any()) and bool(self.picture.any())


def mix(text: Unit | None, picture: Unit | None, balance: float, sample: Vectors) -> Direction:
    """One direction of unit vectors, of which at least one is given; `balance` 0..1 is the picture's share.

    `sample` are unit vectors of the library, shape (n, dim): what the spreads are taken from. Raises
    ValueError without text and picture.
    """
    given = text if text is not None else picture
    if given is None:
        raise ValueError("there is neither a text nor a picture")
    nothing = np.zeros_like(given)
    if picture is None:
        return Direction(given, given, nothing)
    if text is None:
        return Direction(given, nothing, given)
    spreads = spread(text, sample), spread(picture, sample)
    if min(spreads) < LEAST_SPREAD:
        spreads = (1.0, 1.0)
    of_text, of_picture = (1.0 - balance) / spreads[0] * text, balance / spreads[1] * picture
    length = float(np.linalg.norm(of_text + of_picture))
    if length < LEAST_SPREAD:  # the two point away from each other: no direction is both
        return Direction(text, text, nothing) if balance < 0.5 else Direction(picture, nothing, picture)
    of_text, of_picture = (of_text / length).astype(np.float32), (of_picture / length).astype(np.float32)
    return Direction(of_text + of_picture, of_text, of_picture)


def spread(side: Unit, sample: Vectors) -> float:
    """Standard deviation of the cosines of `side` over `sample`; 0 for fewer than two pictures."""
    return float((sample @ side).std()) if len(sample) > 1 else 0.0
