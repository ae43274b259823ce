"""Does AIM agree with the team? Rank correlations between a score and what people said.

Spearman's rho and Kendall's tau-b, -1..1; 1: the score orders the variants as the people do, 0: it
tells nothing about them. Intervals are from bootstrap resampling, of whole sessions where there are
enough of them, since variants of one session resemble each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are imported where they are first used: a second or two
from numpy.typing import NDArray

MIN_VARIANTS = 10
"""Below this the 95 % interval of any rank correlation covers nearly all of -1..1."""

MIN_SESSIONS = 5
"""Whole sessions are resampled from so many on; fewer have too few combinations."""

BOOTSTRAPS = 1000

MANY_ROWS, BOOTSTRAPS_OF_MANY = 1500, 200
"""Beyond so many variants matrices over pairs take more memory and time than one resample after the other,
and intervals are so narrow that fewer resamples tell their ends."""


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
    draws = _draws(groups, len(sessions), np.random.default_rng(seed))
    measure = _one_by_one if len(rows) > MANY_ROWS else _resampled
    measured = measure(values, np.vstack([np.ones(len(rows)), draws]))
    low, high = np.nanquantile(measured[:, 1:], [0.025, 0.975], axis=1)
    spearman, kendall = (Interval(float(measured[k, 0]), float(low[k]), float(high[k])) for k in range(2))
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


def _draws(groups: NDArray[np.int_], sessions: int, random: np.random.Generator) -> NDArray[np.float64]:
    """How often each row is in each resample, shape (draws, rows)."""
    count = BOOTSTRAPS_OF_MANY if len(groups) > MANY_ROWS else BOOTSTRAPS
    if sessions < MIN_SESSIONS:
        return random.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), count).astype(float)
    return random.multinomial(sessions, np.full(sessions, 1 / sessions), count)[:, groups].astype(float)


def _resampled(values: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spearman's rho and Kendall's tau-b of each resample, shape (2, resamples); NaN where it is constant.

    `values` has shape (rows, 2), `times` (resamples, rows). A row that is drawn k times counts as k tied
    rows, so that both follow from matrices over the rows that are the same for all resamples: hundreds of
    times faster than one resample after the other.
    """
    x, y = (np.sign(column[:, None] - column[None, :]) for column in values.T)

    def pairs(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(((times @ matrix) * times).sum(axis=1))

    with np.errstate(divide="ignore", invalid="ignore"):
        tau = pairs(x * y) / np.sqrt(pairs(x * x) * pairs(y * y))
        # The midrank of a row is half of (rows below - rows above), but for a constant.
        first, second = times @ x.T, times @ y.T
        rho = (times * first * second).sum(axis=1) / np.sqrt(
            (times * first**2).sum(axis=1) * (times * second**2).sum(axis=1)
        )
    return np.stack([rho, tau])


def _one_by_one(values: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same as `_resampled`, in memory that grows with the rows alone."""
    found = []
    for drawn in times:
        sample = np.repeat(values, drawn.astype(int), axis=0).T
        found.append(
            (
                float(scipy.stats.spearmanr(*sample).statistic),
                float(scipy.stats.kendalltau(*sample).statistic),
            )
        )
    return np.array(found).T
