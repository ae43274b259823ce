"""Two people in two browsers review one session, through an identity provider: an administrator approves,
a viewer sees it at once and can do nothing, neither on the page nor by calling the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services import audit, review, sessions
from services.database import reset_database
from services.errors import NotAllowed
from services.people import Person, Role, act_as
from services.people.directory import members
from services.sessions import SessionStatus
from tests.browser.conftest import Studio, ready, settled, visit
from tests.browser.sign_in import Account, sign_in, studio_with_sign_in
from tests.pages import seeds

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

MINA = Account("mina", "Kim Mina", "mina@example.com")
VERA = Account("vera", "Lee Vera", "vera@example.com")
WAIT = 20_000


@pytest.fixture
def session_id(home: Path) -> str:
    return seeds.session("Espresso at dawn")


@pytest.fixture
def team(home: Path, session_id: str) -> Iterator[Studio]:
    """A studio with one session, at which Mina is the administrator and others look."""
    reset_database()
    with studio_with_sign_in(home, [MINA, VERA], AIM_STUDIO_ADMINS=MINA.email) as studio:
        yield studio


@pytest.fixture
def windows(browser: Any) -> Iterator[list[Any]]:
    """Three browsers that share nothing: Mina's, Vera's, and one at which nobody signs in."""
    contexts = [
        browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US") for _ in range(3)
    ]
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()


def arrive(page: Any, address: str, account: Account) -> None:
    """Open a link that a colleague sent, sign in, and be there."""
    visit(page, address)
    assert "Espresso" not in page.content()
    assert page.locator("section[data-testid=stSidebar] a").count() == 0
    sign_in(page, account)
    assert page.url == address
    page.get_by_role("heading", name="Espresso at dawn").wait_for(timeout=WAIT)
    page.get_by_text(account.name).first.wait_for(timeout=WAIT)
    ready(page)


def accessible(page: Any) -> None:
    """axe finds nothing serious."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed: make test"
    )
    settled(page)
    found = axe.Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def told(page: Any, words: str) -> None:
    page.get_by_text(re.compile(words)).first.wait_for(timeout=WAIT)


def test_two_people_review_one_session(team: Studio, session_id: str, windows: list[Any]) -> None:
    mina, vera, nobody = windows
    address = f"{team.url}/sessions?s={session_id}"
    visit(nobody, address)
    accessible(nobody)
    arrive(mina, address, MINA)
    arrive(vera, address, VERA)
    assert {m.name: m.role for m in members()} == {MINA.name: Role.ADMIN, VERA.name: Role.VIEWER}

    # The viewer has no way to approve through the page.
    approve = vera.get_by_role("button", name="Approve session")
    assert approve.is_disabled()
    approve.evaluate("button => { button.disabled = false; button.click(); }")
    vera.wait_for_timeout(1_000)
    assert sessions.load(session_id).status == SessionStatus.REVIEW

    mina.get_by_role("button", name="Approve session").click()
    told(mina, "by Kim Mina")
    told(vera, "by Kim Mina")  # without a reload
    for page in (mina, vera):
        told(page, "Approved")
    assert sessions.load(session_id).status == SessionStatus.APPROVED
    approval = audit.entries(session_id=session_id, action="session.approved")
    assert [entry.person for entry in approval] == [MINA.name]  # the callback acted for who was there

    # Nor by calling the service.
    person = next(m for m in members() if m.name == VERA.name)
    with act_as(Person(person.id, person.name, person.role)), pytest.raises(NotAllowed):
        review.set_status(session_id, SessionStatus.REJECTED, SessionStatus.APPROVED)

    # Pictures are for those who signed in, whoever else has the link.
    picture = vera.locator("img[src*='/media/']").first.get_attribute("src")
    link = picture if picture.startswith("http") else team.url + picture
    assert vera.request.get(link).status == 200
    assert nobody.request.get(link).status == 403
    for guess in (
        "/app/static/studio.db",
        "/app/static/secrets.toml",
        f"/app/static/{link.rsplit('/', 1)[1]}",
    ):
        answer = vera.request.get(team.url + guess)
        assert answer.status == 404 or "text/html" in answer.headers["content-type"]

    visit(mina, f"{team.url}/settings")
    mina.get_by_text("What the roles mean").wait_for(timeout=WAIT)
    accessible(mina)

    # Whoever signs out is out.
    vera.get_by_role("button", name="Sign out").click()
    vera.get_by_role("button", name="End session").click()  # the provider's own page
    vera.get_by_text("Sign in to see your team").wait_for(timeout=WAIT)
    ready(vera)
    assert "Espresso" not in vera.content()
    assert vera.request.get(link).status == 403
