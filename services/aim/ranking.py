"""From scores to places."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain import AimScore
from services.messages import N_, Message, message


def order(scores: Sequence[AimScore]) -> list[int]:
    """Positions of `scores`, best final first, those without a final last.

    Equal finals: the higher caption similarity, then the higher CLIP score, then the lower LPIPS, then
    the earlier position goes first, so that the order is always the same.
    """
    return sorted(range(len(scores)), key=lambda position: (*_sort_key(scores[position]), position))


def rank(scores: Sequence[AimScore]) -> list[int | None]:
    """The place of each score, 1 for the best; None without a final.

    The reference picture takes part: its `is_reference` marks that its final is of two metrics only.
    """
    places: list[int | None] = [None] * len(scores)
    for place, position in enumerate(order(scores), start=1):
        if scores[position].final is not None:
            places[position] = place
    return places


def mixed_scorers(scores: Sequence[AimScore]) -> Message | None:
    """What to say when `scores` come from more than one scorer or set of weights; None otherwise."""
    if len({score.scorer for score in scores}) > 1:
        return message(N_("These scores come from different models: do not compare them with each other."))
    if len({score.weights for score in scores}) > 1:
        return message(N_("These scores have different weights: do not compare them with each other."))
    return None


def _sort_key(score: AimScore) -> tuple[float, ...]:
    def down(value: float | None) -> float:
        return float("inf") if value is None else -value

    lpips = float("inf") if score.lpips.raw is None else score.lpips.raw
    return (down(score.final), down(score.caption.raw), down(score.clip.raw), lpips)
