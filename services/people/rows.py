"""The row that stands for who acts, so that what they did can point at it."""

from __future__ import annotations

from sqlalchemy.orm import Session as OrmSession

from db.repositories.people import PeopleRepository
from db.tables import Person as PersonRow
from services.people.actor import LOCAL, actor


def actor_id(session: OrmSession) -> str:
    """The id of who acts now, for a row's `person_id`, inside the caller's unit of work.

    Who signed in has a row since then; the one person of a studio without sign-in gets theirs here.
    """
    person = actor()
    people = PeopleRepository(session)
    if person.id == LOCAL.id and people.get(LOCAL.id) is None:
        people.add(PersonRow(id=LOCAL.id, subject=LOCAL.id, name=LOCAL.name, role=LOCAL.role))
    return person.id
