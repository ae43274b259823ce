"""Do the reviewers agree with each other? Krippendorff's alpha (Krippendorff, 2004).

1 is full agreement, 0 what chance gives, below 0 they contradict each other. By his convention 0.8
carries conclusions and 0.667 tentative ones.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

Level = Literal["nominal", "ordinal"]

MIN_SHARED = 5
"""Things that two people or more judged; alpha of fewer jumps with every vote."""

FIRM, TENTATIVE = 0.8, 0.667

BOOTSTRAPS = 500


@dataclass(frozen=True, slots=True)
class Agreement:
    """`alpha` (up to 1, higher is better) and its 95 % interval; None with too little to judge by.

    `people` took part; `shared` is how many things two of them or more judged.
    """

    alpha: float | None
    low: float | None
    high: float | None
    people: int
    shared: int


def agreement(judgements: Mapping[str, Mapping[object, float]], level: Level, seed: int = 0) -> Agreement:
    """Person -> thing -> judgement. `nominal` for votes (who won), `ordinal` for stars.

    The interval is from resampling the things. All judgements alike: alpha is undefined, and is None.
    """
    seen: dict[object, int] = {}
    for given in judgements.values():
        for thing in given:
            seen[thing] = seen.get(thing, 0) + 1
    shared = [thing for thing, people in seen.items() if people > 1]
    people = sum(any(thing in given for thing in shared) for given in judgements.values())
    if len(shared) < MIN_SHARED:
        return Agreement(None, None, None, people, len(shared))
    table = np.array([[given.get(thing, np.nan) for thing in shared] for given in judgements.values()])
    alpha = _alpha(table, level)
    if alpha is None:
        return Agreement(None, None, None, people, len(shared))
    random = np.random.default_rng(seed)
    drawn = (random.integers(0, len(shared), len(shared)) for _ in range(BOOTSTRAPS))
    known = [value for places in drawn if (value := _alpha(table[:, places], level)) is not None]
    low, high = np.quantile(known, [0.025, 0.975])
    return Agreement(alpha, float(low), float(high), people, len(shared))


def _alpha(table: np.ndarray[tuple[int, ...], np.dtype[np.float64]], level: Level) -> float | None:
    import krippendorff

    if len(np.unique(table[~np.isnan(table)])) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = float(krippendorff.alpha(reliability_data=table, level_of_measurement=level))
    return value if math.isfinite(value) else None
