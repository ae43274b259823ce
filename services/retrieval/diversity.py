"""Hits that do not repeat each other: maximal marginal relevance (Carbonell & Goldstein, 1998).

Out of a pool R of hits they are taken one by one, S being those taken: next is

    argmax over x in R \\ S of  (1 - d) rel(x) - d max over s in S of sim(x, s)

where d is the diversity, 0 (pure relevance) to 1 (pure novelty); the first is always the most relevant.
The paper leaves both similarities open, and cosines of a text to pictures (0.2 to 0.35 in CLIP's space)
and of pictures to each other (0.4 to 1) cannot be weighed as they are: redundancy would always win. So
rel and sim are the cosines scaled to 0..1 over the pool: its least relevant hit has rel 0 and its best 1,
the two pictures of it that differ most have sim 0 and equal ones 1. Ties go to the more relevant, then to
the lower id.

Measured on lite (`benchmarks.library_search`, recall@10, nDCG@10, mean cosine between two of the ten): 0.842,
0.819, 0.59 without; 0.840, 0.809, 0.56 at d = 0.3; 0.741, 0.725, 0.48 at 0.5; 0.391, 0.492, 0.29 at 0.7. Up
to 0.3 variety costs next to nothing; from 0.5 on it is bought with pictures that fit less.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.parts import Vectors

POOL = (5, 100)
"""Candidates: this many times the wanted count, and at least so many. A wider pool brings in what hardly
fits, a narrow one leaves no choice."""


def pool_size(top: int) -> int:
    factor, least = POOL
    return max(factor * top, least)


def diversify(relevance: NDArray[np.float64], units: Vectors, top: int, diversity: float) -> list[int]:
    """Places of the `top` hits, in the order in which they are taken.

    `relevance` (n,) are cosines, best first; `units` (n, dim) the hits' unit vectors; `diversity` 0..1.
    """
    count = min(top, len(relevance))
    if count == 0:
        return []
    scaled = (1.0 - diversity) * _scaled(relevance, float(relevance.min()), float(relevance.max()))
    rows = units.astype(np.float64)
    least = _least_cosine(rows)
    nearest = np.full(len(relevance), -np.inf)
    taken = [int(np.argmax(relevance))]
    while len(taken) < count:
        np.maximum(nearest, _scaled(rows @ rows[taken[-1]], least, 1.0), out=nearest)
        gain = scaled - diversity * nearest
        gain[taken] = -np.inf
        taken.append(int(np.argmax(gain.round(9))))  # the first of equals: the more relevant
    return taken


def _least_cosine(rows: NDArray[np.float64]) -> float:
    """Of the two rows that differ most, in blocks: a pool of 5,000 would else take 200 MB."""
    blocks = range(0, len(rows), 512)
    return min(float((rows[start : start + 512] @ rows.T).min()) for start in blocks)


def _scaled(values: NDArray[np.float64], least: float, most: float) -> NDArray[np.float64]:
    """0 at `least`, 1 at `most`; 0 throughout where the two are the same."""
    width = most - least
    return (values - least) / width if width > 1e-9 else np.zeros_like(values)
