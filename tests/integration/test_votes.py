"""Blind votes: who is asked what, what is kept, and what it says about AIM."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from db.repositories.people import PeopleRepository
from db.tables import Person as PersonRow
from services import audit, campaigns, review, sessions
from services.aim.normalisation import final_score
from services.database import unit_of_work
from services.domain import AimScore, AimWeights, MetricScore
from services.errors import InvalidInput, NotAllowed, NotFound
from services.people import Person, Role, act_as
from services.votes.aim import Measure, predicted_right, suggested_weights, team_view
from services.votes.ballots import next_pair, take_back, vote
from services.votes.counts import Judgements, judgements, stamp
from services.votes.standing import standing
from tests.builders import a_brief, a_recipe, sha

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]

MINA = Person("mina", "Mina", Role.REVIEWER)
JOON = Person("joon", "Joon", Role.REVIEWER)
VERA = Person("vera", "Vera", Role.VIEWER)


@pytest.fixture(autouse=True)
def team(home: object) -> None:
    with unit_of_work() as work:
        for person in (MINA, JOON, VERA):
            row = PersonRow(id=person.id, issuer="t", subject=person.id, name=person.name, role=person.role)
            PeopleRepository(work.session).add(row)
        work.commit()


def a_session(variants: int, campaign: str = "Autumn", topic: str = "A hoodie") -> tuple[str, list[int]]:
    session_id = sessions.create(a_brief(topic), campaign)
    ids = [
        sessions.save_variant(session_id, None, n, a_recipe(n), sha(f"{session_id}{n}"), 8, 8)
        for n in range(variants)
    ]
    return session_id, ids


def scored(session_id: str, norms: dict[int, tuple[float, float, float]], scorer: str = "lite") -> None:
    """Save scores with these (clip, lpips, caption) norms."""
    scores = {}
    for variant, (clip, lpips, caption) in norms.items():
        final = final_score(clip, lpips, caption, AimWeights())
        parts = (MetricScore(0.1, clip), MetricScore(0.1, caption, text="x"), MetricScore(0.1, lpips))
        scores[variant] = AimScore(scorer, *parts, final=final)
    sessions.save_scores(session_id, scores, "A hoodie", "text", sha("hoodie"))


def test_every_pair_is_asked_once_and_little_seen_variants_come_first() -> None:
    session_id, ids = a_session(4)
    asked, early = [], set()
    with act_as(MINA):
        while pair := next_pair(session_id):
            assert next_pair(session_id) == pair, "a reload shows the same pair on the same sides"
            assert (pair.voted, pair.pairs) == (len(asked), 6)
            vote(session_id, pair.left, pair.right, pair.left)
            asked.append(frozenset((pair.left, pair.right)))
            early |= {pair.left, pair.right} if len(asked) <= 2 else set()
    assert len(set(asked)) == len(asked) == 6
    assert early == set(ids)


def test_sides_are_shuffled() -> None:
    session_id, _ids = a_session(9)
    first_on_the_left = []
    with act_as(JOON):
        while pair := next_pair(session_id):
            first_on_the_left.append(pair.left < pair.right)
            vote(session_id, pair.left, pair.right, None)
    assert 0.2 < np.mean(first_on_the_left) < 0.8


def test_a_later_vote_takes_the_place_of_an_earlier_one_and_can_be_taken_back() -> None:
    session_id, (a, b) = a_session(2)
    with act_as(MINA):
        vote(session_id, a, b, a)
        vote(session_id, b, a, b)
        assert [v for v, _ in standing(session_id).ranking] == [b, a]
        assert standing(session_id).votes == 1
        take_back(session_id, a, b)
        assert standing(session_id).ranking == ()
        assert next_pair(session_id) is not None
    assert [entry.action for entry in audit.entries(session_id=session_id)][:3] == [
        "vote.taken_back",
        "vote.cast",
        "vote.cast",
    ]


def test_who_may_not_review_may_not_vote_but_may_see_the_standing() -> None:
    session_id, (a, b) = a_session(2)
    with act_as(VERA):
        for refused in (lambda: vote(session_id, a, b, a), lambda: next_pair(session_id)):
            with pytest.raises(NotAllowed):
                refused()
        assert standing(session_id).votes == 0


def test_votes_that_make_no_sense_are_refused() -> None:
    session_id, (a, b, c) = a_session(3)
    other, (d, _e) = a_session(2)
    for one, two, winner in ((a, a, a), (a, b, c), (a, d, a)):
        with pytest.raises(InvalidInput):
            vote(session_id, one, two, winner)
    with pytest.raises(NotFound):
        vote("nowhere", a, b, a)
    assert standing(other).votes == 0


def test_two_people_who_agree_have_a_high_alpha_and_one_person_has_none() -> None:
    session_id, ids = a_session(5)
    for person in (MINA, JOON):
        with act_as(person):
            while pair := next_pair(session_id):
                vote(session_id, pair.left, pair.right, max(pair.left, pair.right))
            found = standing(session_id)
            assert (found.agreement.alpha is None) == (person is MINA)
    assert found.people == 2
    assert [variant for variant, _ in found.ranking] == sorted(ids, reverse=True)


def test_a_team_that_follows_one_part_is_told_so_and_offered_its_weights() -> None:
    random = np.random.default_rng(1)
    for n in range(8):
        session_id, ids = a_session(5, topic=f"A hoodie {n}")
        norms = {variant: tuple(random.uniform(0, 1, 3)) for variant in ids}
        scored(session_id, norms)
        with act_as(MINA):
            while pair := next_pair(session_id):
                gap = norms[pair.left][0] - norms[pair.right][0]
                left = random.random() < expit(14 * gap)
                vote(session_id, pair.left, pair.right, pair.left if left else pair.right)
            for variant in ids:
                review.rate(variant, 1 + round(4 * norms[variant][0]))
    campaign_id = sessions.load(session_id).campaign_id
    view = team_view(campaign_id)
    assert view.scorer == "lite"
    for found in (view.votes, view.stars):
        clip, lpips = found[Measure.CLIP].spearman, found[Measure.LPIPS].spearman
        assert clip
        assert lpips
        assert clip.low > 0.5
        assert lpips.value < clip.low
    assert view.votes[Measure.COVERAGE].spearman is None  # nothing was checked
    found = suggested_weights(campaign_id)
    assert found
    assert found.better
    assert found.weights.clip > 0.6
    assert campaigns.aim_weights(campaign_id) == AimWeights(), "only a person applies them"


def test_scores_of_another_scorer_are_left_out_and_counted() -> None:
    session_id, ids = a_session(12)
    scored(session_id, {variant: (0.1 * i % 1, 0.5, 0.5) for i, variant in enumerate(ids[:10])})
    scored(session_id, dict.fromkeys(ids[10:], (0.5, 0.5, 0.5)), scorer="full")
    for i, variant in enumerate(ids):
        review.rate(variant, 1 + i % 5)
    view = team_view()
    assert (view.scorer, view.other_scorers) == ("lite", 2)
    assert view.stars[Measure.CLIP].variants == 10


def test_little_data_is_said_to_be_little() -> None:
    session_id, (a, b) = a_session(2)
    vote(session_id, a, b, a)
    campaign_id = sessions.load(session_id).campaign_id
    assert suggested_weights(campaign_id) is None
    assert all(found.spearman is None for found in team_view(campaign_id).votes.values())
    with pytest.raises(NotFound):
        suggested_weights("nowhere")
    assert replace(AimWeights(), clip=0.2) == AimWeights()


def test_what_there_is_to_compare_with_is_counted_and_its_changes_are_seen() -> None:
    session_id, (a, b, _c) = a_session(3)
    a_session(2, campaign="Winter")
    campaign_id = sessions.load(session_id).campaign_id
    assert judgements(campaign_id) == judgements() == Judgements(0, 0, 0)
    seen = [stamp(campaign_id)]
    with act_as(MINA):
        review.rate(a, 4)
        seen.append(stamp(campaign_id))
        review.rate(a, 2)
        seen.append(stamp(campaign_id))
        vote(session_id, a, b, a)
        seen.append(stamp(campaign_id))
    scored(session_id, {a: (0.5, 0.5, 0.5)})
    seen.append(stamp(campaign_id))
    assert len(set(seen)) == len(seen)
    assert stamp(campaign_id) == seen[-1]
    with act_as(JOON):
        review.rate(a, 3)
        review.rate(b, 3)
    assert judgements(campaign_id) == judgements() == Judgements(rated=2, votes=1, people=2)


def test_weights_are_asked_how_many_votes_they_tell() -> None:
    session_id, (a, b, c) = a_session(3)
    campaign_id = sessions.load(session_id).campaign_id
    assert predicted_right(campaign_id, AimWeights()) == (None, 0)
    scored(session_id, {a: (0.9, 0.1, 0.5), b: (0.1, 0.9, 0.5)})
    vote(session_id, a, b, a)
    vote(session_id, a, c, c)  # c is not scored
    assert predicted_right(campaign_id, AimWeights(1.0, 0.0, 0.0)) == (1.0, 1)
    assert predicted_right(campaign_id, AimWeights(0.0, 1.0, 0.0)) == (0.0, 1)
    assert predicted_right(campaign_id, AimWeights(0.0, 0.0, 1.0)) == (0.5, 1)
