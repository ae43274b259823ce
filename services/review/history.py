"""The audit trail of a session in sentences that follow a name: "Mina" + "gave variant 3 four stars"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from db.repositories.reviews import ReviewRepository
from services import audit
from services.audit import Entry
from services.database import read_session
from services.messages import N_, Message, message


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody did something. `what` follows the name; `id` is for reading on."""

    id: int
    at: datetime
    person: str
    what: Message
    variant_id: int | None


_OF_VARIANT = {
    "variant.unrated": N_("took the stars of variant {variant} back"),
    "variant.picked": N_("picked variant {variant}"),
    "variant.rejected": N_("rejected variant {variant}"),
    "variant.undecided": N_("took the decision on variant {variant} back"),
    "variant.shortlisted": N_("put variant {variant} on the shortlist"),
    "variant.unlisted": N_("took variant {variant} off the shortlist"),
    "comment.added": N_("commented on variant {variant}"),
    "comment.answered": N_("answered a comment on variant {variant}"),
    "comment.removed": N_("took a comment on variant {variant} back"),
}
_OF_SESSION = {
    "session.created": N_("made this session"),
    "session.approved": N_("approved the session"),
    "session.rejected": N_("rejected the session"),
    "session.reopened": N_("put the session up for review"),
    "session.withdrawn": N_("put the session back to draft"),
    "session.exported": N_("exported the session"),
    "session.imported": N_("brought this session in from a file"),
    "comment.added": N_("commented on the session"),
    "comment.answered": N_("answered a comment"),
    "comment.removed": N_("took a comment back"),
    "vote.cast": N_("compared two variants blind"),
    "vote.taken_back": N_("took a comparison back"),
    "run.plan": N_("asked for a plan"),
    "run.references": N_("asked for references"),
    "run.variants": N_("asked for variants"),
    "run.complete": N_("asked for everything from plan to scores"),
    "run.score": N_("asked for scores"),
    "run.evaluate": N_("asked for an evaluation"),
    "run.explain": N_("asked what each picture shows"),
}


def history(session_id: str, before: int | None = None, limit: int = 50) -> list[Event]:
    """Who did what to the session and its variants, newest first; `before` an event's id to read on.

    Raises NotAllowed.
    """
    found = audit.entries(session_id=session_id, before=before, limit=limit)
    with read_session() as session:
        numbers = {v.id: v.position + 1 for v in ReviewRepository(session).variants(session_id)}
    return [
        Event(e.id, e.at, e.person, sentence(e, numbers.get(e.variant_id or 0)), e.variant_id) for e in found
    ]


def sentence(entry: Entry, variant: int | None) -> Message:
    """What was done, to follow the person's name. `variant` is the number that the page shows."""
    details = entry.details
    special: dict[str, Callable[[], Message]] = {
        "variant.rated": lambda: message(
            N_("rated variant {variant}: {stars} of 5 stars"), variant=variant or 0, stars=details["stars"]
        ),
        "variant.tagged": lambda: message(
            N_("tagged variant {variant} “{tag}”"), variant=variant or 0, tag=details["tag"]
        ),
        "variant.untagged": lambda: message(
            N_("took the tag “{tag}” off variant {variant}"), variant=variant or 0, tag=details["tag"]
        ),
    }
    if entry.action in special:
        return special[entry.action]()
    if variant is not None and entry.action in _OF_VARIANT:
        return message(_OF_VARIANT[entry.action], variant=variant)
    if entry.action in _OF_SESSION:
        return message(_OF_SESSION[entry.action])
    return message(N_("did this: {action}"), action=entry.action)  # of a newer or another part
