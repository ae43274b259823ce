"""AIM and the team on the Campaigns page: nothing, too little, enough; and weights that a person applies."""

from __future__ import annotations

import csv
import io
import json
from importlib import import_module
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from streamlit.testing.v1 import AppTest

import ui.account  # noqa: F401 - it says who acts; the tests say otherwise afterwards
from db.tables import Rating, Vote
from services import campaigns, review, sessions
from services.aim.normalisation import final_score
from services.database import unit_of_work
from services.domain import AimScore, AimWeights, MetricScore
from services.people import LOCAL, Person, Role, act_as, actor_id
from services.votes import aim
from services.votes.aim import suggested_weights, team_view
from services.votes.tables import team_csv
from tests.pages import seeds
from tests.pages.conftest import Open, words

CAMPAIGNS = "pages/campaigns.py"
VERA = Person("vera", "Vera", Role.VIEWER)


def team(followed: str | None, count: int = 6, variants: int = 4) -> str:
    """A campaign in which one person votes and rates after one part of the score (None: by lot); its id.

    Written in bulk: what voting does is tested elsewhere.
    """
    random = np.random.default_rng(5)
    for n in range(count):
        session_id = seeds.session(f"A hoodie {n}", upto="plan")
        norms = [tuple(float(v) for v in random.uniform(0.1, 1.0, 3)) for _ in range(variants)]
        ids = seeds.add_variants(session_id, variants, lambda i, norms=norms: scored(*norms[i]))
        liked = dict(zip(ids, (n[0] if followed else float(random.uniform()) for n in norms), strict=True))
        with unit_of_work() as work:
            person = actor_id(work.session)
            for a, b in combinations(ids, 2):
                winner = a if random.random() < expit(14 * (liked[a] - liked[b])) else b
                work.session.add(
                    Vote(session_id=session_id, first_id=a, second_id=b, winner_id=winner, person_id=person)
                )
            for variant in ids:
                stars = 1 + round(4 * liked[variant])
                work.session.add(Rating(variant_id=variant, person_id=person, stars=stars))
            work.commit()
    return campaigns.get_or_create("Autumn")


def scored(clip: float, lpips: float, caption: float) -> AimScore:
    parts = (MetricScore(0.1, clip), MetricScore(0.1, caption, text="x"), MetricScore(0.1, lpips))
    return AimScore("clip=fake", *parts, final=final_score(clip, lpips, caption, AimWeights()))


def figure(app: AppTest) -> dict[str, Any]:
    """The chart of correlations."""
    found = next(c for c in app.get("plotly_chart") if c.proto.id.endswith("team_correlations"))
    chart: dict[str, Any] = json.loads(found.proto.spec)
    return chart


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.main.button if b.label == label).click().run()


def test_nobody_judged_anything_yet(open_page: Open) -> None:
    seeds.session()
    app = open_page(CAMPAIGNS, team="1")
    assert not app.error
    assert "Nobody gave stars or voted blind yet." in words(app)
    assert "Compare AIM with your team" not in [b.label for b in app.main.button]


def test_nothing_is_worked_out_before_somebody_asks(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = seeds.session()
    review.rate(sessions.load(session_id).variants[0].id, 4)
    asked: list[str | None] = []
    monkeypatch.setattr("ui.team_view.team_view", lambda c: (asked.append(c), aim.team_view(c))[1])
    app = open_page(CAMPAIGNS)
    assert asked == []
    assert "1 rated variant and 0 blind votes of 1 person" in words(app)
    app = press(app, "Compare AIM with your team")
    assert not app.error
    assert "Choose a campaign above" in words(app)
    assert asked == [None]
    assert "no agreement could be shown yet: 1 of 10 rated variants needed" in words(app).replace("\\", "")
    app.run()
    assert asked == [None], "kept until something changes"
    review.rate(sessions.load(session_id).variants[0].id, 5)
    app.run()
    assert asked == [None, None]


def test_agreement_is_told_and_a_suggestion_applied_by_an_administrator(open_page: Open) -> None:
    campaign = team("clip")
    view, suggestion = team_view(campaign), suggested_weights(campaign)
    assert suggestion
    assert suggestion.better
    app = open_page(CAMPAIGNS, campaign=campaign, team="1")
    assert not app.exception
    assert not app.error
    chart = figure(app)
    assert (
        len(chart["data"]) == 16
    )  # four measures, two statistics, stars and votes; coverage was not checked
    assert "not enough data yet" in {note["text"] for note in chart["layout"]["annotations"]}
    found = view.votes[aim.Measure.CLIP].spearman
    assert found
    drawn = [t["x"] for t in chart["data"] if t["hovertext"][0].startswith("Matches text<br>Spearman")]
    assert drawn[1] == [found.value]
    table = list(csv.DictReader(io.StringIO(team_csv(view).decode("utf-8-sig"))))
    row = next(r for r in table if (r["compared_with"], r["measure"]) == ("votes", "clip"))
    assert (len(table), float(row["spearman"])) == (10, found.value)

    assert "foretell your team's votes better" in words(app)
    assert "**Suggested**" in words(app)
    assert campaigns.aim_weights(campaign) == AimWeights(), "never by itself"
    app = press(app, "Apply these weights")
    assert not app.exception
    assert "24 variants scored anew" in words(app)
    assert campaigns.aim_weights(campaign) == suggestion.weights
    assert "This campaign uses these weights." in words(app)
    assert "Apply these weights" not in [b.label for b in app.main.button]


def test_who_only_looks_sees_the_suggestion_and_cannot_apply_it(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = team("clip")
    monkeypatch.setattr(import_module("services.people.actor"), "_ask", lambda: VERA)
    app = open_page(CAMPAIGNS, campaign=campaign, team="1", lang="ko")
    assert not app.exception
    assert "**제안**" in words(app)
    assert "아직 데이터가 부족합니다" in {note["text"] for note in figure(app)["layout"]["annotations"]}
    assert next(b for b in app.main.button if b.label == "이 가중치 적용").disabled
    with act_as(LOCAL):
        assert campaigns.aim_weights(campaign) == AimWeights()


def test_where_no_weights_are_better_none_are_offered(open_page: Open) -> None:
    campaign = team(None)
    found = suggested_weights(campaign)
    assert found
    assert not found.better
    app = open_page(CAMPAIGNS, campaign=campaign, team="1")
    assert "Keep the default" in words(app)
    assert "Apply these weights" not in [b.label for b in app.main.button]


def test_too_few_votes_for_a_suggestion_say_how_many_it_takes(open_page: Open) -> None:
    campaign = team("clip", count=1)
    app = open_page(CAMPAIGNS, campaign=campaign, team="1")
    assert not app.error
    assert "6 of 30 between two scored variants" in words(app).replace("\\", "")
