"""Every page: empty, with one thing, with many, with an error; in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from services import sessions
from services.domain import Decision, Placement
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from tests.pages import seeds
from tests.pages.conftest import Open, words

PAGES = [
    "",
    "pages/studio.py",
    "pages/sessions.py",
    "pages/compare.py",
    "pages/libraries.py",
    "pages/evaluate.py",
    "pages/settings.py",
]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("page", PAGES)
def test_empty_pages_invite(open_page: Open, page: str, lang: str) -> None:
    app = open_page(page, lang=lang)
    assert not app.exception
    assert not app.error
    assert len(words(app)) > 80
    assert ("엔진" if lang == "ko" else "Engine") in words(app)


def test_first_visit_offers_one_primary_button(open_page: Open) -> None:
    app = open_page()
    assert app.title[0].value == "From a product photo to ranked ad variants"
    assert [b.label for b in app.main.button if b.proto.type == "primary"] == ["Make an example"]


@pytest.mark.parametrize("placement", list(Placement))
def test_one_session_shows_on_overview_and_in_the_list(open_page: Open, placement: Placement) -> None:
    seeds.session(placement=placement)
    for page in ("", "pages/sessions.py"):
        app = open_page(page)
        assert not app.exception
        assert "To review" in words(app) or "1 session" in words(app)
    assert "90" in words(open_page())


def test_many_sessions_are_paged_filtered_and_searched(open_page: Open) -> None:
    for n in range(26):
        seeds.session(f"Bag number {n}", "Bags" if n % 2 else "Shoes", upto="brief")
    app = open_page("pages/sessions.py")
    assert "26 sessions" in words(app)
    campaign = next(box for box in app.selectbox if box.label == "Campaign")
    assert len(campaign.options) == 3
    assert "13 sessions" in words(open_page("pages/sessions.py", campaign=_campaign("Bags")))
    found = open_page("pages/sessions.py", q="number 25")
    assert "1 session" in words(found)
    assert "No session fits" in words(open_page("pages/sessions.py", q="nothing like it"))


def _campaign(name: str) -> str:
    from services import campaigns

    return campaigns.get_or_create(name)


def test_detail_tells_how_it_was_made(open_page: Open) -> None:
    session_id = seeds.session()
    app = open_page("pages/sessions.py", s=session_id, tab="made")
    assert app.title[0].value == seeds.TOPIC
    text = words(app)
    assert not app.exception
    for part in ("too weak 0.12 < 0.20", "too alike #1 (0.91)", "by hand", "keybert"):
        assert (part in text) == (part != "by hand"), part


def test_unknown_session_is_one_calm_sentence(open_page: Open) -> None:
    for page in ("pages/sessions.py", "pages/studio.py"):
        app = open_page(page, s="nosuchthing")
        assert not app.exception
        assert "There is no session nosuchthing" in words(app).replace("\\", "")


def test_a_raw_fault_becomes_a_sentence_with_a_reference(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(sessions, "search", broken)
    app = open_page("pages/sessions.py")
    assert not app.exception
    [said] = [e.value for e in app.error]
    assert "Reference " in said
    assert "secret inside" not in said
    assert said.rstrip(".").split()[-1] in caplog.text
    assert "secret inside" in caplog.text


def test_names_are_text_never_markup(open_page: Open) -> None:
    session_id = seeds.session("**bold** <b>x</b> [a](http://b.c) $x$", upto="plan")
    app = open_page("pages/studio.py", s=session_id)
    assert "\\*\\*bold\\*\\*" in app.title[0].value
    assert "\\[a\\]" in app.title[0].value


def test_running_work_shows_in_the_strip(open_page: Open) -> None:
    session_id = seeds.session(upto="brief")
    queue.submit(RunKind.PLAN, session_id, steps=[StepSpec("plan")])
    [bar] = open_page().get("progress")
    assert "Waiting to start." in bar.proto.text


def test_a_lost_picture_is_flagged_not_fatal(open_page: Open, home: Path) -> None:
    session_id = seeds.session()
    for folder in ("sha256", "thumbnails"):
        for file in (home / "images" / folder).rglob("*"):
            if file.is_file():
                file.unlink()
    app = open_page("pages/sessions.py", s=session_id)
    assert not app.exception
    assert not app.error
    assert "File missing" in words(app)


def test_unscored_part_says_so(open_page: Open) -> None:
    session_id = seeds.session(upto="references")
    seeds.add_variants(session_id, 2, lambda n: seeds.unscored())
    app = open_page("pages/studio.py", s=session_id)
    html = " ".join(h.proto.body for h in app.get("html"))
    assert "not scored" in html
    assert "The reference picture is missing" in html


def test_pick_and_take_back(open_page: Open) -> None:
    session_id = seeds.session()
    app = open_page("pages/studio.py", s=session_id)
    best = sessions.load(session_id).variants[0]
    app.button(key=f"pick_{best.id}").click().run()
    assert sessions.load(session_id).variants[0].decision is Decision.PICKED
    app.button(key=f"pick_{best.id}").click().run()
    assert sessions.load(session_id).variants[0].decision is None
