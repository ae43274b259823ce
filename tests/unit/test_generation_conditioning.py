"""The study's weight rules, and weights that sum to 1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain import (
    Brief,
    Condition,
    ConditionKind,
    DropReason,
    Keyword,
    Match,
    Photo,
    Plan,
    Strategy,
    SubQuery,
)
from services.errors import InvalidInput
from services.generation.conditioning import conditions_for, normalise

PLAN = Plan(
    "A dog in a yellow hoodie on a sofa.",
    (SubQuery("a dog in a hoodie", 0.4), SubQuery("a stylish sofa", 0.3), SubQuery("a cozy room", 0.3)),
    (Keyword("yellow hoodie", 0.62), Keyword("stylish sofa", 0.41)),
)
HERO = Photo("hero", "hero.png", 10, 10, hero=True)


def brief(strategy: Strategy, *others: str) -> Brief:
    photos = (*(Photo(o, f"{o}.png", 10, 10) for o in others), HERO)
    return Brief("dog", "A cute dog wearing a yellow hoodie.", photos, strategy=strategy)


def match(subquery: int, item: int, weight: float, drop: DropReason | None = None) -> Match:
    return Match(
        subquery, PLAN.subqueries[subquery].text, item, f"m{item}", f"{item}.jpg", 0.5, weight, drop=drop
    )


def of(conditions: tuple[Condition, ...], kind: ConditionKind) -> list[tuple[str, float]]:
    return [(c.ref, pytest.approx(c.weight)) for c in conditions if c.kind is kind]


def test_none_gives_the_product_text_and_the_photo_and_no_match() -> None:
    found = conditions_for(brief(Strategy.NONE), PLAN, [match(0, 1, 0.3)])
    assert of(found, ConditionKind.TEXT) == [("A cute dog wearing a yellow hoodie.", 0.6)]
    assert of(found, ConditionKind.PHOTO) == [("hero", 0.4)]
    assert not of(found, ConditionKind.MATCH)


def test_keywords_weigh_their_similarity_and_two_photos_three_and_two_tenths() -> None:
    found = conditions_for(brief(Strategy.KEYWORDS, "other"), PLAN, [])
    assert of(found, ConditionKind.TEXT) == [("yellow hoodie", 0.62), ("stylish sofa", 0.41)]
    assert of(found, ConditionKind.PHOTO) == [("hero", 0.3), ("other", 0.2)]


def test_subqueries_weigh_their_importance_and_keep_kept_matches() -> None:
    matches = [match(0, 1, 0.2), match(1, 2, 0.1, DropReason.USER)]
    found = conditions_for(brief(Strategy.SUBQUERIES, "other"), PLAN, matches)
    assert of(found, ConditionKind.TEXT) == [(q.text, q.weight) for q in PLAN.subqueries]
    assert of(found, ConditionKind.MATCH) == [("m1", 0.2)]
    assert of(found, ConditionKind.PHOTO) == [("hero", 0.3), ("other", 0.2)]


def test_filtered_has_the_summary_live_subqueries_kept_matches_and_four_tenths_of_photos() -> None:
    matches = [match(0, 1, 0.2), match(0, 2, 0.25), match(1, 3, 0.2, DropReason.RELEVANCE), match(2, 4, 0.1)]
    found = conditions_for(brief(Strategy.FILTERED, "other"), PLAN, matches)
    assert of(found, ConditionKind.TEXT) == [
        (PLAN.summary, 0.62),
        ("a dog in a hoodie", 0.4),
        ("a cozy room", 0.3),
    ]
    assert of(found, ConditionKind.MATCH) == [("m2", 0.25), ("m1", 0.2), ("m4", 0.1)]
    assert of(found, ConditionKind.PHOTO) == [("hero", 0.24), ("other", 0.16)]


def test_filtered_keeps_every_subquery_where_nothing_was_retrieved() -> None:
    found = conditions_for(brief(Strategy.FILTERED), PLAN, [])
    assert len(of(found, ConditionKind.TEXT)) == 4
    dropped = [match(0, 1, 0.2, DropReason.RELEVANCE)]
    assert len(of(conditions_for(brief(Strategy.FILTERED), PLAN, dropped), ConditionKind.TEXT)) == 1


def test_an_image_kept_for_two_subqueries_is_one_condition() -> None:
    found = conditions_for(brief(Strategy.FILTERED), PLAN, [match(0, 1, 0.2), match(1, 1, 0.1)])
    assert of(found, ConditionKind.MATCH) == [("m1", 0.3)]


def test_without_a_plan_the_product_text_speaks() -> None:
    found = conditions_for(brief(Strategy.FILTERED), None, [match(0, 1, 0.2)])
    assert [c.kind for c in found] == [ConditionKind.TEXT, ConditionKind.PHOTO]


def texts(weights: list[float]) -> list[Condition]:
    return [Condition(ConditionKind.TEXT, str(i), w) for i, w in enumerate(weights)]


@given(st.lists(st.floats(0, 1e300, allow_subnormal=False), min_size=1, max_size=12).filter(any))
def test_normalised_weights_sum_to_one_and_keep_their_order(weights: list[float]) -> None:
    done = [c.weight for c in normalise(texts(weights))]
    assert sum(done) == pytest.approx(1.0)
    assert all(w >= 0 for w in done)
    assert sorted(range(len(done)), key=lambda i: (weights[i], i)) == sorted(
        range(len(done)), key=lambda i: (done[i], weights[i], i)
    )


@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [0.5, -0.1], [float("nan")], [float("inf"), 1.0]])
def test_weights_that_mean_nothing_are_refused(weights: list[float]) -> None:
    with pytest.raises(InvalidInput):
        normalise(texts(weights))
