"""Which matches are used, and with which weight. Pure: no models, no database, instant.

The rules of the study's fourth experiment (rdm.md, design.md): a match below the relevance floor goes,
of two that are too alike the one of larger weight stays, and a sub-query goes with its last match.
Everything starts from the matches' own figures, so it can be applied again with another floor.

What a person decided is left alone: a match restored by hand stays whatever the filters say, and takes
no part in the redundancy test, so that restoring one never makes another vanish.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.domain import DropReason, Match
from services.errors import InvalidInput
from services.messages import N_

REDUNDANCY = 0.8
"""Image-image cosine above which two references say the same (design.md)."""

LEAST_SIMILARITY = 1e-3
"""A match at or below cosine 0 still has a share, if a tiny one, when it is all that its sub-query has."""

Matches = tuple[Match, ...]


def apply_filters(
    matches: Sequence[Match],
    image_cosines: NDArray[np.floating],
    floor: float,
    redundancy: float = REDUNDANCY,
) -> Matches:
    """Decide again on every match that no person decided on, then share out the weights.

    `image_cosines` has shape (n, n), in the order of `matches`; NaN where unknown. A similarity equal
    to `floor` stays, a cosine equal to `redundancy` too. Applying it twice changes nothing.
    """
    if image_cosines.shape != (len(matches), len(matches)):
        raise ValueError("one row and one column of cosines per match")
    decided = [_by_relevance(match, floor) for match in matches]
    decided = list(share_weights(decided))
    return share_weights(_by_redundancy(decided, image_cosines, redundancy))


def restore(matches: Sequence[Match], position: int) -> Matches:
    """Use a match in spite of the filters."""
    kept = replace(_undropped(matches[position]), overruled=True)
    return share_weights([*matches[:position], kept, *matches[position + 1 :]])


def drop(matches: Sequence[Match], position: int) -> Matches:
    """Leave a match out, whatever the filters say."""
    gone = replace(_undropped(matches[position]), drop=DropReason.USER, overruled=True, typed_weight=None)
    return share_weights([*matches[:position], gone, *matches[position + 1 :]])


def reset(matches: Sequence[Match], position: int) -> Matches:
    """Take back what a person decided on a match; apply the filters after it."""
    free = replace(_undropped(matches[position]), overruled=False, typed_weight=None)
    return share_weights([*matches[:position], free, *matches[position + 1 :]])


def reweight(matches: Sequence[Match], position: int, weight: float | None) -> Matches:
    """Give a match a share (0..1) by hand; the others divide the rest. None takes it back.

    A weight typed for a dropped match restores it. Raises InvalidInput for a weight outside 0..1.
    """
    if weight is not None and not (math.isfinite(weight) and 0.0 <= weight <= 1.0):
        raise InvalidInput(N_("A weight is between 0 and 1. Type a number in that range."))
    match = matches[position]
    if weight is not None:
        match = replace(_undropped(match), overruled=True)
    changed = replace(match, typed_weight=weight)
    return share_weights([*matches[:position], changed, *matches[position + 1 :]])


def share_weights(matches: Sequence[Match]) -> Matches:
    """Weights of the kept matches, summing to 1; dropped ones have 0.

    A sub-query's weight is shared over its kept matches in proportion to their similarity; that of a
    sub-query without any goes to the others in proportion to theirs. Typed weights come first.
    """
    natural = _natural_weights(matches)
    typed = sum(m.typed_weight or 0.0 for m in matches if m.kept)
    free = sum(w for m, w in zip(matches, natural, strict=True) if m.typed_weight is None)
    left = max(0.0, 1.0 - typed) if free else 0.0
    raw = [  # divided first: `left / free` would overflow for the smallest of weights
        0.0 if not m.kept else (w / (free or 1.0)) * left if m.typed_weight is None else m.typed_weight
        for m, w in zip(matches, natural, strict=True)
    ]
    total = sum(raw)
    if total <= 0.0:  # zero was typed for all that is left
        return tuple(replace(m, weight=w) for m, w in zip(matches, natural, strict=True))
    return tuple(replace(m, weight=w / total) for m, w in zip(matches, raw, strict=True))


def live_subqueries(matches: Sequence[Match]) -> tuple[int, ...]:
    """The sub-queries that still have a match, in order. The others went with their last one."""
    return tuple(sorted({match.subquery for match in matches if match.kept}))


def subquery_shares(matches: Sequence[Match]) -> dict[int, float]:
    """Sub-query -> its share among the live ones; the shares sum to 1."""
    weights = {match.subquery: max(match.query_weight, 0.0) for match in matches if match.kept}
    total = sum(weights.values())
    if total <= 0.0:
        return {subquery: 1 / len(weights) for subquery in sorted(weights)}
    return {subquery: weights[subquery] / total for subquery in sorted(weights)}


def _natural_weights(matches: Sequence[Match]) -> list[float]:
    """By the rule alone, as though nothing had been typed; sum 1, or all 0 when nothing is kept."""
    shares = subquery_shares(matches)
    sums: dict[int, float] = {}
    for match in matches:
        if match.kept:
            sums[match.subquery] = sums.get(match.subquery, 0.0) + _strength(match)
    return [
        shares[match.subquery] * _strength(match) / sums[match.subquery] if match.kept else 0.0
        for match in matches
    ]


def _strength(match: Match) -> float:
    return max(match.similarity, LEAST_SIMILARITY)


def _by_relevance(match: Match, floor: float) -> Match:
    if match.overruled:
        return match
    if match.similarity < floor:
        return replace(
            match,
            drop=DropReason.RELEVANCE,
            drop_value=match.similarity,
            drop_limit=floor,
            drop_twin=None,
        )
    return _undropped(match)


def _by_redundancy(
    matches: Sequence[Match], image_cosines: NDArray[np.floating], limit: float
) -> list[Match]:
    """Heaviest first: each stays unless it is too alike one that stays already."""
    order = sorted(range(len(matches)), key=lambda i: (-matches[i].weight, -matches[i].similarity, i))
    result, staying = list(matches), list[int]()
    for place in order:
        if not matches[place].kept or matches[place].overruled:
            continue
        twins = [(float(image_cosines[place, other]), -other) for other in staying]
        cosine, twin = max((t for t in twins if not math.isnan(t[0])), default=(-math.inf, 0))
        if cosine > limit:
            result[place] = replace(
                matches[place],
                drop=DropReason.REDUNDANCY,
                drop_value=cosine,
                drop_limit=limit,
                drop_twin=matches[-twin].item_id,
            )
        else:
            staying.append(place)
    return result


def _undropped(match: Match) -> Match:
    return replace(match, drop=None, drop_value=None, drop_limit=None, drop_twin=None)
