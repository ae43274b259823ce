"""The session's status: draft, in review, approved, rejected; changed from what was seen."""

from __future__ import annotations

from db import tables
from db.base import now
from db.repositories.people import PeopleRepository
from db.repositories.sessions import SessionRepository
from db.repositories.variants import VariantRepository
from services import audit
from services.database import unit_of_work
from services.errors import Conflict, InvalidInput
from services.messages import N_
from services.people import Role, actor_id, require
from services.sessions.load import require as session_row
from services.sessions.views import SessionStatus

_MEANWHILE = {
    SessionStatus.DRAFT: N_(
        "{person} put this session back to draft a moment ago. Your click changed nothing."
    ),
    SessionStatus.REVIEW: N_("{person} reopened this session a moment ago. Your click changed nothing."),
    SessionStatus.APPROVED: N_("{person} approved this session a moment ago. Your click changed nothing."),
    SessionStatus.REJECTED: N_("{person} rejected this session a moment ago. Your click changed nothing."),
}
_BY_ITSELF = N_("The first variants of this session have just been made. Look at them, then decide.")


def set_status(session_id: str, status: SessionStatus, seen: SessionStatus) -> None:
    """A person's word on the session. It stays until a person changes it, whatever is made afterwards.

    `seen` is the status that the person saw: if it is another one by now, nothing changes.
    Raises Conflict (naming who), InvalidInput (nothing to decide on), NotAllowed, NotFound.
    """
    require(Role.REVIEWER)
    status, seen = SessionStatus(status), SessionStatus(seen)
    with unit_of_work() as work:
        row = session_row(work.session, session_id)
        if status is not SessionStatus.DRAFT and not VariantRepository(work.session).counts([session_id]):
            raise InvalidInput(N_("There is no variant to decide on yet. Make variants first."))
        if row.status == seen == status:
            return
        by, repository = actor_id(work.session), SessionRepository(work.session)
        if not repository.move_status(session_id, seen, status, by, now()):
            work.session.refresh(row)
            raise _meanwhile(PeopleRepository(work.session).names(), row)
        action = f"session.{_ACTIONS[status]}"
        audit.record(work.session, action, session_id=session_id, campaign_id=row.campaign_id, was=seen.value)
        work.commit()


_ACTIONS = {
    SessionStatus.DRAFT: "withdrawn",
    SessionStatus.REVIEW: "reopened",
    SessionStatus.APPROVED: "approved",
    SessionStatus.REJECTED: "rejected",
}


def _meanwhile(names: dict[str, str], row: tables.Session) -> Conflict:
    person = names.get(row.status_by or "")
    if person is None:
        return Conflict(_BY_ITSELF)
    return Conflict(_MEANWHILE[SessionStatus(row.status)], person=person)
