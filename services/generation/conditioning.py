"""Plan and matches -> weighted conditions: the weight rules of the study (reference: rdm.md).

    strategy    texts                                    matches     photos
    none        the product text, 0.6                    -           0.4 in all
    keywords    keywords, weight = their similarity      every kept  0.5 in all: 0.3 and 0.2
    subqueries  sub-queries, weight = their importance   every kept  0.5 in all: 0.3 and 0.2
    filtered    summary + sub-queries still alive        every kept  0.4 in all

The study gives figures for one photo (0.4) and for two (0.2, 0.3). It is silent on more, and on which
of two is which: here the hero has three fifths of the photos' share and the others split the rest, so
two photos get 0.3 and 0.2, and a dozen do not drown the text. A single photo has the whole share of
the study's one-photo experiments, 0.4, whatever the strategy.
The summary's weight, also left open, is the best keyword's similarity ("similarity score (keyword)").
A kept match carries the weight that retrieval, or the user, gave it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from services.domain import Brief, Condition, ConditionKind, Match, Photo, Plan, Strategy
from services.errors import InvalidInput
from services.messages import N_

ONE_PHOTO = 0.4
"""Weight of a single product photo (rdm.md, experiments 3 and 4)."""

TWO_PHOTOS = 0.5
"""Weight of two product photos together, 0.2 + 0.3 (rdm.md, experiments 1 and 2)."""

HERO_SHARE = 0.6
"""The hero's part of the photos' weight where there are others: 0.3 of 0.5."""

PLAIN_TEXT = 0.6
"""The product text beside one photo of 0.4, where nothing is retrieved; the study is silent."""

SUMMARY = 0.4
"""The summary's weight where the plan has no keywords: as much as the photo."""

LABEL_CHARS = 60


class TextRule(StrEnum):
    """Which words condition the generator, and by what weight."""

    PRODUCT_TEXT = "product_text"  # the product text alone
    KEYWORDS = "keywords"  # its keywords, each by its similarity to the whole text
    SUBQUERIES = "subqueries"  # the plan's sub-queries, each by its importance
    SUMMARY_AND_SUBQUERIES = "summary_and_subqueries"  # the summary, and sub-queries that still have a match


@dataclass(frozen=True, slots=True)
class WeightRule:
    """How conditions are weighed. `photos` is the weight of several photos together, >= 0.

    `matches`: retrieved pictures condition the generator too.
    """

    texts: TextRule
    photos: float
    matches: bool = True


RULES = {
    Strategy.NONE: WeightRule(TextRule.PRODUCT_TEXT, ONE_PHOTO, matches=False),
    Strategy.KEYWORDS: WeightRule(TextRule.KEYWORDS, TWO_PHOTOS),
    Strategy.SUBQUERIES: WeightRule(TextRule.SUBQUERIES, TWO_PHOTOS),
    Strategy.FILTERED: WeightRule(TextRule.SUMMARY_AND_SUBQUERIES, ONE_PHOTO),
}


def conditions_for(brief: Brief, plan: Plan | None, matches: Sequence[Match]) -> tuple[Condition, ...]:
    """The conditions of the brief's strategy; see `weighed`. Without a plan the strategy is `none`."""
    strategy = brief.strategy if plan is not None else Strategy.NONE
    return weighed(RULES[strategy], brief, plan, matches)


def weighed(
    rule: WeightRule, brief: Brief, plan: Plan | None, matches: Sequence[Match]
) -> tuple[Condition, ...]:
    """Everything the generator is given, weights as the study types them (not normalised).

    Order: texts, photos (the hero first), kept matches by falling weight. Conditions of weight 0
    stay: the user sees them and may raise them.
    """
    kept = [m for m in matches if m.kept] if rule.matches else []
    return (*_texts(rule.texts, brief, plan, matches), *_photos(brief, rule.photos), *_matches(kept))


def normalise(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """The same conditions with weights that sum to 1, proportions kept.

    Raises InvalidInput when a weight is negative or not a number, or when all are 0.
    """
    if any(not 0.0 <= c.weight < float("inf") for c in conditions):
        raise InvalidInput(N_("A condition's weight must be 0 or more; correct the weights and try again."))
    largest = max((c.weight for c in conditions), default=0.0)
    if largest <= 0.0:
        raise InvalidInput(N_("Every weight is 0; give at least one text, photo or reference some weight."))
    # Divided by the largest first: a sum of huge weights would overflow, one of tiny ones underflow.
    scaled = [c.weight / largest for c in conditions]
    total = sum(scaled)
    return tuple(replace(c, weight=w / total) for c, w in zip(conditions, scaled, strict=True))


def _texts(rule: TextRule, brief: Brief, plan: Plan | None, matches: Sequence[Match]) -> list[Condition]:
    if plan is None or rule is TextRule.PRODUCT_TEXT:
        return [_text(brief.product_text, PLAIN_TEXT)]
    if rule is TextRule.KEYWORDS:
        return [_text(k.text, max(k.similarity, 0.0)) for k in plan.keywords] or [
            _text(plan.summary or brief.product_text, PLAIN_TEXT)
        ]
    if rule is TextRule.SUBQUERIES:
        return [_text(q.text, q.weight) for q in plan.subqueries]
    best = max((k.similarity for k in plan.keywords), default=SUMMARY)
    summary = _text(plan.summary or brief.product_text, max(best, 0.0))
    alive = _alive(plan, matches)
    return [summary, *(_text(q.text, q.weight) for i, q in enumerate(plan.subqueries) if i in alive)]


def _alive(plan: Plan, matches: Sequence[Match]) -> set[int]:
    """Sub-queries that still have a match: a sub-query goes with its last one.

    Where nothing was retrieved at all (no library) nothing has spoken against a sub-query: all live.
    """
    if not matches:
        return set(range(len(plan.subqueries)))
    return {m.subquery for m in matches if m.kept}


def _photos(brief: Brief, total: float) -> list[Condition]:
    hero = brief.hero
    if hero is None:
        return []
    others = [p for p in brief.photos if p is not hero]
    if not others:
        return [_photo(hero, ONE_PHOTO)]
    rest = total * (1 - HERO_SHARE) / len(others)
    return [_photo(hero, total * HERO_SHARE), *(_photo(p, rest) for p in others)]


def _matches(kept: Sequence[Match]) -> list[Condition]:
    """One condition per picture: an image kept for two sub-queries adds its weights up."""
    found: dict[str, Condition] = {}
    for m in kept:
        before = found.get(m.sha256)
        weight = max(m.weight, 0.0) + (before.weight if before else 0.0)
        label = before.label if before else m.caption or m.file_name
        found[m.sha256] = Condition(ConditionKind.MATCH, m.sha256, weight, label)
    return sorted(found.values(), key=lambda c: -c.weight)


def _text(text: str, weight: float) -> Condition:
    label = text if len(text) <= LABEL_CHARS else text[: LABEL_CHARS - 1].rstrip() + "…"
    return Condition(ConditionKind.TEXT, text, weight, label)


def _photo(photo: Photo, weight: float) -> Condition:
    return Condition(ConditionKind.PHOTO, photo.sha256, weight, photo.file_name)
