"""Everybody who ever signed in, and their roles. Roles live here: what a provider claims gives none.

A person is told apart by the provider's issuer and subject, never by an e-mail address alone: addresses
change hands. Only an address that the provider verified makes an administrator out of AIM_STUDIO_ADMINS.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from db.base import now
from db.repositories.people import PeopleRepository
from db.tables import Person as Row
from services import audit
from services.database import read_session, unit_of_work
from services.errors import Conflict, NotAllowed, NotFound
from services.messages import N_
from services.people.actor import LOCAL, act_as, require
from services.people.roles import Person, Role
from services.settings import get_settings

FRESH_SECONDS = 1.0
"""A role that was taken away is gone so much later at most, in every process."""
SEEN_MINUTES = 5

_known: dict[tuple[str, str], tuple[float, Person]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, by their provider. `email` is empty unless the provider verified it."""

    issuer: str
    subject: str
    name: str
    email: str = ""

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> Identity | None:
        """From an ID token's claims; None when they do not say who it is."""
        issuer, subject = str(claims.get("iss") or ""), str(claims.get("sub") or "")
        if not issuer or not subject:
            return None
        email = str(claims.get("email") or "").strip().lower()
        name = str(claims.get("name") or claims.get("preferred_username") or email or subject)
        verified = claims.get("email_verified") in (True, "true")
        return cls(issuer, subject, " ".join(name.split())[:200], email[:320] if verified else "")


@dataclass(frozen=True, slots=True)
class Member:
    """A line of the list of people. `fixed`: an administrator by setting, who cannot be changed here."""

    id: str
    name: str
    email: str
    role: Role | None
    seen_at: datetime
    fixed: bool


def recognise(identity: Identity) -> Person:
    """The person behind `identity`, with the role they have now; new ones get their row.

    Raises NotAllowed when addresses of their domain are not let in. `role` None: they wait for one.
    """
    domains = get_settings().allowed_domains
    if domains and identity.email.rpartition("@")[2] not in domains:
        raise NotAllowed(
            N_("This account does not belong to the team of this studio. Sign in with another one.")
        )
    key = (identity.issuer, identity.subject)
    found = _known.get(key)
    if found is not None and time.monotonic() - found[0] < FRESH_SECONDS:
        return found[1]
    with act_as(LOCAL):  # nobody is known yet in whose name to look
        person = _current(identity) or _enrolled(identity)
    with _lock:
        _known[key] = (time.monotonic(), person)
    return person


def members() -> list[Member]:
    """Everybody who signed in, by name. Raises NotAllowed."""
    require(Role.ADMIN)
    named = get_settings().admin_emails
    with read_session() as session:
        rows = PeopleRepository(session).rows()
        return [
            Member(row.id, row.name, row.email, _role(row), row.seen_at, row.email in named)
            for row in rows
            if row.id != LOCAL.id
        ]


def set_role(person_id: str, role: Role | None) -> None:
    """Give a person another role; None: they may not even look. Raises NotAllowed, NotFound, Conflict."""
    require(Role.ADMIN)
    with unit_of_work() as work:
        people = PeopleRepository(work.session)
        admins = people.of_role(Role.ADMIN, lock=True)
        row = people.get(person_id)
        if row is None or row.id == LOCAL.id:
            raise NotFound(N_("There is no such person in this studio."))
        if role is not Role.ADMIN:
            _may_step_down(row, admins)
        audit.record(work.session, "person.role", person=row.id, name=row.name, was=row.role, role=role or "")
        row.role = role or ""
        work.commit()
    forget()


def forget() -> None:
    """Look everybody's role up anew."""
    with _lock:
        _known.clear()


def _may_step_down(row: Row, admins: Any) -> None:
    if row.email in get_settings().admin_emails:
        raise Conflict(
            N_("{name} is an administrator by AIM_STUDIO_ADMINS. Take the address out there first."),
            name=row.name,
        )
    if row.role == Role.ADMIN and not any(a.id not in (row.id, LOCAL.id) for a in admins):
        raise Conflict(N_("{name} is the last administrator. Make somebody else one first."), name=row.name)


def _current(identity: Identity) -> Person | None:
    """The person by their row, brought up to date where that is due."""
    with read_session() as session:
        row = PeopleRepository(session).by_identity(identity.issuer, identity.subject)
        if row is None:
            return None
        promoted = identity.email in get_settings().admin_emails and row.role != Role.ADMIN
        if not promoted and now() - row.seen_at < timedelta(minutes=SEEN_MINUTES):
            return _person(row)
    with unit_of_work() as work:
        row = PeopleRepository(work.session).by_identity(identity.issuer, identity.subject)
        if row is None:
            return None
        row.name, row.email, row.seen_at = identity.name, identity.email, now()
        if promoted:
            audit.record(
                work.session, "person.role", person=row.id, name=row.name, was=row.role, role="admin"
            )
            row.role = Role.ADMIN
        work.commit()
        return _person(row)


def _enrolled(identity: Identity) -> Person:
    """The person with a new row of the role that newcomers get."""
    settings = get_settings()
    default = "" if settings.default_role == "none" else settings.default_role
    role = Role.ADMIN if identity.email in settings.admin_emails else default
    row = Row(
        issuer=identity.issuer,
        subject=identity.subject,
        name=identity.name,
        email=identity.email,
        role=role,
    )
    try:
        with unit_of_work() as work:
            PeopleRepository(work.session).add(row)
            audit.record(work.session, "person.joined", person=row.id, name=row.name, role=role)
            work.commit()
            return _person(row)
    except IntegrityError:  # their other tab was quicker
        person = _current(identity)
        if person is None:
            raise
        return person


def _person(row: Row) -> Person:
    return Person(row.id, row.name, _role(row), row.email)


def _role(row: Row) -> Role | None:
    return Role(row.role) if row.role else None
