"""A plan that keeps to the brand's words, whatever planner made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.brand import words
from services.brand_kit import BrandKit
from services.domain import Keyword, Plan, SubQuery
from services.messages import N_, Message, message
from services.planning.edit import round_weights


def respect(plan: Plan, kit: BrandKit | None) -> Plan:
    """The plan without the words to avoid; each that was left out is said. Weights sum to 1 again.

    A sub-query that is nothing but such a word goes; if all were, they stay, and that is said: a plan
    needs one, and a person can write a better one.
    """
    if kit is None or not kit.words_to_avoid:
        return plan
    text = " \n ".join((plan.summary, plan.headline, *(q.text for q in plan.subqueries)))
    hit = words.found(kit.words_to_avoid, text)
    clean = replace(plan, keywords=_keywords(plan.keywords, kit))
    if not hit:
        return clean
    kept = _subqueries(plan.subqueries, kit)
    notices = [_left_out(hit)] if kept else [_in_all(hit)]
    return replace(
        clean,
        summary=words.without(kit.words_to_avoid, plan.summary) or plan.summary,
        headline=words.without(kit.words_to_avoid, plan.headline),
        subqueries=kept or plan.subqueries,
        notices=(*plan.notices, *notices),
    )


def _subqueries(queries: Sequence[SubQuery], kit: BrandKit) -> tuple[SubQuery, ...]:
    cleaned = [(words.without(kit.words_to_avoid, q.text), q.weight) for q in queries]
    kept = [(text, weight) for text, weight in cleaned if text]
    if not kept or not any(weight for _, weight in kept):
        return ()
    weights = round_weights([weight for _, weight in kept], parts=1000)
    return tuple(SubQuery(text, weight) for (text, _), weight in zip(kept, weights, strict=True))


def _keywords(keywords: Sequence[Keyword], kit: BrandKit) -> tuple[Keyword, ...]:
    return tuple(k for k in keywords if not words.found(kit.words_to_avoid, k.text))


def _left_out(hit: Sequence[str]) -> Message:
    return message(N_("Left out of the plan, because your brand avoids it: {words}."), words=", ".join(hit))


def _in_all(hit: Sequence[str]) -> Message:
    return message(
        N_("Every part of the plan uses words that your brand avoids ({words}). Write one without them."),
        words=", ".join(hit),
    )
