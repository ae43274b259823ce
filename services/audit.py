"""The audit trail: who did what, when. Entries are added, never changed.

    with unit_of_work() as work:
        ...                                       # the change itself
        audit.record(work.session, "session.approved", session_id=session_id)
        work.commit()                             # both or neither

An action is "thing.verb" in at most 32 characters. Details are plain JSON values; no secrets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session as OrmSession

from db.repositories.audit import AuditRepository
from db.tables import AuditEntry
from services.database import read_session
from services.people import Role, require

ACTION_CHARS = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did. `person` is their name as it was then."""

    id: int
    at: datetime
    person_id: str
    person: str
    action: str
    campaign_id: str | None
    session_id: str | None
    variant_id: int | None
    details: dict[str, Any]


def record(
    session: OrmSession,
    action: str,
    *,
    session_id: str | None = None,
    variant_id: int | None = None,
    campaign_id: str | None = None,
    **details: Any,
) -> None:
    """Add an entry in the name of who acts, inside the caller's unit of work; the caller commits."""
    if not 0 < len(action) <= ACTION_CHARS:
        raise ValueError(f"an action has 1 to {ACTION_CHARS} characters: {action!r}")
    person = require(Role.VIEWER)  # nobody leaves no entries
    AuditRepository(session).add(
        AuditEntry(
            person_id=person.id,
            person_name=person.name,
            action=action,
            campaign_id=campaign_id,
            session_id=session_id,
            variant_id=variant_id,
            details=details,
        )
    )


def entries(
    *,
    session_id: str | None = None,
    variant_id: int | None = None,
    campaign_id: str | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Newest first; what is given narrows. `action` is a beginning ("session."), `before` an entry's id
    to read on from. Raises NotAllowed when nobody is signed in.
    """
    require(Role.VIEWER)
    with read_session() as session:
        rows = AuditRepository(session).rows(session_id, variant_id, campaign_id, action, before, limit)
        return [
            Entry(
                row.id,
                row.at,
                row.person_id,
                row.person_name,
                row.action,
                row.campaign_id,
                row.session_id,
                row.variant_id,
                dict(row.details),
            )
            for row in rows
        ]
