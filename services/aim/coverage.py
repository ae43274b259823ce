"""Is each part of the plan visible in the picture? A checklist beside AIM, never mixed into it.

A checker gives each pair of picture and sub-query a value; from `threshold` on the sub-query counts as
visible. What could not be checked has a reason, and is neither visible nor absent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Protocol

from PIL import Image

from services.aim.batches import Tick, measure
from services.aim.pictures import Candidate
from services.aim.progress import PassProgress
from services.aim.score_cache import MemoryScoreCache, ScoreCache, cache_key
from services.domain import ModelRef, SubQuery
from services.messages import N_, Message, message
from services.parts import Progress

Pair = tuple[Image.Image, str]

PAIRS = 24
"""Pairs in one call, rounded to whole pictures: a picture is looked at once for all its sub-queries."""


class Measure(StrEnum):
    """What a checker's value is."""

    PROBABILITY = "probability"  # of "yes" over "yes" and "no", 0..1
    SIMILARITY = "similarity"  # cosine, -1..1


class CoverageChecker(Protocol):
    """Whether a text is visible in a picture. Loads at first use; safe to share between threads."""

    @property
    def ref(self) -> ModelRef: ...

    @property
    def measure(self) -> Measure: ...

    @property
    def threshold(self) -> float:
        """Value from which a text counts as visible."""
        ...

    def values(self, pairs: Sequence[Pair]) -> list[float]:
        """One value for each pair, higher is more visible. Raises EngineUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class SubQueryCoverage:
    """One line of the checklist: `value` and `visible`, or neither and the `reason` why not checked."""

    text: str
    weight: float
    value: float | None = None
    visible: bool | None = None
    reason: Message | None = None

    @property
    def checked(self) -> bool:
        return self.visible is not None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The checklist of one picture, in the plan's order.

    `share` is the weight of what is visible over the weight of what was checked, 0..1, higher is
    better; None when nothing was checked. Shares of different checkers do not compare.
    """

    items: tuple[SubQueryCoverage, ...]
    share: float | None
    checker: ModelRef
    measure: Measure
    threshold: float

    @property
    def unchecked(self) -> tuple[SubQueryCoverage, ...]:
        return tuple(item for item in self.items if not item.checked)


_memory = MemoryScoreCache()


def check_coverage(
    checker: CoverageChecker,
    images: Sequence[Candidate],
    subqueries: Sequence[SubQuery],
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    cache: ScoreCache | None = None,
) -> list[Coverage]:
    """The checklist of each picture. What was asked before, of the same content, comes from the cache.

    A sub-query that fails says why; the others stand. Raises Cancelled.
    """
    cache = _memory if cache is None else cache
    steps = PassProgress(1, progress, cancelled)
    pictures = {candidate.sha256: candidate.image for candidate in images}
    texts = list(dict.fromkeys(subquery.text for subquery in subqueries if subquery.text.strip()))
    values = _values(checker, pictures, texts, cache, steps.next_pass(len(pictures) * len(texts)))
    steps.finish()
    return [_coverage(checker, candidate.sha256, subqueries, values) for candidate in images]


Values = dict[tuple[str, str], float | Message]
NO_TEXT = message(N_("Not checked: this part of the plan has no words."))


def _values(
    checker: CoverageChecker,
    pictures: dict[str, Image.Image],
    texts: list[str],
    cache: ScoreCache,
    tick: Tick,
) -> Values:
    ref = checker.ref
    found: Values = {}
    missing: list[tuple[str, str]] = []
    for pair in [(sha, text) for sha in pictures for text in texts]:
        known = cache.get(cache_key(ref, *pair))
        if isinstance(known, float):
            found[pair] = known
        else:
            missing.append(pair)

    def call(pairs: Sequence[tuple[str, str]]) -> list[float]:
        return checker.values([(pictures[sha], text) for sha, text in pairs])

    batch = max(PAIRS // max(len(texts), 1), 1) * max(len(texts), 1)
    for pair, outcome in zip(missing, measure(missing, call, tick, batch), strict=True):
        found[pair] = _sound(outcome)
        if isinstance(outcome, float) and isfinite(outcome):
            cache.put(cache_key(ref, *pair), outcome)
    return found


def _sound(outcome: float | Message) -> float | Message:
    if isinstance(outcome, Message) or isfinite(outcome):
        return outcome
    return message(N_("The model gave a value that cannot be right: {detail}."), detail=str(outcome))


def _coverage(
    checker: CoverageChecker, sha256: str, subqueries: Sequence[SubQuery], values: Values
) -> Coverage:
    items = tuple(
        _item(subquery, values.get((sha256, subquery.text), NO_TEXT), checker.threshold)
        for subquery in subqueries
    )
    return Coverage(items, weighted_share(items), checker.ref, checker.measure, checker.threshold)


def _item(subquery: SubQuery, outcome: float | Message, threshold: float) -> SubQueryCoverage:
    if isinstance(outcome, Message):
        return SubQueryCoverage(subquery.text, subquery.weight, reason=outcome)
    return SubQueryCoverage(subquery.text, subquery.weight, outcome, outcome >= threshold)


def weighted_share(items: Sequence[SubQueryCoverage]) -> float | None:
    """Weight of the visible over weight of the checked, 0..1. Without any weight, all count alike."""
    checked = [item for item in items if item.checked]
    if not checked:
        return None
    even = not any(item.weight for item in checked)
    weights = [1.0 if even else item.weight for item in checked]
    seen = sum(weight for item, weight in zip(checked, weights, strict=True) if item.visible)
    return seen / sum(weights)
