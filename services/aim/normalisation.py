"""Raw metric values to 0..1, and their weighted sum to 0..100 (aim.md, steps 2 and 3).

Each function raises ValueError for a value that its metric cannot have (NaN, infinite, out of range):
such a metric is "not scored", it is never turned into a number.
"""

from __future__ import annotations

import math

from services.domain import AimScore, AimWeights, MetricScore

CLIP_FULL = 0.4
"""CLIP score from which it counts in full."""

CAPTION_FULL = 0.7
"""Caption similarity from which it counts in full."""

LPIPS_FULL, LPIPS_NEAR, LPIPS_FAR = 0.6, 0.75, 0.95
"""LPIPS up to which it counts in full, counts 0.9, and counts at all."""

_ROUNDING = 1e-4
"""A cosine of float32 vectors may pass 1 by rounding; more than this is an error of the model."""


def clip_norm(similarity: float) -> float:
    """CLIP score, a cosine in -1..1, to 0..1: 1 from 0.4 on, else (s + 1) / 1.4. Higher is better."""
    s = _cosine(similarity)
    return 1.0 if s >= CLIP_FULL else (s + 1.0) / (1.0 + CLIP_FULL)


def caption_norm(similarity: float) -> float:
    """Caption similarity, a cosine in -1..1, to 0..1: 1 from 0.7 on, else s / 0.7, and 0 below 0.

    Higher is better. aim.md calls it blip2_norm.
    """
    s = _cosine(similarity)
    return 1.0 if s >= CAPTION_FULL else max(s, 0.0) / CAPTION_FULL


def lpips_norm(distance: float) -> float:
    """LPIPS distance, >= 0 and lower is more alike, to 0..1 where higher is better.

    1 up to 0.6; 0.9 up to 0.75; then falling in a line from 0.89 to 0.1 at 0.95; 0 above.
    """
    d = float(distance)
    if not math.isfinite(d) or d < 0:
        raise ValueError(f"LPIPS is a finite distance of at least 0, not {d}")
    if d <= LPIPS_FULL:
        return 1.0
    if d <= LPIPS_NEAR:
        return 0.9
    if d <= LPIPS_FAR:
        return 0.89 - (d - LPIPS_NEAR) / 0.2 * (0.89 - 0.1)
    return 0.0


def final_score(
    clip: float | None,
    lpips: float | None,
    caption: float | None,
    weights: AimWeights,
    is_reference: bool = False,
) -> float | None:
    """100 times the weighted sum of three norms (0..1): 0..100, or None when one is missing.

    The reference picture has no LPIPS to itself: its score is of the other two, with their weights
    scaled up to sum to 1. None also when those two carry no weight at all.
    """
    shares = effective_weights(weights, is_reference)
    if shares is None or clip is None or caption is None:
        return None
    if is_reference:
        return 100.0 * (shares.clip * clip + shares.caption * caption)
    if lpips is None:
        return None
    return 100.0 * (shares.clip * clip + shares.lpips * lpips + shares.caption * caption)


def effective_weights(weights: AimWeights, is_reference: bool = False) -> AimWeights | None:
    """The weights that a row is scored with: for the reference, without LPIPS and summing to 1 again."""
    if not is_reference:
        return weights
    rest = weights.clip + weights.caption
    return AimWeights(weights.clip / rest, 0.0, weights.caption / rest) if rest > 0 else None


def assemble(
    scorer: str,
    clip: MetricScore,
    caption: MetricScore,
    lpips: MetricScore,
    weights: AimWeights,
    is_reference: bool = False,
) -> AimScore:
    """The AIM score of one image from its three metrics."""
    final = final_score(clip.norm, lpips.norm, caption.norm, weights, is_reference)
    return AimScore(scorer, clip, caption, lpips, final, is_reference, weights)


def _cosine(value: float) -> float:
    s = float(value)
    if not math.isfinite(s) or abs(s) > 1.0 + _ROUNDING:
        raise ValueError(f"a cosine is in -1..1, not {s}")
    return min(1.0, max(-1.0, s))
