"""Paired differences: against scipy on known data, and how often the interval holds what it promises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from services.experiments import statistics
from services.experiments.statistics import FEW_BRIEFS, FEW_PAIRS, paired_difference, shared_level

KINDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda random, n: random.normal(3.0, 5.0, n),
    "skewed": lambda random, n: random.exponential(5.0, n) - 2.0,
    "heavy tails": lambda random, n: 3.0 * random.standard_t(3, n) + 3.0,
}
"""Differences whose true mean is 3."""


def test_many_normal_pairs_agree_with_students_interval() -> None:
    sample = np.random.default_rng(1).normal(2.0, 4.0, 200)
    found = paired_difference([sample])
    assert found is not None
    low, high = stats.ttest_1samp(sample, 0.0).confidence_interval(0.95)
    assert found.mean == pytest.approx(sample.mean())
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.06)
    assert (found.pairs, found.briefs, found.over_briefs, found.few) == (200, 1, False, False)


def test_small_samples_agree_with_scipys_own_bootstrap_of_the_same_statistic() -> None:
    """scipy has no studentised interval: the ratios it would need are drawn with its resampler."""
    sample = np.random.default_rng(2).normal(1.0, 2.0, 10)

    def ratio(values: np.ndarray, axis: int) -> np.ndarray:
        error = values.std(axis=axis, ddof=1) / np.sqrt(values.shape[axis])
        return (values.mean(axis=axis) - sample.mean()) / error

    drawn = stats.bootstrap(
        (sample,),
        ratio,
        n_resamples=20_000,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(3),
    ).confidence_interval
    error = sample.std(ddof=1) / np.sqrt(len(sample))
    found = paired_difference([sample])
    assert found is not None
    expected = (sample.mean() - drawn.high * error, sample.mean() - drawn.low * error)
    assert (found.low, found.high) == pytest.approx(expected, rel=0.04)


def test_the_effect_is_scipys_t_over_the_root_of_n_with_hedges_correction() -> None:
    first, second = np.random.default_rng(4).normal((5.0, 3.0), 2.0, (14, 2)).T
    found = paired_difference([first - second])
    assert found is not None
    assert found.effect is not None
    t = stats.ttest_rel(first, second).statistic
    assert found.effect == pytest.approx(t / np.sqrt(14) * (1 - 3 / (4 * 13 - 1)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("briefs", "seeds"), [(1, 8), (3, 4), (6, 4)])
def test_the_interval_covers_what_it_promises(
    kind: str, briefs: int, seeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 400 experiments with a known difference of 3; briefs differ among themselves."""
    monkeypatch.setattr(statistics, "RESAMPLES", 1000)
    held, trials = 0, 400
    for trial in range(trials):
        random = np.random.default_rng(trial)
        shifts = random.normal(0.0, 2.0, briefs) if briefs >= FEW_BRIEFS else np.linspace(-2, 2, briefs)
        found = paired_difference([KINDS[kind](random, seeds) + shift for shift in shifts], seed=trial)
        assert found is not None
        truth = 3.0 + (0.0 if briefs >= FEW_BRIEFS else float(np.mean(shifts)))
        held += found.low <= truth <= found.high
    assert 0.92 <= held / trials <= 0.985


def test_no_difference_is_seldom_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "RESAMPLES", 1000)
    random = np.random.default_rng(5)
    found = [paired_difference(random.normal(0.0, 5.0, (3, 8)), seed=n) for n in range(300)]
    assert sum(difference is not None and difference.shown for difference in found) / 300 < 0.09


def test_a_large_difference_is_shown_and_its_sign_kept() -> None:
    random = np.random.default_rng(6)
    better, worse = (paired_difference(random.normal(mean, 2.0, (3, 4))) for mean in (9.0, -9.0))
    assert better is not None
    assert worse is not None
    assert better.shown
    assert better.low > 0
    assert worse.shown
    assert worse.high < 0


def test_each_brief_counts_alike_however_many_seeds_it_has() -> None:
    found = paired_difference([[1.0, 1.5, 0.5, 1.0, 1.0, 1.0], [5.0, 5.5]])
    assert found is not None
    assert found.mean == pytest.approx((1.0 + 5.25) / 2)


def test_from_five_briefs_on_it_speaks_of_briefs_like_these() -> None:
    random = np.random.default_rng(7)
    rows = [random.normal(mean, 0.1, 4) for mean in (0, 5, 10, 15, 20)]
    few, many = paired_difference(rows[:4]), paired_difference(rows)
    assert few is not None
    assert many is not None
    assert not few.over_briefs
    assert few.high - few.low < 0.5  # seeds hardly vary
    assert many.over_briefs
    assert many.high - many.low > 5  # briefs do


def test_too_little_gives_nothing_or_a_warning() -> None:
    assert paired_difference([]) is None
    assert paired_difference([[3.0], [4.0]]) is None
    assert paired_difference([[3.0, 4.0]]) is None  # no spread to draw from: never "0.3 to 0.3"
    assert paired_difference([[3.0, 4.0, 5.0], [4.0]]) is None
    found = paired_difference([[3.0, 4.0, 5.0, 6.0], [4.0]])
    assert found is not None
    assert (found.pairs, found.briefs, found.few) == (4, 1, True)
    enough = paired_difference([np.arange(FEW_PAIRS, dtype=float)])
    assert enough is not None
    assert not enough.few


def test_what_does_not_vary_has_no_width_and_no_effect() -> None:
    found = paired_difference([[0.0] * 4, [0.0] * 4])
    assert found is not None
    assert (found.mean, found.low, found.high, found.effect, found.shown) == (0.0, 0.0, 0.0, None, False)


def test_the_same_differences_give_the_same_figures() -> None:
    rows = np.random.default_rng(8).normal(1.0, 3.0, (3, 4))
    assert paired_difference(rows) == paired_difference(rows)


def test_levels_are_shared_among_comparisons() -> None:
    assert shared_level(1) == pytest.approx(0.95)
    assert shared_level(4) == pytest.approx(0.9875)
