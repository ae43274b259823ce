"""A ranking from pairwise votes, with intervals: the Bradley-Terry model (1952).

    P(i beats j) = 1 / (1 + exp(s_j - s_i))

Strengths s are log-odds with mean 0, higher is better. They are estimated at their posterior mode under
a weak normal prior, so that a variant which won (or lost) every vote gets a finite strength, and
variants that no chain of votes connects get wide intervals instead of an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are imported where they are first used: a second or two
from numpy.typing import NDArray

PRIOR_SD = 1.5
"""Log-odds: two variants drawn from the prior win 9 to 1 or closer in two cases of three."""

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Outcome:
    """One vote: `winner` over `loser`, by their places; `tie`: no difference was seen."""

    winner: int
    loser: int
    tie: bool = False


@dataclass(frozen=True, slots=True)
class Strength:
    """One variant's place in the ranking.

    `strength` is in log-odds with its 95 % interval `low`..`high`; `chance` (0..1) is how often it
    would beat an average one; `votes` is how many it took part in. `rank` 1 is the best.
    """

    place: int
    rank: int
    strength: float
    low: float
    high: float
    chance: float
    votes: int


def rank_by_votes(count: int, outcomes: Sequence[Outcome]) -> list[Strength]:
    """The `count` variants, best first; those of equal strength keep their order.

    A tie counts as half a win for each. Raises ValueError for a place outside 0..count-1.
    """
    if any(not 0 <= place < count for o in outcomes for place in (o.winner, o.loser)):
        raise ValueError("an outcome names a variant that is not there")
    if not count:
        return []
    wins = _wins(count, outcomes)
    strengths = _mode(wins)
    half = scipy.special.ndtri(0.5 + CONFIDENCE / 2) * np.sqrt(np.diag(_covariance(wins, strengths)))
    games = (wins + wins.T).sum(axis=1)
    order = sorted(range(count), key=lambda place: (-round(float(strengths[place]), 9), place))
    return [
        Strength(
            place=place,
            rank=rank,
            strength=float(strengths[place]),
            low=float(strengths[place] - half[place]),
            high=float(strengths[place] + half[place]),
            chance=float(scipy.special.expit(strengths[place])),
            votes=round(float(games[place])),
        )
        for rank, place in enumerate(order, start=1)
    ]


def _wins(count: int, outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
    """wins[i, j]: how often i beat j, shape (count, count)."""
    wins = np.zeros((count, count))
    for outcome in outcomes:
        wins[outcome.winner, outcome.loser] += 0.5 if outcome.tie else 1.0
        if outcome.tie:
            wins[outcome.loser, outcome.winner] += 0.5
    return wins


def _mode(wins: NDArray[np.float64]) -> NDArray[np.float64]:
    games = wins + wins.T

    def loss(strengths: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        ahead = strengths[:, None] - strengths[None, :]
        surplus = (wins - games * scipy.special.expit(ahead)).sum(axis=1)
        value = -(wins * scipy.special.log_expit(ahead)).sum() + 0.5 * (strengths**2).sum() / PRIOR_SD**2
        return float(value), -surplus + strengths / PRIOR_SD**2

    found = scipy.optimize.minimize(
        loss, np.zeros(len(wins)), jac=True, method="L-BFGS-B", options={"gtol": 1e-9}
    )
    centred: NDArray[np.float64] = found.x - found.x.mean()
    return centred


def _covariance(wins: NDArray[np.float64], strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the centred strengths, by the curvature at the mode (Laplace)."""
    chance = scipy.special.expit(strengths[:, None] - strengths[None, :])
    information = -(wins + wins.T) * chance * (1 - chance)
    np.fill_diagonal(information, 0.0)
    np.fill_diagonal(information, -information.sum(axis=1) + 1 / PRIOR_SD**2)
    centring = np.eye(len(wins)) - 1 / len(wins)
    covariance: NDArray[np.float64] = centring @ np.linalg.inv(information) @ centring
    return covariance
