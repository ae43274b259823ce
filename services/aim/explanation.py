"""Why a picture has its rank, in sentences whose figures add up to its final score.

Every part has `available` points (100 times its weight) and gives `points` of them (available times norm):
the final is the sum of the points, and 100 less what the parts lose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from services.aim.normalisation import CAPTION_FULL, CLIP_FULL, LPIPS_FULL, effective_weights
from services.domain import AimScore, AimWeights, MetricScore
from services.messages import N_, Message, message

LEAST = 0.05
"""Points below which a difference is not worth a sentence: it would print as 0.0."""

_BEST = {
    "clip": N_("Matches the text best: {points:.1f} of {available:g} points; the median is {middle:.1f}."),
    "caption": N_("Shows the topic best: {points:.1f} of {available:g} points; the median is {middle:.1f}."),
    "lpips": N_(
        "Looks most like the reference: {points:.1f} of {available:g} points; the median is {middle:.1f}."
    ),
}
_BETTER = {
    "clip": N_(
        "Matches the text better than most: {points:.1f} of {available:g} points; the median is {middle:.1f}."
    ),
    "caption": N_(
        "Shows the topic better than most: {points:.1f} of {available:g} points; the median is {middle:.1f}."
    ),
    "lpips": N_(
        "Looks like the reference: {points:.1f} of {available:g} points; the median is {middle:.1f}."
    ),
}
_LOSES = {
    "clip": N_(
        "Loses {lost:.1f} of {available:g} points on the text: similarity {raw:.2f}, best from {full:g}."
    ),
    "caption": N_(
        "Loses {lost:.1f} of {available:g} points on the topic: similarity {raw:.2f}, best from {full:g}."
    ),
    "lpips": N_(
        "Loses {lost:.1f} of {available:g} points on the reference: distance {raw:.2f}, best to {full:g}."
    ),
}
_MISSING = {
    "clip": N_("Has no rank: how well it matches the text is not scored."),
    "caption": N_("Has no rank: how well it shows the topic is not scored."),
    "lpips": N_("Has no rank: how much it looks like the reference is not scored."),
}
_FULL = {"clip": CLIP_FULL, "caption": CAPTION_FULL, "lpips": LPIPS_FULL}


@dataclass(frozen=True, slots=True)
class Part:
    """One metric's share of a final score; `points` of `available`, both 0..100, higher is better."""

    name: str
    available: float
    points: float
    raw: float

    @property
    def lost(self) -> float:
        return self.available - self.points


def parts(score: AimScore) -> list[Part]:
    """What each metric adds to `score.final`: clip, lpips, caption, as far as they count and are scored."""
    weights = effective_weights(score.weights, score.is_reference)
    if weights is None:
        return []
    found = []
    for name, metric in _metrics(score).items():
        if (
            not (name == "lpips" and score.is_reference)
            and metric.raw is not None
            and metric.norm is not None
        ):
            available = 100.0 * _share(weights, name)
            found.append(Part(name, available, available * metric.norm, metric.raw))
    return found


def explain(score: AimScore, others: Sequence[AimScore]) -> list[Message]:
    """Why `score` has its rank among `others` (itself left out): what lifts it, then what it loses.

    The losses are complete, largest first: the final is 100 less their sum (less than 0.05 points go
    without a sentence). `middle` is the median of the others' points under this score's weights.
    """
    if score.final is None:
        return _why_no_final(score)
    found = []
    if score.is_reference:
        found.append(message(N_("This is the reference picture: its score is of text and topic alone.")))
    own = parts(score)
    strength = _strength(own, others)
    if strength is not None:
        found.append(strength)
    losses = sorted((part for part in own if part.lost >= LEAST), key=lambda part: -part.lost)
    return found + ([_loss(part) for part in losses] or [message(N_("Has full marks in every part."))])


def _strength(own: Sequence[Part], others: Sequence[AimScore]) -> Message | None:
    """The part that is furthest above the median of the others, if any is above it."""
    best: tuple[float, Message] | None = None
    for part in own:
        norms = [m.norm for other in others if (m := _metrics(other)[part.name]).norm is not None]
        if not norms:
            continue
        points = [part.available * norm for norm in norms]
        middle = median(points)
        lead = part.points - middle
        templates = _BEST if part.points - max(points) >= LEAST else _BETTER
        if lead >= LEAST and (best is None or lead > best[0]):
            best = (lead, _sentence(templates[part.name], part, middle=middle))
    return best[1] if best else None


def _loss(part: Part) -> Message:
    return _sentence(_LOSES[part.name], part, lost=part.lost, raw=part.raw, full=_FULL[part.name])


def _sentence(template: str, part: Part, **values: float) -> Message:
    return message(template, points=part.points, available=round(part.available, 1), **values)


def _metrics(score: AimScore) -> dict[str, MetricScore]:
    return {"clip": score.clip, "lpips": score.lpips, "caption": score.caption}


def _why_no_final(score: AimScore) -> list[Message]:
    found: list[Message] = []
    for name, metric in _metrics(score).items():
        if not metric.scored and not (name == "lpips" and score.is_reference):
            found += [message(_MISSING[name]), *([metric.reason] if metric.reason else [])]
    return found or [message(N_("Has no rank: as the reference picture, no part that counts is left."))]


def _share(weights: AimWeights, name: str) -> float:
    return {"clip": weights.clip, "lpips": weights.lpips, "caption": weights.caption}[name]
