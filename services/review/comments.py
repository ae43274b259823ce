"""Comments: plain text about a session or one of its variants, with answers one level deep."""

from __future__ import annotations

from db import tables
from db.repositories.reviews import ReviewRepository
from db.unit_of_work import UnitOfWork
from services import audit
from services.database import unit_of_work
from services.errors import InvalidInput, NotAllowed, NotFound
from services.limits import COMMENT_CHARS
from services.messages import N_
from services.people import Role, actor_id, require
from services.review.marks import variant_row
from services.review.words import clean_text
from services.sessions.load import require as session_row
from services.sessions.results import no_variant


def comment(session_id: str, text: str, variant_id: int | None = None) -> int:
    """Say something about the session, or about one of its variants; the comment's id.

    Raises InvalidInput, NotAllowed, NotFound.
    """
    require(Role.REVIEWER)
    text = _checked(text)
    with unit_of_work() as work:
        session_row(work.session, session_id)
        if variant_id is not None and variant_row(work, variant_id).session_id != session_id:
            raise no_variant(variant_id)
        return _add(work, session_id, variant_id, None, text)


def answer(comment_id: int, text: str) -> int:
    """Answer a comment; an answer to an answer stands in the same thread. Raises as `comment`."""
    require(Role.REVIEWER)
    text = _checked(text)
    with unit_of_work() as work:
        head = _comment_row(work, comment_id)
        if head.parent_id is not None:
            head = _comment_row(work, head.parent_id)
        return _add(work, head.session_id, head.variant_id, head.id, text)


def remove_comment(comment_id: int) -> None:
    """Take one's own comment back, as long as nobody answered it; an administrator may take back any.

    Raises NotAllowed, InvalidInput, NotFound.
    """
    person = require(Role.REVIEWER)
    with unit_of_work() as work:
        row = _comment_row(work, comment_id)
        if row.person_id != person.id and not person.may(Role.ADMIN):
            raise NotAllowed(N_("This comment is somebody else's. Only they can take it back."))
        repository = ReviewRepository(work.session)
        if repository.answered(comment_id):
            raise InvalidInput(N_("This comment has answers, so it stays. Add an answer of your own."))
        session_id, variant_id = row.session_id, row.variant_id
        repository.remove_comment(row)
        audit.record(
            work.session,
            "comment.removed",
            session_id=session_id,
            variant_id=variant_id,
            comment_id=comment_id,
        )
        work.commit()


def _add(work: UnitOfWork, session_id: str, variant_id: int | None, parent_id: int | None, text: str) -> int:
    row = ReviewRepository(work.session).add_comment(
        tables.Comment(
            session_id=session_id,
            variant_id=variant_id,
            parent_id=parent_id,
            person_id=actor_id(work.session),
            text=text,
        )
    )
    action = "comment.added" if parent_id is None else "comment.answered"
    audit.record(work.session, action, session_id=session_id, variant_id=variant_id, comment_id=row.id)
    work.commit()
    return row.id


def _comment_row(work: UnitOfWork, comment_id: int) -> tables.Comment:
    row = ReviewRepository(work.session).comment(comment_id)
    if row is None:
        raise NotFound(N_("This comment is not there any more. Reload the page."))
    return row


def _checked(text: str) -> str:
    text = clean_text(text)
    if not text:
        raise InvalidInput(N_("Write something first."))
    if len(text) > COMMENT_CHARS:
        raise InvalidInput(
            N_("The comment has {count} characters. Shorten it to {limit} or fewer."),
            count=len(text),
            limit=COMMENT_CHARS,
        )
    return text
