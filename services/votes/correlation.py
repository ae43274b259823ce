"""Does AIM agree with the team? Rank correlations between a score and what people said.

Spearman's rho and Kendall's tau-b, -1..1; 1: the score orders the variants as the people do, 0: it
tells nothing about them. Intervals are from bootstrap resampling, of whole sessions where there are
enough of them, since variants of one session resemble each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr

MIN_VARIANTS = 10
"""Below this the 95 % interval of any rank correlation covers nearly all of -1..1."""

MIN_SESSIONS = 5
"""Whole sessions are resampled from so many on; fewer have too few combinations."""

BOOTSTRAPS = 1000


@dataclass(frozen=True, slots=True)
class Judged:
    """One variant: what a `score` says, what the `people` say (stars, or strength in votes)."""

    session: str
    score: float
    people: float


@dataclass(frozen=True, slots=True)
class Interval:
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Correlation:
    """`spearman` and `kendall` with 95 % intervals; None where there is not enough data yet.

    `variants` and `sessions` went in. `shown` tells that Spearman's interval leaves out 0.
    """

    spearman: Interval | None
    kendall: Interval | None
    variants: int
    sessions: int

    @property
    def shown(self) -> bool:
        return self.spearman is not None and (self.spearman.low > 0 or self.spearman.high < 0)


def correlate(judged: Sequence[Judged], within: bool, seed: int = 0) -> Correlation:
    """`within`: compare inside each session alone, as votes ask for; a session of one tells nothing then."""
    rows = _centred(judged) if within else list(judged)
    sessions = sorted({row.session for row in rows})
    nothing = Correlation(None, None, len(rows), len(sessions))
    if len(rows) < MIN_VARIANTS:
        return nothing
    values = np.array([[row.score, row.people] for row in rows])
    if any(len(np.unique(column)) < 2 for column in values.T):
        return nothing
    place = {session: i for i, session in enumerate(sessions)}
    groups = np.array([place[row.session] for row in rows])
    draws = _draws(values, groups, len(sessions), np.random.default_rng(seed))
    measured = np.array([_both(values), *(_both(draw) for draw in draws)])
    low, high = np.nanquantile(measured[1:], [0.025, 0.975], axis=0)
    spearman, kendall = (Interval(float(measured[0, k]), float(low[k]), float(high[k])) for k in range(2))
    return Correlation(spearman, kendall, len(rows), len(sessions))


def _centred(judged: Sequence[Judged]) -> list[Judged]:
    """Both values less their session's mean, of sessions with two variants or more."""
    groups: dict[str, list[Judged]] = {}
    for row in judged:
        groups.setdefault(row.session, []).append(row)
    centred = []
    for session, rows in groups.items():
        if len(rows) > 1:
            score, people = (float(np.mean([getattr(r, name) for r in rows])) for name in ("score", "people"))
            centred += [Judged(session, r.score - score, r.people - people) for r in rows]
    return centred


def _draws(
    values: NDArray[np.float64], groups: NDArray[np.int_], sessions: int, random: np.random.Generator
) -> list[NDArray[np.float64]]:
    if sessions < MIN_SESSIONS:
        return [values[random.integers(0, len(values), len(values))] for _ in range(BOOTSTRAPS)]
    members = [np.flatnonzero(groups == group) for group in range(sessions)]
    chosen = (random.integers(0, sessions, sessions) for _ in range(BOOTSTRAPS))
    return [values[np.concatenate([members[group] for group in drawn])] for drawn in chosen]


def _both(values: NDArray[np.float64]) -> tuple[float, float]:
    """(rho, tau-b); NaN where a resample is constant."""
    if any(len(np.unique(column)) < 2 for column in values.T):
        return np.nan, np.nan
    return float(spearmanr(*values.T).statistic), float(kendalltau(*values.T).statistic)
