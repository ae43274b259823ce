"""Pages for people who sign in: the sign-in page, roles in bodies, fragments and callbacks, Settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services import audit, sessions
from services.people import LOCAL, Role, act_as
from services.people.directory import Identity, forget, members, recognise, set_role
from services.people.signin import SignIn
from services.settings import get_settings
from tests.builders import a_brief
from tests.pages import seeds
from tests.pages.conftest import words
from ui import account
from ui.navigation import menu

Visit = Callable[..., AppTest]
ON = SignIn(True, ("default",), "http://localhost:8501/oauth2callback")
PAGES = [entry.path for entries in menu().values() for entry in entries]


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, open_page: Any, home: Any) -> Iterator[Visit]:
    """visit("pages/settings.py", "kim") -> the page as Kim sees it; "" is somebody not signed in."""
    monkeypatch.setattr(account, "read_sign_in", lambda files, port: ON)
    account.sign_in.cache_clear()
    forget()

    def visit(page: str, who: str, **params: str) -> AppTest:
        monkeypatch.setattr(account, "_claims", lambda: claims(who))
        app: AppTest = open_page(page, **params)
        return app

    with act_as(LOCAL):  # the test itself; pages run in threads of their own
        yield visit
    forget()


def claims(who: str) -> dict[str, Any]:
    if not who:
        return {}
    return {
        "is_logged_in": True,
        "iss": "https://id.example",
        "sub": who,
        "name": who.capitalize(),
        "email": f"{who}@example.com",
        "email_verified": True,
    }


def known(who: str, role: Role | None) -> str:
    """Somebody who was here before; their id."""
    identity = Identity.from_claims(claims(who))
    assert identity is not None
    person = recognise(identity)
    set_role(person.id, role)
    return person.id


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_nothing(visit: Visit, page: str) -> None:
    session = sessions.create(a_brief(), "Secret autumn")
    app = visit(page, "", s=session)
    assert "Sign in to see your team's sessions." in words(app)
    assert "hoodie" not in words(app)
    assert "Secret autumn" not in words(app)
    assert [b.label for b in app.button] == ["Sign in", "English", "한국어"]
    assert not app.sidebar.children
    assert not app.exception


def test_who_waits_for_a_role_is_told(visit: Visit) -> None:
    known("kim", None)
    app = visit("pages/sessions.py", "kim")
    assert "An administrator has to let you in first" in words(app)
    assert "Every brief" not in words(app)


def test_strangers_are_told(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_EMAIL_DOMAINS", "other.example")
    get_settings.cache_clear()
    assert "does not belong to the team" in words(visit("pages/sessions.py", "kim"))
    assert members() == []


def test_a_viewer_looks_and_makes_nothing(visit: Visit) -> None:
    known("kim", Role.VIEWER)
    assert "Every brief and all that came of it." in words(visit("pages/sessions.py", "kim"))
    studio = visit("pages/studio.py", "kim")
    assert "Your role does not let you make or change this." in words(studio)
    assert not studio.text_area


@pytest.mark.parametrize("page", PAGES)
def test_a_viewer_opens_every_page(visit: Visit, page: str) -> None:
    known("kim", Role.VIEWER)
    app = visit(page, "kim", s=seeds.session())
    assert not app.exception
    assert not app.error
    assert "Kim" in "".join(caption.value for caption in app.sidebar.caption)


def test_a_role_taken_away_counts_at_the_next_click(visit: Visit) -> None:
    person = known("kim", Role.CREATOR)
    app = visit("pages/studio.py", "kim")
    assert app.text_area
    set_role(person, None)
    app.run()
    assert not app.text_area
    assert "An administrator has to let you in first" in words(app)


def test_administrators_give_roles_in_settings(visit: Visit) -> None:
    known("kim", Role.ADMIN)
    lee = known("lee", Role.VIEWER)
    app = visit("pages/settings.py", "kim")
    app.selectbox(key=f"role_{lee}").select("reviewer").run()
    assert {m.name: m.role for m in members()} == {"Kim": Role.ADMIN, "Lee": Role.REVIEWER}
    newest = audit.entries(action="person.role")[0]
    assert newest.person == "Kim"  # the callback ran for whoever sat there


def test_the_last_administrator_is_told_to_stay(visit: Visit) -> None:
    kim = known("kim", Role.ADMIN)
    app = visit("pages/settings.py", "kim")
    app.selectbox(key=f"role_{kim}").select("viewer").run()
    assert "Kim is the last administrator." in words(app)
    assert app.selectbox(key=f"role_{kim}").value == "admin"


def test_others_see_their_own_role_alone(visit: Visit) -> None:
    known("kim", Role.ADMIN)
    known("lee", Role.REVIEWER)
    app = visit("pages/settings.py", "lee")
    assert "You are signed in as Lee. Your role: **Reviewer**." in words(app)
    assert "kim@example.com" not in words(app)


def test_without_sign_in_the_studio_says_whose_it_is(open_page: Any) -> None:
    app = open_page("pages/settings.py")
    assert "the studio answers this computer alone" in words(app)
    assert "This computer only" in "".join(caption.value for caption in app.sidebar.caption)


def test_a_link_to_a_session_and_to_a_variant(visit: Visit) -> None:
    known("kim", Role.VIEWER)
    session = seeds.session()
    variant = sessions.load(session).variants[0].id
    app = visit("pages/sessions.py", "kim", s=session, v=str(variant))
    links = [code.value for code in app.code]
    assert any(link.endswith(f"/sessions?s={session}") for link in links)
    assert any(link.endswith(f"/sessions?s={session}&v={variant}") for link in links)


def _clicker() -> None:
    """A page of its own: the same question asked by the body, a fragment and both kinds of callback."""
    import streamlit as st

    import ui.account  # noqa: F401
    from services.people import actor

    def note(place: str) -> None:
        st.session_state[place] = actor().name

    @st.fragment
    def part() -> None:
        note("fragment")
        st.button("in a fragment", key="f", on_click=note, args=("fragment callback",))

    note("body")
    st.button("on the page", key="b", on_click=note, args=("page callback",))
    part()


def test_body_fragment_and_callbacks_act_for_who_is_signed_in(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "_claims", lambda: claims("kim"))
    app = AppTest.from_function(_clicker).run()
    app.button(key="b").click().run()
    app.button(key="f").click().run()
    told = {
        place: app.session_state[place]
        for place in ("body", "fragment", "page callback", "fragment callback")
    }
    assert set(told.values()) == {"Kim"}
