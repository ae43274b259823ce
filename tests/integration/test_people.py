"""People: recognised by issuer and subject, let in by setting, given roles by administrators."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services import audit
from services.errors import Conflict, NotAllowed, NotFound
from services.people import LOCAL, Person, Role, act_as
from services.people.directory import Identity, forget, members, recognise, set_role
from services.settings import get_settings

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]

ISSUER = "https://id.example"


@pytest.fixture(autouse=True)
def fresh() -> None:
    forget()


def setting(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"AIM_STUDIO_{name.upper()}", value)
    get_settings.cache_clear()


def claims(**changes: Any) -> dict[str, Any]:
    return {
        "iss": ISSUER,
        "sub": "1",
        "name": "Kim Mina",
        "email": "Kim@Example.com",
        "email_verified": True,
        **changes,
    }


def someone(subject: str = "1", **changes: Any) -> Person:
    forget()
    identity = Identity.from_claims(claims(sub=subject, **changes))
    assert identity is not None
    return recognise(identity)


def test_a_newcomer_gets_a_row_and_the_default_role() -> None:
    person = someone()
    assert (person.name, person.email, person.role) == ("Kim Mina", "kim@example.com", Role.VIEWER)
    assert someone().id == person.id
    assert [(m.name, m.role) for m in members()] == [("Kim Mina", Role.VIEWER)]
    [joined] = audit.entries(action="person.joined")
    assert joined.details["person"] == person.id


@pytest.mark.parametrize(
    ("default", "role"), [("reviewer", Role.REVIEWER), ("creator", Role.CREATOR), ("none", None)]
)
def test_the_default_role_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, default: str, role: Role | None
) -> None:
    setting(monkeypatch, default_role=default)
    assert someone().role is role


def test_an_address_alone_is_nobody() -> None:
    """The same address of another provider or of another account is another person."""
    first = someone("1")
    assert someone("2").id != first.id
    assert someone("1", iss="https://other.example").id != first.id
    assert Identity.from_claims({"email": "kim@example.com", "email_verified": True}) is None


@pytest.mark.parametrize(
    ("verified", "role"),
    [(True, Role.ADMIN), ("true", Role.ADMIN), (False, Role.VIEWER), (None, Role.VIEWER)],
)
def test_only_a_verified_address_makes_an_administrator(
    monkeypatch: pytest.MonkeyPatch, verified: Any, role: Role
) -> None:
    setting(monkeypatch, admins="lee@example.com, KIM@example.com")
    assert someone(email_verified=verified).role is role


def test_who_is_named_later_becomes_one_at_the_next_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert someone().role is Role.VIEWER
    setting(monkeypatch, admins="kim@example.com")
    assert someone().role is Role.ADMIN


def test_other_domains_are_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, email_domains="example.com")
    assert someone().role is Role.VIEWER
    for stranger in (
        {"email": "eve@elsewhere.org"},
        {"email": "eve@notexample.com"},
        {"email_verified": False},
        {"email": "kim@example.com@elsewhere.org"},
        {"email": None},
    ):
        with pytest.raises(NotAllowed, match="team"):
            someone("2", **stranger)
    assert len(members()) == 1  # strangers leave no row


def test_roles_are_changed_by_administrators_and_count_at_once() -> None:
    person = someone()
    with act_as(person), pytest.raises(NotAllowed):
        set_role(person.id, Role.ADMIN)
    with act_as(person), pytest.raises(NotAllowed):
        members()
    set_role(person.id, Role.CREATOR)
    identity = Identity.from_claims(claims())
    assert identity is not None
    assert recognise(identity).role is Role.CREATOR
    set_role(person.id, None)
    assert recognise(identity).role is None
    newest = audit.entries(action="person.role")[0]
    assert (newest.person, newest.details["was"], newest.details["role"]) == (LOCAL.name, "creator", "")


def test_the_last_administrator_stays() -> None:
    kim, lee = someone("1"), someone("2")
    set_role(kim.id, Role.ADMIN)
    with pytest.raises(Conflict, match="last administrator"):
        set_role(kim.id, Role.VIEWER)
    set_role(lee.id, Role.ADMIN)
    set_role(kim.id, Role.VIEWER)
    with pytest.raises(Conflict, match="last administrator"):
        set_role(lee.id, None)


def test_two_administrators_who_demote_each_other_leave_one() -> None:
    pair = [someone("1"), someone("2")]
    for person in pair:
        set_role(person.id, Role.ADMIN)

    def demote(person: Person) -> bool:
        with act_as(LOCAL):
            try:
                set_role(person.id, Role.VIEWER)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, pair)) == [False, True]


def test_an_administrator_by_setting_is_changed_there(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, admins="kim@example.com")
    kim, lee = someone("1"), someone("2", email="lee@example.com")
    set_role(lee.id, Role.ADMIN)
    with pytest.raises(Conflict, match="AIM_STUDIO_ADMINS"):
        set_role(kim.id, Role.VIEWER)
    assert {m.id: m.fixed for m in members()} == {kim.id: True, lee.id: False}


@pytest.mark.parametrize("person_id", ["nobody", LOCAL.id])
def test_nobody_else_has_a_role(person_id: str) -> None:
    with pytest.raises(NotFound):
        set_role(person_id, Role.ADMIN)


def test_two_tabs_at_the_first_visit_make_one_person() -> None:
    identity = Identity.from_claims(claims())
    assert identity is not None
    with ThreadPoolExecutor(4) as pool:
        found = {person.id for person in pool.map(recognise, [identity] * 8)}
    assert len(found) == len(members()) == 1
