"""Digests of what each step is made from, stored with its result: if now's differs, it is stale.

A digest covers all that the step reads, and nothing else. Weights are rounded: a slider moved there
and back leaves the digest as it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from services.brand_kit import BrandKit
from services.choices import DEFAULT_OPTIONS
from services.domain import Brief, Condition, Plan

WEIGHT_DIGITS = 6
"""Finer than any slider, coarser than the rounding of sums."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """SHA-256 of what plan, references and variants would be made from now."""

    plan: str
    references: str
    variants: str


def inputs_of(brief: Brief, plan: Plan | None, conditions: Sequence[Condition]) -> Inputs:
    return Inputs(plan_inputs(brief), references_inputs(brief, plan), variants_inputs(brief, conditions))


def plan_inputs(brief: Brief) -> str:
    brand = brief.brand or BrandKit()
    words = [sorted(brand.words_to_use), sorted(brand.words_to_avoid)]
    return _digest("plan", brief.topic, brief.product_text, *(words if any(words) else []))


def references_inputs(brief: Brief, plan: Plan | None) -> str:
    """Photos count: they become conditions beside the matches."""
    queries = [(s.text, round(s.weight, WEIGHT_DIGITS)) for s in plan.subqueries] if plan else []
    keywords = [k.text for k in plan.keywords] if plan else []
    return _digest(
        "references", brief.product_text, brief.library, brief.strategy, _photos(brief), queries, keywords
    )


def variants_inputs(brief: Brief, conditions: Sequence[Condition]) -> str:
    """The number of variants does not count: more of the same does not make those made stale."""
    given = [(c.kind, c.ref, round(c.weight, WEIGHT_DIGITS)) for c in conditions]
    rest: list[object] = [] if brief.options == DEFAULT_OPTIONS else [brief.options.to_dict()]
    if brief.brand is not None and brief.brand.look != BrandKit().look:
        rest.append(brief.brand.look)
    return _digest("variants", brief.headline, brief.placement, brief.seed, _photos(brief), given, *rest)


def _photos(brief: Brief) -> list[tuple[str, bool]]:
    return [(photo.sha256, photo == brief.hero) for photo in brief.photos]


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
