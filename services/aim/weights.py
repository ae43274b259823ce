"""The shares of the three metrics in the final score: checked, normalised, changed after the fact."""

from __future__ import annotations

import math
from dataclasses import replace

from services.aim.normalisation import final_score
from services.domain import AimScore, AimWeights
from services.errors import InvalidInput
from services.messages import N_

DEFAULT_WEIGHTS = AimWeights()
"""0.2 CLIP score, 0.3 LPIPS, 0.5 caption similarity (aim.md, step 3)."""

SUM_TOLERANCE = 1e-6
"""What rounding may add; anything more is a typing error."""


def check_weights(weights: AimWeights) -> AimWeights:
    """`weights` as they are, if none is negative and they sum to 1. Raises InvalidInput."""
    shares = (weights.clip, weights.lpips, weights.caption)
    _check_shares(shares)
    if abs(math.fsum(shares) - 1.0) > SUM_TOLERANCE:
        raise InvalidInput(
            N_("The score weights sum to {total:.3f}: change them so that they sum to 1."),
            total=math.fsum(shares),
        )
    return weights


def normalise_weights(clip: float, lpips: float, caption: float) -> AimWeights:
    """Weights as typed (such as 20, 30, 50), scaled to sum to 1. Raises InvalidInput."""
    _check_shares((clip, lpips, caption))
    total = math.fsum((clip, lpips, caption))
    if total <= 0 or not math.isfinite(total):
        raise InvalidInput(N_("All score weights are 0: give at least one part a weight."))
    return AimWeights(clip / total, lpips / total, caption / total)


def reweigh(score: AimScore, weights: AimWeights) -> AimScore:
    """`score` under other weights. Nothing is measured again; the norms are those it has."""
    check_weights(weights)
    final = final_score(
        score.clip.norm, score.lpips.norm, score.caption.norm, weights, is_reference=score.is_reference
    )
    return replace(score, weights=weights, final=final)


def _check_shares(shares: tuple[float, ...]) -> None:
    if any(not math.isfinite(w) or w < 0 for w in shares):
        raise InvalidInput(N_("A score weight is not a number from 0 up: change it."))
