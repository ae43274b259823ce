"""The Compare page: pictures side by side, what differs under them, and the blind vote to its standing."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import ui.account  # noqa: F401 - it says who acts; the tests say otherwise afterwards
from db.repositories.people import PeopleRepository
from db.tables import Person as PersonRow
from services import audit, sessions
from services.database import unit_of_work
from services.domain import AimScore, Variant
from services.people import Person, Role, act_as
from services.votes.ballots import next_pair, vote
from services.votes.standing import standing
from tests.pages import seeds
from tests.pages.conftest import Open, words

COMPARE = "pages/compare.py"
MINA = Person("mina", "Mina", Role.REVIEWER)
JOON = Person("joon", "Joon", Role.REVIEWER)
VERA = Person("vera", "Vera", Role.VIEWER)


@pytest.fixture(autouse=True)
def no_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test presses faster than anybody looks."""
    monkeypatch.setattr("ui.vote_page.LOOK_SECONDS", 0.0)


def known(*people: Person) -> None:
    with unit_of_work() as work:
        for person in people:
            row = PersonRow(id=person.id, issuer="t", subject=person.id, name=person.name, role=person.role)
            PeopleRepository(work.session).add(row)
        work.commit()


def at_the_page(person: Person, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(import_module("services.people.actor"), "_ask", lambda: person)


def stage_of(app: AppTest) -> dict[str, Any]:
    """What the component with the pictures was given."""
    [found] = app.get("bidi_component")
    data: dict[str, Any] = json.loads(found.proto.json)
    return data


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.main.button if b.label == label).click().run()


def labels(app: AppTest) -> set[str]:
    return {b.label for b in app.main.button}


def address(app: AppTest) -> str:
    """What the address names; AppTest holds what it was given as a list, what the page wrote as text."""
    value = app.query_params["v"]
    return value if isinstance(value, str) else value[0]


def made(session_id: str) -> list[Variant]:
    """In the order of their numbers."""
    return sorted(sessions.load(session_id).variants, key=lambda v: v.index)


# --- comparing ------------------------------------------------------------------------------------


def test_the_two_best_lie_side_by_side_until_others_are_chosen(open_page: Open) -> None:
    app = open_page(COMPARE, s=seeds.session(), lang="ko")
    assert not app.exception
    assert not app.error
    shown = stage_of(app)
    assert [p["name"] for p in shown["pictures"]] == ["시안 1", "시안 2"]
    assert all(p["src"].startswith("data:image/jpeg;base64,") for p in shown["pictures"])
    assert (shown["wipe"], shown["voting"]) == (False, False)
    assert '<th scope="col">시안 1</th><th scope="col">시안 2</th>' in words(app)


def test_variants_are_put_in_and_taken_out_by_their_thumbnails(open_page: Open) -> None:
    session_id = seeds.session(variants=6)
    ids = [v.id for v in made(session_id)]
    app = open_page(COMPARE, s=session_id, v=f"{ids[3]},{ids[1]}", view="wipe")
    assert stage_of(app)["wipe"] is True
    assert [p["name"] for p in stage_of(app)["pictures"]] == ["Variant 4", "Variant 2"]
    app = press(app, "Compare Variant 1 · 90")
    app = press(app, "Compare Variant 3 · 76")
    app = press(app, "Compare Variant 5 · 62")  # a fifth takes the place of the last
    assert address(app) == f"{ids[3]},{ids[1]},{ids[0]},{ids[4]}"
    assert len(stage_of(app)["pictures"]) == 4
    assert stage_of(app)["wipe"] is False, "two can lie over each other, more cannot"
    for name in ("Variant 4 · 69", "Variant 2 · 83", "Variant 1 · 90"):
        app = press(app, f"Take {name} out")
    assert address(app) == str(ids[4])
    assert "Choose another variant above" in words(app)
    app = press(app, "Take Variant 5 · 62 out")
    assert address(app) == str(ids[4]), "one stays"


def test_scores_are_compared_and_recipes_only_where_they_differ(open_page: Open) -> None:
    app = open_page(COMPARE, s=seeds.session())
    said = words(app)
    assert '<td title="90.0000"><b>90</b> <small class="best">best</small></td>' in said
    assert '<td title="83.0000">83</td>' in said
    assert '<th scope="row">Seed</th><td><b>40</b></td><td><b>41</b></td>' in said
    assert '<th scope="row">Layout</th>' not in said
    assert "The same in all: Made by · Layout · Headline · Size" in said


def test_scores_of_other_models_are_marked_and_nothing_is_called_best(open_page: Open) -> None:
    session_id = seeds.session()
    view = sessions.load(session_id)
    second = made(session_id)[1]
    whole = seeds.score(95.0)
    other = AimScore("another scorer", whole.clip, whole.caption, whole.lpips, whole.final)
    sessions.save_scores(
        session_id, {second.id: other}, view.brief.topic, view.brief.product_text, view.reference_sha256
    )
    ids = ",".join(str(v.id) for v in made(session_id)[:2])
    said = words(open_page(COMPARE, s=session_id, v=ids))
    assert "different models" in said
    assert "another scorer" in said
    assert "best</small>" not in said


def test_a_part_that_is_not_scored_says_why(open_page: Open) -> None:
    session_id = seeds.session(upto="references")
    seeds.add_variants(session_id, 2, lambda n: seeds.score(70.0) if n else seeds.unscored())
    said = words(open_page(COMPARE, s=session_id))
    assert '<td title="The reference picture is missing.">not scored</td>' in said
    assert "nan" not in said


def test_what_cannot_be_compared_says_what_to_do(open_page: Open) -> None:
    one = seeds.session(variants=1)
    for params in ({"s": one}, {"s": one, "vote": "1"}):
        app = open_page(COMPARE, **params)
        assert not app.exception
        assert not app.error
        assert not app.get("bidi_component")
        assert [b.label for b in app.main.button if b.proto.type == "primary"] == ["Open the session"]
    assert "There is no session nowhere" in words(open_page(COMPARE, s="nowhere"))
    strange = open_page(COMPARE, s=seeds.session(), v="0,x,,999999", view="wipe")
    assert len(stage_of(strange)["pictures"]) == 2
    assert stage_of(strange)["wipe"] is True


def test_a_session_leads_to_comparing_and_voting(open_page: Open) -> None:
    session_id = seeds.session()
    links = [link.proto for link in open_page("pages/sessions.py", s=session_id).get("page_link")]
    there = {link.label: link.query_string for link in links if link.page.endswith("compare")}
    assert there == {"Compare": f"s={session_id}", "Vote blind": f"s={session_id}&vote=1"}


# --- voting ---------------------------------------------------------------------------------------


def test_a_ballot_tells_nothing_but_a_and_b(open_page: Open) -> None:
    session_id = seeds.session()
    app = open_page(COMPARE, s=session_id, vote="1")
    assert not app.exception
    shown = stage_of(app)
    assert [p["name"] for p in shown["pictures"]] == ["A", "B"]
    assert [p["note"] for p in shown["pictures"]] == ["", ""]
    assert shown["voting"] is True
    said = [
        line for line in words(app).splitlines() if "{" not in line and ";" not in line
    ]  # no style sheets
    said += [str(p[name]) for p in shown["pictures"] for name in ("name", "note", "alt")]
    for telling in ("Variant", "시안 ", "90", "83", "#1", "png", "best"):
        assert not [line for line in said if telling in line]
    assert not app.get("plotly_chart")


def test_a_vote_goes_to_the_picture_on_its_side(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = seeds.session(variants=2)
    known(MINA)
    at_the_page(MINA, monkeypatch)
    with act_as(MINA):
        pair = next_pair(session_id)
    assert pair
    app = press(open_page(COMPARE, s=session_id, vote="1"), "B is better")
    assert [variant for variant, _s in standing(session_id).ranking] == [pair.right, pair.left]
    assert "You judged every pair" in words(app)


def test_from_the_first_pair_to_the_standing(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = seeds.session()
    known(MINA, JOON)
    with act_as(JOON):
        while pair := next_pair(session_id):
            vote(session_id, pair.left, pair.right, min(pair.left, pair.right))
    at_the_page(MINA, monkeypatch)
    app = open_page(COMPARE, s=session_id, vote="1")
    for done in range(6):
        assert f"{done} of 6 pairs" in app.get("progress")[0].proto.text
        assert not app.get("plotly_chart"), "the standing waits"
        with act_as(MINA):
            pair = next_pair(session_id)
        assert pair
        app = press(app, "A is better" if pair.left < pair.right else "B is better")
    said = words(app)
    assert "You judged every pair" in said
    assert "12 votes by 2 people" in said
    assert "The voters agree well with each other." in said
    assert app.get("plotly_chart")[0].proto.id.endswith(f"standing_{session_id}")
    first = made(session_id)[0]
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert chart["data"][0]["customdata"][0] == [first.id, session_id, "studio"]
    assert chart["layout"]["yaxis"]["ticktext"][0] == "#1 Variant 1"
    assert [e.action for e in audit.entries(session_id=session_id)].count("vote.cast") == 12


def test_undo_asks_the_same_pair_on_the_same_sides(open_page: Open) -> None:
    session_id = seeds.session()
    app = open_page(COMPARE, s=session_id, vote="1")
    before = [p["src"] for p in stage_of(app)["pictures"]]
    app = press(app, "No difference")
    assert standing(session_id).votes == 1
    assert [p["src"] for p in stage_of(app)["pictures"]] != before
    app = press(app, "Undo the last vote")
    assert standing(session_id).votes == 0
    assert [p["src"] for p in stage_of(app)["pictures"]] == before
    assert next(b for b in app.main.button if b.label == "Undo the last vote").disabled


def test_who_stops_sees_the_standing_and_is_told_when_going_on(open_page: Open) -> None:
    session_id = seeds.session()
    app = press(open_page(COMPARE, s=session_id, vote="1"), "A is better")
    app = press(app, "Stop and see the standing")
    assert "You stopped after 1 of 6 pairs" in words(app)
    assert "cannot be told apart" in words(app) or "Too few votes" in words(app)
    assert app.get("plotly_chart")
    app = press(app, "Go on voting")
    assert not app.get("plotly_chart")
    assert "not quite blind" in words(app)


def test_a_double_click_counts_once(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.vote_page.LOOK_SECONDS", 60.0)
    session_id = seeds.session()
    press(open_page(COMPARE, s=session_id, vote="1"), "A is better")
    assert standing(session_id).votes == 0


def test_who_only_looks_sees_the_standing_and_no_ballot(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = seeds.session()
    known(MINA, VERA)
    at_the_page(VERA, monkeypatch)
    app = open_page(COMPARE, s=session_id, vote="1")
    assert not app.exception
    assert "Your role lets you look, not review" in words(app)
    assert "Nobody voted yet." in [s.value for s in app.subheader]
    assert "A is better" not in labels(app)
    with act_as(MINA):
        pair = next_pair(session_id)
        assert pair
        vote(session_id, pair.left, pair.right, pair.left)
    assert "1 vote by 1 person." in words(open_page(COMPARE, s=session_id, vote="1"))
