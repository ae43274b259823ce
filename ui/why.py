"""Why a variant stands where it stands: its score taken apart into points, in words."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain import AimScore, Variant
from ui import formats
from ui.bars import metric_names, metric_of
from ui.i18n import _
from ui.text import say


@dataclass(frozen=True, slots=True)
class Points:
    """What one metric adds to the final score: `got` of at most `most`, both in points of 100."""

    metric: str
    got: float
    most: float

    @property
    def lost(self) -> float:
        return self.most - self.got


def points(score: AimScore) -> list[Points]:
    """The final score taken apart; metrics that are not scored are left out, the rest share all 100."""
    weights = {"clip": score.weights.clip, "caption": score.weights.caption, "lpips": score.weights.lpips}
    scored = {name: metric_of(score, name).norm for name in weights}
    total = sum(w for name, w in weights.items() if scored[name] is not None)
    if not total:
        return []
    return [
        Points(name, 100 * weights[name] / total * norm, 100 * weights[name] / total)
        for name, norm in scored.items()
        if norm is not None
    ]


def why(variant: Variant, best: Variant | None) -> list[str]:
    """Sentences on the rank of `variant`, compared with the best of its session."""
    score = variant.score
    if score is None:
        return [_("This variant is not scored yet.")]
    if score.final is None:
        return [_("It has no rank: a part of its score is missing."), *_missing(score)]
    parts = points(score)
    strongest = max(parts, key=lambda p: p.got / p.most)
    weakest = max(parts, key=lambda p: p.lost)
    lines = [
        _("Strongest: {metric}, {got} of {most} points.").format(**_fields(strongest)),
        _("Loses most on: {metric}, {got} of {most} points.").format(**_fields(weakest)),
    ]
    if score.is_reference:
        lines.append(
            _("It is the reference itself and not compared with it; the other two parts share the points.")
        )
    if best and best.score and best.score.final is not None and best.id != variant.id:
        lines.append(_behind(score, best.score))
    return lines


def _behind(score: AimScore, best: AimScore) -> str:
    gap = (best.final or 0.0) - (score.final or 0.0)
    if gap < 0.5:
        return _("Level with the best: less than a point apart.")
    theirs = {p.metric: p.got for p in points(best)}
    decisive = max(points(score), key=lambda p: theirs.get(p.metric, 0.0) - p.got)
    return _("{gap} points behind the best, mostly on: {metric}.").format(
        gap=formats.score(gap), metric=metric_names()[decisive.metric]
    )


def _fields(part: Points) -> dict[str, str]:
    return {
        "metric": metric_names()[part.metric],
        "got": formats.score(part.got),
        "most": formats.score(part.most),
    }


def _missing(score: AimScore) -> list[str]:
    names = metric_names()
    return [
        f"{names[name]}: {say(metric.reason) if metric.reason else _('Not scored')}"
        for name in names
        if not (metric := metric_of(score, name)).scored
    ]
