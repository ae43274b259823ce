"""Review on a session's page: rating, deciding, talking, approving; and what a viewer sees of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest
from streamlit.testing.v1 import AppTest

import ui.account  # noqa: F401 - it says who acts; the tests say otherwise afterwards
from db.repositories.people import PeopleRepository
from db.tables import Person as PersonRow
from services import review, sessions
from services.database import unit_of_work
from services.domain import Decision
from services.people import Person, Role, act_as
from services.sessions import SessionStatus
from tests.pages import seeds
from tests.pages.conftest import Open, words

SESSIONS = "pages/sessions.py"
MINA = Person("mina", "Mina", Role.REVIEWER)
VERA = Person("vera", "Vera", Role.VIEWER)
As = Callable[[Person], None]


@pytest.fixture
def sit_down(home: object, monkeypatch: pytest.MonkeyPatch) -> As:
    """sit_down(MINA): from here on she is at the page."""

    def sit(person: Person) -> None:
        with unit_of_work() as work:
            row = PersonRow(id=person.id, issuer="t", subject=person.id, name=person.name, role=person.role)
            PeopleRepository(work.session).add(row)
            work.commit()
        monkeypatch.setattr(import_module("services.people.actor"), "_ask", lambda: person)

    return sit


@contextmanager
def as_colleague() -> Iterator[None]:
    """Somebody else, with a row of their own."""
    joon = Person("joon", "Joon", Role.REVIEWER)
    with unit_of_work() as work:
        if PeopleRepository(work.session).get(joon.id) is None:
            row = PersonRow(id=joon.id, issuer="t", subject=joon.id, name=joon.name, role=joon.role)
            PeopleRepository(work.session).add(row)
            work.commit()
    with act_as(joon):
        yield


def best(session_id: str) -> int:
    return sessions.load(session_id).variants[0].id


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.main.button]


def test_stars_are_given_changed_and_taken_back(open_page: Open, sit_down: As) -> None:
    session_id = seeds.session()
    sit_down(MINA)
    with as_colleague():
        review.rate(best(session_id), 2)
    app = open_page(SESSIONS, s=session_id)
    assert not app.exception
    assert "2.0" in words(app)
    stars = next(f for f in app.feedback if f.key == f"stars_{best(session_id)}")
    assert stars.value is None
    stars.set_value(4).run()
    assert "3.5" in words(app)
    with act_as(MINA):
        assert review.load(session_id).of(best(session_id)).own == 5
    next(f for f in app.feedback if f.key == stars.key).set_value(None).run()
    assert review.load(session_id).of(best(session_id)).raters == 1


def test_the_shortlist_is_one_click_and_a_filter_in_the_address(open_page: Open) -> None:
    session_id = seeds.session()
    app = open_page(SESSIONS, s=session_id)
    app.button(key=f"mark_off_{best(session_id)}").click().run()
    assert review.load(session_id).of(best(session_id)).shortlisted
    app = open_page(SESSIONS, s=session_id, show="shortlist")
    assert len(app.feedback) == 1
    assert len(open_page(SESSIONS, s=session_id).feedback) == 4


def test_two_who_pick_and_reject_are_told(open_page: Open, sit_down: As) -> None:
    session_id = seeds.session()
    sit_down(MINA)
    app = open_page(SESSIONS, s=session_id)
    with as_colleague():
        review.decide(best(session_id), Decision.PICKED)
    app.button(key=f"reject_{best(session_id)}").click().run()
    assert "Joon picked this variant" in words(app)
    assert review.load(session_id).of(best(session_id)).decision is Decision.PICKED


def test_approving_shows_who_and_when_and_can_be_reopened(open_page: Open, sit_down: As) -> None:
    session_id = seeds.session()
    sit_down(MINA)
    app = open_page(SESSIONS, s=session_id)
    assert [b.label for b in app.main.button if b.proto.type == "primary"] == ["Approve session"]
    app.button(key="set_approved").click().run()
    assert not app.exception
    assert "Approved" in words(app)
    assert "by Mina" in words(app)
    assert "Approve session" not in labels(app)
    app.button(key="set_review").click().run()
    assert review.load(session_id).status is SessionStatus.REVIEW


def test_an_approval_behind_ones_back_is_told_and_stays(open_page: Open, sit_down: As) -> None:
    session_id = seeds.session()
    sit_down(MINA)
    app = open_page(SESSIONS, s=session_id)
    with as_colleague():
        review.set_status(session_id, SessionStatus.REJECTED, seen=SessionStatus.REVIEW)
    app.button(key="set_approved").click().run()
    assert "Joon rejected this session a moment ago" in words(app)
    assert review.load(session_id).status is SessionStatus.REJECTED


def test_variants_made_after_the_approval_are_shown_as_such(open_page: Open) -> None:
    session_id = seeds.session(upto="references")
    seeds.add_variants(session_id, 2, lambda n: seeds.score(80))
    review.set_status(session_id, SessionStatus.APPROVED, seen=SessionStatus.REVIEW)
    seeds.add_variants(session_id, 3, lambda n: seeds.score(80))  # the two there, and one more
    app = open_page(SESSIONS, s=session_id)
    assert "1 variant was made after the decision" in words(app)
    assert words(app).count("made after the decision") == 2  # in the head, and on its card


def test_a_viewer_sees_all_and_can_do_nothing(open_page: Open, sit_down: As) -> None:
    session_id = seeds.session()
    review.add_tag(best(session_id), "warm")
    review.comment(session_id, "A fine batch")
    sit_down(VERA)
    app = open_page(SESSIONS, s=session_id)
    assert not app.exception
    assert "warm" in words(app)
    for key in ("set_approved", "set_rejected", f"pick_{best(session_id)}", f"reject_{best(session_id)}"):
        button = app.button(key=key)
        assert button.disabled
        assert "not review" in button.help
    assert all(f.disabled for f in app.feedback)
    app = open_page(SESSIONS, s=session_id, tab="discussion")
    assert "A fine batch" in words(app)
    assert app.text_area[0].disabled
    assert "Take back" not in labels(app)
    app = open_page(SESSIONS, s=session_id, review="1")
    stars = [b for b in app.button if str(b.key).startswith("star_dim_")]
    assert [b.disabled for b in stars] == [True] * 5


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_comment_is_posted_answered_and_told_in_the_history(open_page: Open, lang: str) -> None:
    session_id = seeds.session()
    app = open_page(SESSIONS, s=session_id, tab="discussion", lang=lang)
    app.text_area[0].set_value("<script>alert(1)</script> **bold**\nsecond line")
    app.button(key="FormSubmitter:comment_any-Post" if lang == "en" else submitter(app)).click().run()
    assert not app.exception
    [remark] = review.load(session_id).remarks
    assert remark.text == "<script>alert(1)</script> **bold**\nsecond line"
    html = "".join(each.proto.body for each in app.get("html"))
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    app.button(key=f"answer_to_{remark.id}").click().run()
    app.text_area[0].set_value("Indeed")
    next(
        b for b in app.button if str(b.key).startswith(f"FormSubmitter:answer_form_{remark.id}")
    ).click().run()
    assert [a.text for a in review.load(session_id).remarks[0].answers] == ["Indeed"]
    said = words(app)
    assert ("answered a comment" if lang == "en" else "답글") in said
    assert "did this" not in said


def submitter(app: AppTest) -> str:
    return next(str(b.key) for b in app.button if str(b.key).startswith("FormSubmitter:comment_any"))


def test_one_by_one_goes_by_the_address_and_its_keys(open_page: Open) -> None:
    session_id = seeds.session()
    ids = [v.id for v in sessions.load(session_id).variants]
    app = open_page(SESSIONS, s=session_id, review="1", v=str(ids[1]))
    assert not app.exception
    keys = {b.proto.shortcut for b in app.main.button}
    assert {"1", "2", "3", "4", "5", "p", "x", "s", "left", "right", "g"} <= keys
    app.button(key="star_dim_4").click().run()
    assert review.load(session_id).of(ids[1]).own == 4
    app.button(key="shortlist_off").click().run()
    app.button(key="go_right").click().run()
    assert str(ids[2]) in app.query_params["v"]
    app.button(key="pick").click().run()
    marks = review.load(session_id)
    assert (marks.of(ids[1]).shortlisted, marks.of(ids[2]).decision) == (True, Decision.PICKED)
    app.button(key="go_right").click().run()
    assert app.button(key="go_right").disabled
    next(b for b in app.main.button if b.proto.shortcut == "g").click().run()
    assert "review" not in app.query_params
    assert "v" not in app.query_params


def test_the_lineage_follows_the_address_and_says_it_in_words(open_page: Open) -> None:
    session_id = seeds.session()
    last = sessions.load(session_id).variants[-1]
    app = open_page(SESSIONS, s=session_id, tab="made", path=str(last.id))
    assert not app.exception
    assert not app.error
    text = words(app)
    assert f"<li>Variant {last.index + 1} · 69</li>" in text
    assert "2 parts of the plan: a dog in a yellow hoodie (50%); a stylish sofa (30%)" in text  # as used


@pytest.mark.parametrize("tab", ["variants", "made", "discussion", "export", "nonsense"])
def test_every_tab_has_an_address(open_page: Open, tab: str) -> None:
    app = open_page(SESSIONS, s=seeds.session(), tab=tab)
    assert not app.exception
    assert not app.error


def test_a_session_without_variants_has_nothing_to_decide(open_page: Open) -> None:
    app = open_page(SESSIONS, s=seeds.session(upto="plan"))
    assert not app.exception
    assert not {"Approve session", "Review one by one"} & set(labels(app))
    app = open_page(SESSIONS, s=seeds.session(upto="plan"), review="1", tab="made")
    assert not app.exception


def test_sessions_can_stand_as_a_table(open_page: Open) -> None:
    seeds.session("A bag")
    seeds.session("A shoe", upto="brief")
    app = open_page(SESSIONS, view="table")
    assert not app.exception
    rows = app.dataframe[0].value
    assert list(rows["Topic"]) == ["A shoe", "A bag"]
    assert list(rows["State"]) == ["Draft", "To review"]
    assert not open_page(SESSIONS).dataframe


def test_sessions_are_filtered_by_person_and_tag(open_page: Open) -> None:
    first, _second = seeds.session("A bag"), seeds.session("A shoe")
    review.add_tag(best(first), "warm")
    with as_colleague():
        review.comment(first, "hm")
    app = open_page(SESSIONS)
    assert {"Person", "Tag"} <= {box.label for box in app.selectbox}
    assert "1 session" in words(open_page(SESSIONS, tag="warm"))
    assert "1 session" in words(open_page(SESSIONS, person="joon"))
    assert "No session fits" in words(open_page(SESSIONS, tag="nobody says so"))
    assert "2 sessions" in words(open_page(SESSIONS, status="review"))
