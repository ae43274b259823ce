"""The formulas of aim.md: worked values, joints from both sides, bounds and direction."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aim.normalisation import caption_norm, clip_norm, effective_weights, final_score, lpips_norm
from services.domain import AimWeights

EPS = 1e-9
cosines = st.floats(-1, 1)
distances = st.floats(0, 3)
norms = st.floats(0, 1)


@pytest.mark.parametrize(
    ("raw", "norm"),
    [(-1, 0), (0, 1 / 1.4), (0.2, 1.2 / 1.4), (0.3, 1.3 / 1.4), (0.4, 1), (0.9, 1), (1.00001, 1)],
)
def test_clip_norm_values(raw: float, norm: float) -> None:
    assert clip_norm(raw) == pytest.approx(norm)


@pytest.mark.parametrize(
    ("raw", "norm"), [(-0.5, 0), (-1, 0), (0, 0), (0.35, 0.5), (0.63, 0.9), (0.7, 1), (0.99, 1)]
)
def test_caption_norm_values(raw: float, norm: float) -> None:
    assert caption_norm(raw) == pytest.approx(norm)


@pytest.mark.parametrize(
    ("raw", "norm"),
    [
        (0, 1),
        (0.138, 1),
        (0.6, 1),
        (0.7, 0.9),
        (0.722, 0.9),
        (0.75, 0.9),
        (0.8, 0.6925),
        (0.85, 0.495),
        (0.95, 0.1),
        (1.2, 0),
    ],
)
def test_lpips_norm_values(raw: float, norm: float) -> None:
    assert lpips_norm(raw) == pytest.approx(norm)


def test_clip_joint_at_0_4_is_continuous() -> None:
    assert clip_norm(0.4 - EPS) == pytest.approx(1)
    assert clip_norm(0.4 - EPS) < 1 == clip_norm(0.4) == clip_norm(0.4 + EPS)


def test_caption_joint_at_0_7_and_at_0() -> None:
    assert caption_norm(0.7 - EPS) == pytest.approx(1)
    assert caption_norm(0.7 - EPS) < 1 == caption_norm(0.7) == caption_norm(0.7 + EPS)
    assert caption_norm(-EPS) == 0 < caption_norm(EPS)


@pytest.mark.parametrize(("joint", "left", "right"), [(0.6, 1.0, 0.9), (0.75, 0.9, 0.89), (0.95, 0.1, 0.0)])
def test_lpips_joints_belong_to_the_left_piece(joint: float, left: float, right: float) -> None:
    assert lpips_norm(joint - EPS) == pytest.approx(left)
    assert lpips_norm(joint) == pytest.approx(left)
    assert lpips_norm(joint + EPS) == pytest.approx(right, abs=1e-6)


@pytest.mark.parametrize("norm", [clip_norm, caption_norm, lpips_norm])
@pytest.mark.parametrize("raw", [math.nan, math.inf, -math.inf, -1.5])
def test_impossible_values_are_refused(norm, raw: float) -> None:
    with pytest.raises(ValueError, match="not"):
        norm(raw)


@pytest.mark.parametrize("norm", [clip_norm, caption_norm])
def test_cosine_above_one_is_refused(norm) -> None:
    with pytest.raises(ValueError, match="cosine"):
        norm(1.01)


@given(cosines, cosines)
def test_similarity_norms_are_bounded_and_rise(a: float, b: float) -> None:
    low, high = sorted((a, b))
    for norm in (clip_norm, caption_norm):
        assert 0 <= norm(low) <= norm(high) <= 1


@given(distances, distances)
def test_lpips_norm_is_bounded_and_falls(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert 1 >= lpips_norm(low) >= lpips_norm(high) >= 0


def test_final_worked_example() -> None:
    # 0.2 * 0.9 + 0.3 * 0.495 + 0.5 * 0.5 = 0.5785
    assert final_score(0.9, 0.495, 0.5, AimWeights()) == pytest.approx(57.85)


def test_final_of_the_reference_rescales_the_two_others() -> None:
    # 0.2 / 0.7 * 0.9 + 0.5 / 0.7 * 0.5
    assert final_score(0.9, None, 0.5, AimWeights(), is_reference=True) == pytest.approx(100 * 0.43 / 0.7)
    shares = effective_weights(AimWeights(), is_reference=True)
    assert shares is not None
    assert shares.clip + shares.caption == pytest.approx(1)


@pytest.mark.parametrize("missing", range(3))
def test_no_final_when_a_metric_is_missing(missing: int) -> None:
    values: list[float | None] = [0.5, 0.5, 0.5]
    values[missing] = None
    assert final_score(*values, AimWeights()) is None


def test_no_final_for_a_reference_scored_on_lpips_alone() -> None:
    assert final_score(1, None, 1, AimWeights(0, 1, 0), is_reference=True) is None


@given(norms, norms, norms, st.tuples(norms, norms, norms).filter(lambda w: sum(w) > 1e-3))
def test_final_lies_between_the_worst_and_the_best_part(
    clip: float, lpips: float, caption: float, typed: tuple[float, float, float]
) -> None:
    weights = AimWeights(*(w / sum(typed) for w in typed))
    final = final_score(clip, lpips, caption, weights)
    assert final is not None
    assert 100 * min(clip, lpips, caption) - 1e-9 <= final <= 100 * max(clip, lpips, caption) + 1e-9
