"""The audit trail: written with the change it tells of, and sealed by the database."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.tables import Person as PersonRow
from services import audit
from services.database import read_session, unit_of_work
from services.errors import NotAllowed
from services.people import LOCAL, NOBODY, Person, Role, act_as, actor_id

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]

MINA = Person("mina", "Mina", Role.REVIEWER)


def write(action: str, commit: bool = True, **where: object) -> None:
    with unit_of_work() as work:
        audit.record(work.session, action, **where)  # type: ignore[arg-type]
        if commit:
            work.commit()


def test_entries_say_who_what_and_where() -> None:
    with act_as(MINA):
        write("variant.picked", session_id="abc", variant_id=7, was="review")
    write("campaign.renamed", campaign_id="c1")
    newest, oldest = audit.entries()
    assert (newest.person, newest.action, newest.campaign_id) == (LOCAL.name, "campaign.renamed", "c1")
    assert (oldest.person_id, oldest.person, oldest.session_id, oldest.variant_id) == (
        "mina",
        "Mina",
        "abc",
        7,
    )
    assert oldest.details == {"was": "review"}
    assert [e.action for e in audit.entries(session_id="abc")] == ["variant.picked"]
    assert [e.action for e in audit.entries(action="campaign.")] == ["campaign.renamed"]
    assert [e.action for e in audit.entries(before=newest.id)] == ["variant.picked"]
    assert audit.entries(variant_id=8) == []


def test_an_entry_is_saved_with_its_change_or_not_at_all() -> None:
    write("session.approved", commit=False)
    assert audit.entries() == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET person_name = 'Nobody'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_the_trail(statement: str) -> None:
    write("session.approved", session_id="abc")
    with unit_of_work() as work, pytest.raises(DBAPIError, match="cannot be changed"):
        work.session.execute(text(statement))
    assert [e.person for e in audit.entries()] == [LOCAL.name]


def test_nobody_reads_or_writes() -> None:
    with act_as(NOBODY), pytest.raises(NotAllowed):
        write("session.approved")
    with act_as(NOBODY), pytest.raises(NotAllowed):
        audit.entries()


def test_the_one_person_of_a_studio_without_sign_in_gets_a_row_once() -> None:
    for _ in range(2):
        with unit_of_work() as work:
            assert actor_id(work.session) == LOCAL.id
            work.commit()
    with read_session() as session:
        row = session.get(PersonRow, LOCAL.id)
        assert row is not None
        assert row.role == Role.ADMIN
