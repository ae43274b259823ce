"""The figures that votes and stars lead to, on data whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import kendalltau, spearmanr

from services.domain import AimWeights
from services.votes.bradley_terry import Outcome, rank_by_votes
from services.votes.correlation import MIN_VARIANTS, Judged, _draws, _one_by_one, _resampled, correlate
from services.votes.reliability import agreement
from services.votes.reweighting import MIN_VOTES, Preference, suggest


def votes(strengths: np.ndarray, count: int, random: np.random.Generator) -> list[Outcome]:
    outcomes = []
    for _ in range(count):
        a, b = random.choice(len(strengths), 2, replace=False)
        a_wins = random.random() < expit(strengths[a] - strengths[b])
        outcomes.append(Outcome(int(a), int(b)) if a_wins else Outcome(int(b), int(a)))
    return outcomes


def test_strengths_order_the_variants_and_centre_on_zero() -> None:
    ranking = rank_by_votes(3, [Outcome(2, 0)] * 6 + [Outcome(2, 1)] * 5 + [Outcome(1, 0)] * 5)
    assert [s.place for s in ranking] == [2, 1, 0]
    assert [s.rank for s in ranking] == [1, 2, 3]
    assert sum(s.strength for s in ranking) == pytest.approx(0, abs=1e-6)
    assert [s.votes for s in ranking] == [11, 10, 11]
    assert all(s.low < s.strength < s.high for s in ranking)


def test_who_always_wins_gets_a_finite_strength_and_who_was_never_shown_a_wide_interval() -> None:
    winner, *_ = ranking = rank_by_votes(3, [Outcome(0, 1)] * 40)
    unseen = next(s for s in ranking if s.place == 2)
    assert 0 < winner.strength < 10
    assert unseen.votes == 0
    assert unseen.high - unseen.low > winner.high - winner.low


def test_ties_pull_together() -> None:
    first, second = rank_by_votes(2, [Outcome(0, 1, tie=True)] * 20)
    assert first.strength == pytest.approx(second.strength, abs=1e-6)


def test_no_votes_and_no_variants_are_results_too() -> None:
    assert rank_by_votes(0, []) == []
    assert [s.strength for s in rank_by_votes(2, [])] == [0, 0]
    with pytest.raises(ValueError, match="not there"):
        rank_by_votes(2, [Outcome(0, 2)])


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(7)
    truth = np.array([1.2, 0.5, 0.0, -0.6, -1.1])
    inside = total = 0
    for _ in range(60):
        for found in rank_by_votes(5, votes(truth, 60, random)):
            inside += found.low <= truth[found.place] <= found.high
            total += 1
    assert 0.91 <= inside / total <= 0.99


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda p: p[0] != p[1]), max_size=40))
def test_turning_every_vote_round_turns_the_strengths_round(pairs: list[tuple[int, int]]) -> None:
    ahead = {s.place: s.strength for s in rank_by_votes(5, [Outcome(a, b) for a, b in pairs])}
    back = {s.place: s.strength for s in rank_by_votes(5, [Outcome(b, a) for a, b in pairs])}
    assert [ahead[i] for i in range(5)] == pytest.approx([-back[i] for i in range(5)], abs=1e-4)


PUBLISHED = {
    "A": {1: 1, 2: 2, 3: 3, 4: 3, 5: 2, 6: 1, 7: 4, 8: 1, 9: 2},
    "B": {1: 1, 2: 2, 3: 3, 4: 3, 5: 2, 6: 2, 7: 4, 8: 1, 9: 2, 10: 5, 12: 3},
    "C": {2: 3, 3: 3, 4: 3, 5: 2, 6: 3, 7: 4, 8: 2, 9: 2, 10: 5, 11: 1},
    "D": {1: 1, 2: 2, 3: 3, 4: 3, 5: 2, 6: 4, 7: 4, 8: 1, 9: 2, 10: 5, 11: 1},
}
"""Krippendorff's own example, "Computing Krippendorff's Alpha-Reliability" (2011), section C."""


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815)])
def test_alpha_of_the_published_example(level: str, alpha: float) -> None:
    found = agreement(PUBLISHED, level)  # type: ignore[arg-type]
    assert found.alpha == pytest.approx(alpha, abs=5e-4)
    assert found.low is not None
    assert found.low < alpha < found.high  # type: ignore[operator]
    assert (found.people, found.shared) == (4, 11)


def test_too_little_shared_or_no_variety_has_no_alpha() -> None:
    assert agreement({"A": {1: 1, 2: 2}, "B": {1: 1, 3: 2}}, "nominal").alpha is None
    same = dict.fromkeys(range(8), 3.0)
    assert agreement({"A": same, "B": same}, "ordinal").alpha is None


def judged(noise: float, sessions: int = 8, each: int = 5, seed: int = 3) -> list[Judged]:
    random = np.random.default_rng(seed)
    rows = []
    for session in range(sessions):
        level = random.normal(0, 3)
        for _ in range(each):
            score = random.normal()
            rows.append(Judged(str(session), score, score + level + noise * random.normal()))
    return rows


def test_correlation_is_scipy_s_and_its_interval_is_around_it() -> None:
    rows = judged(noise=0.5)
    found = correlate(rows, within=False)
    pairs = np.array([[r.score, r.people] for r in rows]).T
    assert found.spearman
    assert found.kendall
    assert found.spearman.value == pytest.approx(spearmanr(*pairs).statistic)
    assert found.kendall.value == pytest.approx(kendalltau(*pairs).statistic)
    assert found.spearman.low <= found.spearman.value <= found.spearman.high


@pytest.mark.parametrize("sessions", [2, 8])
def test_every_resample_is_measured_as_scipy_would(sessions: int) -> None:
    random = np.random.default_rng(4)
    groups = np.repeat(np.arange(sessions), 24 // sessions)
    values = np.column_stack([random.integers(0, 9, 24), random.integers(1, 6, 24)]).astype(float)
    draws = _draws(groups, sessions, random)[:50]
    assert draws.sum(axis=1) == pytest.approx(24)
    assert _resampled(values, draws) == pytest.approx(_one_by_one(values, draws), nan_ok=True)


def test_within_sessions_the_level_of_a_session_does_not_count() -> None:
    rows = judged(noise=0.3)
    inside, across = correlate(rows, within=True), correlate(rows, within=False)
    assert inside.spearman
    assert across.spearman
    assert inside.spearman.value > across.spearman.value
    assert inside.shown


def test_noise_is_not_shown_to_agree_and_little_data_is_said_to_be_little() -> None:
    random = np.random.default_rng(5)
    noise = [Judged(str(i % 6), random.normal(), random.normal()) for i in range(40)]
    assert not correlate(noise, within=False).shown
    few = correlate(noise[: MIN_VARIANTS - 1], within=False)
    assert (few.spearman, few.variants) == (None, MIN_VARIANTS - 1)
    assert correlate([Judged("s", 1.0, float(i)) for i in range(20)], within=False).spearman is None


def preferences(truth: tuple[float, float, float], count: int, sharpness: float) -> list[Preference]:
    random = np.random.default_rng(11)
    found = []
    for i in range(count):
        a, b = random.uniform(0, 1, (2, 3))
        a_wins = random.random() < expit(sharpness * float(np.dot(truth, a - b)))
        winner, loser = (a, b) if a_wins else (b, a)
        found.append(Preference(str(i % 12), tuple(winner), tuple(loser)))  # type: ignore[arg-type]
    return found


def test_weights_follow_people_who_care_for_another_part() -> None:
    found = suggest(preferences((0.9, 0.1, 0.0), 240, sharpness=10))
    assert found
    assert found.better
    assert found.weights.clip > 0.7
    assert found.right > found.default_right
    assert found.weights.clip + found.weights.lpips + found.weights.caption == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(("truth", "sharpness"), [((0.2, 0.3, 0.5), 10.0), ((0.2, 0.3, 0.5), 0.0)])
def test_votes_that_follow_the_default_or_nothing_are_no_reason_to_change(
    truth: tuple[float, float, float], sharpness: float
) -> None:
    found = suggest(preferences(truth, 200, sharpness))
    assert found
    assert not found.better


def test_a_part_that_people_dislike_gets_no_negative_weight() -> None:
    found = suggest(preferences((0.5, -0.5, 0.5), 200, sharpness=10))
    assert found
    assert min(found.weights.clip, found.weights.lpips, found.weights.caption) >= 0
    assert found.weights.lpips < 0.05


def test_few_votes_suggest_nothing() -> None:
    assert suggest(preferences((1.0, 0.0, 0.0), MIN_VOTES - 1, 10)) is None
    assert suggest([Preference("s", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))] * 50) is None
    assert AimWeights() == AimWeights(0.2, 0.3, 0.5)
