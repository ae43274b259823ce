"""Weights: what is refused, what typed numbers become, and scores under new weights."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aim.normalisation import assemble
from services.aim.weights import DEFAULT_WEIGHTS, check_weights, normalise_weights, reweigh
from services.domain import AimWeights, MetricScore
from services.errors import InvalidInput
from services.messages import message


def test_default_is_that_of_the_document() -> None:
    assert check_weights(DEFAULT_WEIGHTS) == AimWeights(clip=0.2, lpips=0.3, caption=0.5)


@pytest.mark.parametrize(
    "weights",
    [
        AimWeights(0.2, 0.3, 0.4),
        AimWeights(-0.1, 0.6, 0.5),
        AimWeights(math.nan, 0.5, 0.5),
        AimWeights(math.inf, 0, 0),
        AimWeights(0, 0, 0),
        AimWeights(0.2, 0.3, 0.5 + 2e-6),
    ],
)
def test_wrong_weights_are_refused(weights: AimWeights) -> None:
    with pytest.raises(InvalidInput):
        check_weights(weights)


def test_rounding_is_allowed() -> None:
    assert check_weights(AimWeights(0.2, 0.3, 0.5 + 5e-7)).caption > 0.5


def test_typed_weights_are_scaled() -> None:
    assert normalise_weights(20, 30, 50) == AimWeights(0.2, 0.3, 0.5)
    assert normalise_weights(0, 0, 7) == AimWeights(0, 0, 1)


@pytest.mark.parametrize("typed", [(0, 0, 0), (-1, 1, 1), (math.nan, 1, 1), (math.inf, 1, 1)])
def test_typed_nonsense_is_refused(typed: tuple[float, float, float]) -> None:
    with pytest.raises(InvalidInput):
        normalise_weights(*typed)


@given(st.tuples(*[st.floats(0, 1e6)] * 3).filter(lambda w: sum(w) > 1e-3))
def test_normalised_weights_always_pass(typed: tuple[float, float, float]) -> None:
    assert check_weights(normalise_weights(*typed))


def test_reweigh_changes_the_final_and_nothing_else() -> None:
    score = assemble("s", MetricScore(0.4, 1.0), MetricScore(0.35, 0.5), MetricScore(0.7, 0.9), AimWeights())
    new = reweigh(score, AimWeights(0, 0, 1))
    assert (score.final, new.final) == (pytest.approx(72), pytest.approx(50))
    assert (new.clip, new.caption, new.lpips) == (score.clip, score.caption, score.lpips)


def test_reweigh_keeps_a_missing_final_missing() -> None:
    missing = MetricScore(reason=message("why"))
    score = assemble("s", missing, MetricScore(0.35, 0.5), MetricScore(0.7, 0.9), AimWeights())
    assert reweigh(score, AimWeights(0, 0.5, 0.5)).final is None
