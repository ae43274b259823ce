"""Score weights that follow the team's own votes, as a suggestion.

    P(a beats b) = 1 / (1 + exp(-c . (norms_a - norms_b))),  c >= 0

c is fitted to blind votes and pulled towards the default weights where votes say little; its direction
are the suggested weights. It counts only if it predicts votes that it has not seen better than the
default does: pairs are left out in folds, whole sessions together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are imported where they are first used: a second or two
from numpy.typing import NDArray

from services.domain import AimWeights

MIN_VOTES = 30
"""Fewer cannot tell three weights from chance."""

FOLDS = 5
PULLS = (0.3, 3.0, 30.0)
"""How firmly c is held at the default: from loose to all but fixed. Chosen inside each training set."""

BOOTSTRAPS = 1000

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Preference:
    """A vote with a winner: the norms (clip, lpips, caption), each 0..1, of both variants."""

    session: str
    winner: tuple[float, float, float]
    loser: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`weights` sum to 1. Shares of unseen votes predicted right, 0..1: by them, and by the default.

    `gain` is how much likelier unseen votes are under them, in nats a vote, with its 95 % interval;
    `better` when that interval is above 0. Anything else is no reason to leave the default.
    """

    weights: AimWeights
    default: AimWeights
    right: float
    default_right: float
    gain: float
    gain_low: float
    gain_high: float
    votes: int

    @property
    def better(self) -> bool:
        return self.gain_low > 0


def suggest(
    votes: Sequence[Preference], default: AimWeights | None = None, seed: int = 0
) -> Suggestion | None:
    """None with fewer than MIN_VOTES votes, or when all the winners and losers score alike."""
    base = default or AimWeights()
    gaps = np.array([np.subtract(v.winner, v.loser) for v in votes], dtype=float).reshape(-1, 3)
    if len(gaps) < MIN_VOTES or not np.any(gaps):
        return None
    start = np.array([base.clip, base.lpips, base.caption])
    groups = _groups(votes, seed)
    mine, default_fit = np.empty(len(gaps)), np.empty(len(gaps))
    for fold in np.unique(groups):
        train, test = gaps[groups != fold], gaps[groups == fold]
        mine[groups == fold] = test @ _fitted(train, groups[groups != fold], start)
        default_fit[groups == fold] = test @ (start * _scale(train, start))
    gains = scipy.special.log_expit(mine) - scipy.special.log_expit(default_fit)
    low, high = _interval(gains, votes, np.random.default_rng(seed))
    weights = _weights(_fitted(gaps, groups, start), start)
    return Suggestion(
        weights,
        base,
        right=_right(mine),
        default_right=_right(default_fit),
        gain=float(gains.mean()),
        gain_low=low,
        gain_high=high,
        votes=len(gaps),
    )


def share_right(votes: Sequence[Preference], weights: AimWeights) -> float | None:
    """The share (0..1) of `votes` whose winner scores higher under `weights`, equal scores counting half."""
    gaps = np.array([np.subtract(v.winner, v.loser) for v in votes], dtype=float).reshape(-1, 3)
    return _right(gaps @ np.array([weights.clip, weights.lpips, weights.caption])) if len(gaps) else None


def _fitted(gaps: Matrix, groups: NDArray[np.int_], start: Matrix) -> Matrix:
    """c under the pull that predicts left-out parts of these same votes best."""
    folds = np.unique(groups)

    def left_out(pull: float) -> float:
        return sum(
            float(scipy.special.log_expit(gaps[groups == f] @ _fit(gaps[groups != f], start, pull)).sum())
            for f in folds
        )

    best = max(PULLS, key=left_out) if len(folds) > 1 else PULLS[-1]
    return _fit(gaps, start, best)


def _fit(gaps: Matrix, start: Matrix, pull: float) -> Matrix:
    centre = start * _scale(gaps, start)

    def loss(c: Matrix) -> tuple[float, Matrix]:
        margin = gaps @ c
        value = -scipy.special.log_expit(margin).sum() + 0.5 * pull * ((c - centre) ** 2).sum()
        return float(value), -(gaps.T @ scipy.special.expit(-margin)) + pull * (c - centre)

    found = scipy.optimize.minimize(loss, centre, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * 3)
    return np.asarray(found.x, dtype=float)


def _scale(gaps: Matrix, start: Matrix) -> float:
    """How sharply the default weights tell winners from losers, 0..100."""
    margin = gaps @ start

    def loss(k: Matrix) -> tuple[float, Matrix]:
        value = -scipy.special.log_expit(k[0] * margin).sum() + 1e-3 * k[0] ** 2
        return float(value), np.array([-(margin @ scipy.special.expit(-k[0] * margin)) + 2e-3 * k[0]])

    found = scipy.optimize.minimize(loss, np.array([1.0]), jac=True, method="L-BFGS-B", bounds=[(0.0, 100.0)])
    return float(found.x[0])


def _groups(votes: Sequence[Preference], seed: int) -> NDArray[np.int_]:
    """The fold of each vote. Sessions stay whole where there are enough; else equal pairs do."""
    sessions = {v.session for v in votes}
    keys: list[object] = [
        v.session if len(sessions) >= FOLDS else frozenset((v.winner, v.loser)) for v in votes
    ]
    names = list(dict.fromkeys(keys))
    order = np.random.default_rng(seed).permutation(len(names))
    fold = {name: int(order[i]) % FOLDS for i, name in enumerate(names)}
    return np.array([fold[key] for key in keys])


def _interval(gains: Matrix, votes: Sequence[Preference], random: np.random.Generator) -> tuple[float, float]:
    """95 % of the mean, resampling pairs: several people's votes on one pair are not independent."""
    keys: dict[object, list[int]] = {}
    for i, vote in enumerate(votes):
        keys.setdefault((vote.session, frozenset((vote.winner, vote.loser))), []).append(i)
    sums = np.array([gains[places].sum() for places in keys.values()])
    sizes = np.array([len(places) for places in keys.values()])
    drawn = random.integers(0, len(sums), (BOOTSTRAPS, len(sums)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def _weights(c: Matrix, start: Matrix) -> AimWeights:
    """Shares of 1, in hundredths of a percent so that what is shown adds up."""
    total = float(c.sum())
    clip, lpips, _ = (round(float(share), 4) for share in (c / total if total > 0 else start))
    return AimWeights(clip, lpips, round(1 - clip - lpips, 4))


def _right(margins: Matrix) -> float:
    return float((np.sign(margins) / 2 + 0.5).mean())
