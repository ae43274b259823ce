"""Weights of a campaign: every score follows, exactly as one session's would."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from services import audit, campaigns, sessions
from services.domain import AimWeights, MetricScore
from services.errors import Conflict, InvalidInput, NotAllowed, NotFound
from services.people import Person, Role, act_as
from services.sessions import SessionView
from tests.builders import a_brief, a_recipe, a_score, sha

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]
SHARES = AimWeights(0.6, 0.1, 0.3)


def scored(campaign: str, seed: int, count: int = 6) -> str:
    """A session of varied norms: a reference, one part missing, a score of an older topic."""
    chance = random.Random(seed)
    session_id = sessions.create(a_brief(), campaign)
    ids = [
        sessions.save_variant(session_id, None, n, a_recipe(n), sha(f"{session_id} {n}"), 8, 8)
        for n in range(count)
    ]
    for topic, chosen in (("old", ids[:2]), ("t", ids[1:])):
        scores = {}
        for place, variant in enumerate(chosen):
            clip, caption, lpips = (MetricScore(0.1, chance.random()) for _ in range(3))
            score = replace(a_score(50.0), clip=clip, caption=caption, lpips=lpips)
            if place == 1:
                score = replace(score, is_reference=True, lpips=MetricScore())
            if place == 2:
                score = replace(score, caption=MetricScore(), final=None)
            scores[variant] = score
        sessions.save_scores(session_id, scores, topic, "p", None)
    return session_id


def told(view: SessionView) -> list[object]:
    return [
        (v.index, v.rank, v.score.final if v.score else None, v.score and v.score.weights)
        for v in view.variants
    ]


@pytest.mark.parametrize("shares", [SHARES, AimWeights(1.0, 0.0, 0.0), AimWeights(0.0, 1.0, 0.0)])
def test_a_campaign_at_once_is_each_session_by_itself(shares: AimWeights) -> None:
    for seed in range(4):
        scored("Together", seed)
        scored("One by one", seed)
    campaigns.set_weights(campaigns.get_or_create("Together"), shares)
    for card in sessions.search(campaign_id=campaigns.get_or_create("One by one")).cards:
        sessions.set_weights(card.id, shares)
    pages = [
        sessions.search(campaign_id=campaigns.get_or_create(name)).cards
        for name in ("Together", "One by one")
    ]
    for left, right in zip(*pages, strict=True):
        assert told(sessions.load(left.id)) == told(sessions.load(right.id))
        assert left.best_final == right.best_final


def test_back_to_the_default_is_as_it_was() -> None:
    session_id, campaign = scored("A", 1), campaigns.get_or_create("A")
    campaigns.set_weights(campaign, None)
    before = told(sessions.load(session_id))
    assert campaigns.set_weights(campaign, SHARES) == 6
    assert campaigns.aim_weights(campaign) == SHARES
    assert told(sessions.load(session_id)) != before
    campaigns.set_weights(campaign, None)
    assert campaigns.aim_weights(campaign) == AimWeights()
    assert told(sessions.load(session_id)) == before


def test_sessions_with_weights_of_their_own_keep_them() -> None:
    own, other = scored("A", 1), scored("A", 2)
    sessions.set_weights(own, AimWeights(0.0, 0.0, 1.0))
    taken_back = scored("A", 3)
    sessions.set_weights(taken_back, SHARES)
    sessions.set_weights(taken_back, None)
    campaigns.set_weights(campaigns.get_or_create("A"), SHARES)
    weights = [sessions.load(s).variants[0].score.weights for s in (own, other, taken_back)]  # type: ignore[union-attr]
    assert weights == [AimWeights(0.0, 0.0, 1.0), SHARES, SHARES]


def test_only_an_administrator_may_and_the_trail_says_who() -> None:
    campaign = campaigns.create("A")
    creator, admin = Person("c", "Cleo", Role.CREATOR), Person("a", "Ada", Role.ADMIN)
    with act_as(creator), pytest.raises(NotAllowed):
        campaigns.set_weights(campaign, SHARES)
    assert campaigns.aim_weights(campaign) == AimWeights()
    with act_as(admin):
        campaigns.set_weights(campaign, SHARES)
    [entry] = audit.entries(campaign_id=campaign, action="campaign.weights")
    assert (entry.person, entry.details["after"]) == ("Ada", {"clip": 0.6, "lpips": 0.1, "caption": 0.3})


def test_wrong_weights_change_nothing() -> None:
    session_id, campaign = scored("A", 1), campaigns.get_or_create("A")
    before = told(sessions.load(session_id))
    with pytest.raises(InvalidInput):
        campaigns.set_weights(campaign, AimWeights(0.5, 0.5, 0.5))
    with pytest.raises(NotFound):
        campaigns.set_weights("nosuch", SHARES)
    assert told(sessions.load(session_id)) == before


def test_names_are_changed_by_those_who_make() -> None:
    campaign, _other = campaigns.create("A"), campaigns.create("B")
    campaigns.rename(campaign, "  Autumn   hoodies ")
    assert campaigns.names()[campaign] == "Autumn hoodies"
    with pytest.raises(Conflict):
        campaigns.rename(campaign, "B")
    with act_as(Person("v", "Vic", Role.REVIEWER)), pytest.raises(NotAllowed):
        campaigns.rename(campaign, "C")
    with act_as(Person("v", "Vic", Role.REVIEWER)), pytest.raises(NotAllowed):
        campaigns.create("D")
