"""A session comes back whole, ranks honestly, and loses nothing by going back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from services import review, sessions
from services.domain import AimWeights, Decision, DropReason, Keyword, MetricScore, Photo, Strategy
from services.errors import InvalidInput, NotFound
from services.messages import Message
from tests.builders import a_brief, a_condition, a_match, a_plan, a_recipe, a_score, sha

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]


def with_variants(
    count: int = 3, topic: str = "A hoodie", campaign: str | None = None
) -> tuple[str, list[int]]:
    session_id = sessions.create(a_brief(topic), campaign)
    sessions.save_plan(session_id, a_plan())
    sessions.save_matches(session_id, [a_match(1), a_match(2)])
    sessions.save_conditions(session_id, [a_condition()])
    ids = [
        sessions.save_variant(session_id, None, i, a_recipe(i), sha(f"{topic} {i}"), 8, 8)
        for i in range(count)
    ]
    return session_id, ids


def score(session_id: str, finals: dict[int, float | None], **changes: str) -> None:
    brief = sessions.load(session_id).brief
    scores = {i: a_score(f, changes.get("scorer", "lite")) for i, f in finals.items()}
    reference = changes.get("reference", brief.photos[0].sha256)
    sessions.save_scores(session_id, scores, changes.get("topic", brief.topic), brief.product_text, reference)


def ranks(session_id: str) -> list[tuple[int, int | None]]:
    return [(v.id, v.rank) for v in sessions.load(session_id).variants]


# --- round trips ---


def test_a_session_comes_back_as_it_was_saved() -> None:
    photos = (Photo(sha("a"), "a.png", 5, 6), Photo(sha("b"), "b.png", 7, 8, hero=True))
    brief = a_brief(photos=photos, strategy=Strategy.SUBQUERIES, library=None, seed=2**32 - 1)
    notice = Message("{language} is not read well.", {"language": "ko"})
    plan = replace(a_plan("비", "street"), keywords=(Keyword("rain", 0.4),), notices=(notice,))
    dropped = replace(a_match(3), drop=DropReason.REDUNDANCY, drop_value=0.91, drop_limit=0.8, drop_twin=2)
    matches = (a_match(2, typed_weight=0.7, query_weight=0.5), dropped, a_match(4, overruled=True))
    session_id = sessions.create(brief, "Autumn", engine="full")
    sessions.save_plan(session_id, plan)
    sessions.save_matches(session_id, matches)
    sessions.save_conditions(session_id, [a_condition("rain", 0.3), a_condition("night", 0.7)])
    view = sessions.load(session_id)
    assert (view.brief, view.plan, view.matches) == (brief, plan, matches)
    assert view.conditions == (a_condition("rain", 0.3), a_condition("night", 0.7))
    assert (view.campaign, view.engine, view.stage) == ("Autumn", "full", "references")
    assert view.reference_sha256 == sha("b")
    assert view.stale == frozenset()


def test_a_score_comes_back_as_it_was_saved() -> None:
    session_id, (first, *_) = with_variants()
    reason = Message("No {what}.", {"what": "reference"})
    given = replace(
        a_score(None),
        lpips=MetricScore(reason=reason),
        weights=AimWeights(0.5, 0.25, 0.25),
        notices=(Message("Long text."),),
        is_reference=True,
    )
    sessions.save_scores(session_id, {first: given}, "t", "p", None)
    assert next(v.score for v in sessions.load(session_id).variants if v.id == first) == given


def test_a_variant_keeps_its_recipe() -> None:
    session_id, ids = with_variants(1)
    variant = sessions.load(session_id).variants[0]
    assert (variant.id, variant.recipe, variant.seed) == (ids[0], a_recipe(0), 0)
    assert sessions.find_variant(session_id, a_recipe(0)) == variant
    assert sessions.find_variant(session_id, a_recipe(99)) is None


def test_a_bad_brief_saves_nothing() -> None:
    with pytest.raises(InvalidInput):
        sessions.create(a_brief(photos=()), "Autumn")
    session_id = sessions.create(a_brief())
    with pytest.raises(InvalidInput):
        sessions.save_brief(session_id, a_brief(topic=""))
    assert sessions.load(session_id).brief == a_brief()
    assert sessions.search().total == 1


def test_photos_may_change_places() -> None:
    first, second = Photo(sha("a"), "a.png", 5, 6, hero=True), Photo(sha("b"), "b.png", 7, 8)
    session_id = sessions.create(a_brief(photos=(first, second)))
    sessions.save_brief(session_id, a_brief(photos=(second, first)))
    assert sessions.load(session_id).brief.photos == (second, first)


@pytest.mark.parametrize(
    "call",
    [
        lambda: sessions.load("nothere"),
        lambda: sessions.save_plan("nothere", a_plan()),
        lambda: sessions.duplicate("nothere"),
        lambda: review.decide(404, Decision.PICKED),
    ],
)
def test_what_is_not_there_is_said(call: object) -> None:
    with pytest.raises(NotFound):
        call()  # type: ignore[operator]


def test_duplicate_takes_the_brief_alone() -> None:
    session_id, _ = with_variants(campaign="Autumn")
    copy = sessions.load(sessions.duplicate(session_id))
    assert (copy.brief, copy.campaign, copy.parent_id) == (a_brief("A hoodie"), "Autumn", session_id)
    assert (copy.plan, copy.matches, copy.variants, copy.stage) == (None, (), (), "brief")


# --- variants, ranks, decisions ---


def test_the_same_recipe_is_one_variant() -> None:
    session_id, ids = with_variants(2)
    score(session_id, {ids[1]: 50.0})
    assert sessions.save_variant(session_id, None, 5, a_recipe(1), sha("A hoodie 1"), 8, 8) == ids[1]
    variants = sessions.load(session_id).variants
    assert [(v.id, v.index, v.rank) for v in variants] == [(ids[1], 1, 1), (ids[0], 0, None)]


def test_other_pixels_of_the_same_recipe_lose_their_score() -> None:
    session_id, ids = with_variants(1)
    score(session_id, {ids[0]: 50.0})
    assert sessions.save_variant(session_id, None, 0, a_recipe(0), sha("other pixels"), 9, 9) == ids[0]
    (variant,) = sessions.load(session_id).variants
    assert (variant.sha256, variant.width) == (sha("other pixels"), 9)
    assert (variant.score, variant.rank) == (None, None)
    assert sessions.search().cards[0].best_final is None


def test_variants_come_best_first_and_unscored_last() -> None:
    session_id, (a, b, c, d) = with_variants(4)
    score(session_id, {a: 40.0, b: None, c: 70.0})
    assert ranks(session_id) == [(c, 1), (a, 2), (b, None), (d, None)]
    assert sessions.search().cards[0].best_final == 70.0


def test_equal_scores_rank_in_the_order_they_were_made() -> None:
    session_id, ids = with_variants(3)
    score(session_id, dict.fromkeys(reversed(ids), 50.0))
    assert ranks(session_id) == [(ids[0], 1), (ids[1], 2), (ids[2], 3)]


def test_the_reference_is_ranked_and_marked() -> None:
    session_id, (a, b, _) = with_variants(3)
    scores = {a: a_score(60.0), b: a_score(80.0, is_reference=True)}
    sessions.save_scores(session_id, scores, "t", "p", sha("ref"))
    best = sessions.load(session_id).variants[0]
    assert best.id == b
    assert best.rank == 1
    assert best.score is not None
    assert best.score.is_reference


@pytest.mark.parametrize("change", [{"scorer": "full"}, {"topic": "A coat"}, {"reference": sha("other")}])
def test_scores_that_do_not_compare_are_not_ranked_together(change: dict[str, str]) -> None:
    session_id, (a, b, c) = with_variants(3)
    score(session_id, {a: 90.0, b: 80.0})
    score(session_id, {b: 30.0, c: 40.0}, **change)
    assert ranks(session_id) == [(c, 1), (b, 2), (a, None)]
    assert sessions.search().cards[0].best_final == 40.0


def test_scores_of_another_session_are_refused() -> None:
    first, _ = with_variants(1)
    _, ids = with_variants(1, "A coat")
    with pytest.raises(NotFound):
        score(first, {ids[0]: 50.0})
    assert sessions.load(first).variants[0].score is None


def test_the_first_variant_puts_a_draft_up_for_review() -> None:
    session_id = sessions.create(a_brief())
    assert sessions.load(session_id).status == "draft"
    variant = sessions.save_variant(session_id, None, 0, a_recipe(), sha("x"), 8, 8)
    assert sessions.load(session_id).status == "review"
    review.decide(variant, Decision.PICKED)
    assert sessions.load(session_id).status == "review"
    assert sessions.load(session_id).variants[0].decision is Decision.PICKED


def test_choosing_another_reference_makes_the_scores_stale() -> None:
    session_id, ids = with_variants(1)
    score(session_id, {ids[0]: 50.0})
    assert not sessions.load(session_id).stale_scores
    sessions.set_reference(session_id, sha("A hoodie 0"))
    view = sessions.load(session_id)
    assert view.reference_sha256 == sha("A hoodie 0")
    assert view.stale_scores


# --- going back ---


def test_an_earlier_step_keeps_later_results_and_says_they_are_stale() -> None:
    session_id, ids = with_variants()
    before = sessions.load(session_id)
    assert (before.stage, before.stale) == ("variants", frozenset())
    sessions.save_brief(session_id, replace(before.brief, product_text="Something else."))
    after = sessions.load(session_id)
    assert after.stage == "variants"
    assert (after.plan, after.matches, after.variants) == (before.plan, before.matches, before.variants)
    assert after.stale == {"plan", "references", "variants"}
    sessions.save_brief(session_id, before.brief)
    assert sessions.load(session_id).stale == frozenset()
    assert {v.id for v in after.variants} == set(ids)


def test_each_step_made_anew_is_fresh_again() -> None:
    session_id, _ = with_variants()
    sessions.save_brief(session_id, a_brief("A hoodie", product_text="Something else."))
    sessions.save_plan(session_id, a_plan("else"))
    assert sessions.load(session_id).stale == {"references", "variants"}
    sessions.save_matches(session_id, [a_match(9)])
    sessions.save_conditions(session_id, [a_condition("else")])
    view = sessions.load(session_id)
    assert view.stale == {"variants"}
    made = sessions.save_variant(session_id, None, 0, a_recipe(50), sha("new"), 8, 8)
    view = sessions.load(session_id)
    assert view.stale == frozenset()
    assert made not in view.stale_variants
    assert len(view.stale_variants) == 3


def test_only_steps_that_were_done_can_be_stale() -> None:
    session_id = sessions.create(a_brief())
    sessions.save_brief(session_id, a_brief("Other"))
    assert sessions.load(session_id).stale == frozenset()


def test_dropping_a_match_by_hand_makes_the_variants_stale_not_the_references() -> None:
    session_id, _ = with_variants()
    sessions.save_matches(session_id, [a_match(1, drop=DropReason.USER, overruled=True), a_match(2)])
    sessions.save_conditions(session_id, [a_condition("less")])
    assert sessions.load(session_id).stale == {"variants"}


def test_dropping_a_match_by_hand_does_not_freshen_stale_references() -> None:
    session_id, _ = with_variants()
    sessions.save_brief(session_id, a_brief("A hoodie", library="photos"))
    sessions.save_matches(session_id, [a_match(1, drop=DropReason.USER, overruled=True), a_match(2)])
    assert sessions.load(session_id).stale == {"references", "variants"}


def test_a_result_of_an_edit_ago_is_stale_at_once() -> None:
    """The brief changes while the worker plans: its plan is of the brief that it read."""
    session_id = sessions.create(a_brief())
    read = sessions.load(session_id).inputs
    sessions.save_brief(session_id, a_brief("Edited meanwhile"))
    sessions.save_plan(session_id, a_plan(), inputs=read.plan)
    assert sessions.load(session_id).stale == {"plan"}


def test_no_match_is_a_result() -> None:
    session_id = sessions.create(a_brief())
    sessions.save_plan(session_id, a_plan())
    sessions.save_matches(session_id, [])
    assert sessions.load(session_id).stage == "references"
    sessions.save_brief(session_id, a_brief(library="photos"))
    assert sessions.load(session_id).stale == {"references"}


# --- lists ---


def test_search_finds_words_wherever_they_are() -> None:
    first = sessions.create(a_brief("Rainy street", headline="50% off"))
    second = sessions.create(a_brief("Sunny beach", product_text="A towel_set for the sea.", headline=""))
    found = lambda text: [card.id for card in sessions.search(text).cards]  # noqa: E731
    assert found("") == [second, first]
    assert found("RAINY") == [first]
    assert found("towel sunny") == [second]
    assert found("towel rainy") == []
    assert found("50%") == [first]
    assert found("%") == [first]
    assert found("_") == [second]
    assert found("l_s") == [second]
    assert found("'; DROP TABLE sessions; --") == []


def test_filters_and_pages() -> None:
    ids = [sessions.create(a_brief(f"Topic {i}"), "Autumn" if i % 2 else "Spring") for i in range(5)]
    autumn = sessions.load(ids[1]).campaign_id
    assert [c.id for c in sessions.search(campaign_id=autumn).cards] == [ids[3], ids[1]]
    assert [c.id for c in sessions.search(page=2, per_page=2).cards] == [ids[2], ids[1]]
    assert sessions.search(page=9, per_page=2) == sessions.SessionPage((), 5)
    assert sessions.search(status="review").total == 0
    assert sessions.search(engine="lite", status="draft").total == 5
    assert sessions.search(since=datetime.now(UTC) + timedelta(minutes=1)).total == 0
    assert sessions.search(since=datetime.now(UTC) - timedelta(minutes=1)).total == 5


def test_a_card_shows_the_best() -> None:
    session_id, ids = with_variants(6, campaign="Autumn")
    score(session_id, {ids[5]: 90.0, ids[2]: 80.0})
    card = sessions.search().cards[0]
    assert card.thumbnails == tuple(sha(f"A hoodie {i}") for i in (5, 2, 0, 1))
    assert (card.variants, card.best_final, card.hero_sha256) == (6, 90.0, sha("hoodie"))
    assert (card.campaign, card.stage, card.status) == ("Autumn", "variants", "review")


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_lists_and_sessions_take_a_fixed_number_of_queries() -> None:
    def cost() -> tuple[int, int]:
        with counted() as listing:
            sessions.search()
        with counted() as loading:
            sessions.load(one)
        return len(listing), len(loading)

    one, _ = with_variants(1)
    before = cost()
    for i in range(5):
        with_variants(3, f"Topic {i}")
    for i in range(10, 16):
        sessions.save_variant(one, None, i, a_recipe(i), sha(str(i)), 8, 8)
    assert cost() == before
    assert before[0] <= 6
    assert before[1] <= 11
