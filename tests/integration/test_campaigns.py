"""Campaigns and their figures."""

from __future__ import annotations

import statistics

import pytest

from services import campaigns, sessions
from services.domain import AimWeights
from services.errors import Conflict, InvalidInput, NotFound
from tests.builders import a_brief, a_recipe, a_score, sha

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]


def scored(campaign: str, finals: list[float], scorer: str = "lite") -> None:
    session_id = sessions.create(a_brief(), campaign)
    scores = {}
    for i, final in enumerate(finals):
        variant = sessions.save_variant(session_id, None, i, a_recipe(i), sha(f"{campaign} {final}"), 8, 8)
        scores[variant] = a_score(final, scorer)
    sessions.save_scores(session_id, scores, "t", "p", None)


def test_an_empty_campaign_has_no_figures() -> None:
    campaign_id = campaigns.create("Autumn")
    (card,) = campaigns.list_campaigns()
    assert (card.id, card.sessions, card.variants) == (campaign_id, 0, 0)
    assert (card.best_final, card.best_sha256, card.median_final, card.trend) == (None, None, None, ())


@pytest.mark.parametrize("finals", [[50.0], [50.0, 60.0], [10.0, 90.0, 20.0], [4.0, 1.0, 3.0, 2.0, 2.0, 9.0]])
def test_figures(finals: list[float]) -> None:
    scored("Autumn", finals)
    scored("Spring", [99.0])
    card = next(c for c in campaigns.list_campaigns() if c.name == "Autumn")
    assert card.median_final == pytest.approx(statistics.median(finals), abs=0.5)
    assert card.best_final == max(finals)
    assert card.best_sha256 == sha(f"Autumn {max(finals)}")
    assert (card.sessions, card.variants, card.mixed_scorers) == (1, len(finals), False)


def test_the_trend_runs_from_old_to_new_and_counts_are_right() -> None:
    for final in (30.0, 50.0, 40.0):
        scored("Autumn", [final, final - 10])
    sessions.create(a_brief(), "Autumn")  # not scored: no point
    (card,) = campaigns.list_campaigns()
    assert card.trend == (30.0, 50.0, 40.0)
    assert (card.sessions, card.variants, card.best_final) == (4, 6, 50.0)


def test_mixed_scorers_are_said() -> None:
    scored("Autumn", [30.0])
    scored("Autumn", [60.0], scorer="full")
    assert campaigns.list_campaigns()[0].mixed_scorers


def test_the_one_that_changed_last_comes_first() -> None:
    for name in ("A", "B", "A"):
        scored(name, [1.0])
    assert [c.name for c in campaigns.list_campaigns()] == ["A", "B"]


def test_names() -> None:
    first = campaigns.get_or_create("  My   campaign ")
    assert campaigns.get_or_create("My campaign") == first
    with pytest.raises(Conflict):
        campaigns.create("My campaign")
    with pytest.raises(InvalidInput):
        campaigns.create("  ")
    with pytest.raises(InvalidInput):
        campaigns.get_or_create("x" * 121)


def test_a_session_without_a_campaign_goes_to_the_default() -> None:
    sessions.create(a_brief())
    sessions.create(a_brief())
    assert [(c.name, c.sessions) for c in campaigns.list_campaigns()] == [(campaigns.DEFAULT_CAMPAIGN, 2)]


def test_aim_weights() -> None:
    assert campaigns.aim_weights(campaigns.create("Autumn")) == AimWeights()
    with pytest.raises(NotFound):
        campaigns.aim_weights("nothere")
