"""Marks on a variant: one's own stars; the team's pick, shortlist and tags."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

from db import tables
from db.repositories.audit import AuditRepository
from db.repositories.reviews import ReviewRepository
from db.repositories.variants import VariantRepository
from db.unit_of_work import UnitOfWork
from services import audit
from services.database import unit_of_work
from services.domain import Decision
from services.errors import Conflict, InvalidInput
from services.limits import STARS, TAG_CHARS, TAGS_PER_VARIANT
from services.messages import N_
from services.people import Role, actor_id, require
from services.review.words import clean_line
from services.sessions.load import require as session_row
from services.sessions.results import no_variant
from services.sessions.save import touch
from services.sessions.views import Stage


class Unseen(Enum):
    """Stands for "whatever it is now" where nobody looked."""

    UNSEEN = "unseen"


UNSEEN: Final = Unseen.UNSEEN

_DECIDED = {
    Decision.PICKED: "variant.picked",
    Decision.REJECTED: "variant.rejected",
    None: "variant.undecided",
}
_MEANWHILE = {
    Decision.PICKED: N_("{person} picked this variant a moment ago. Look again before you change it."),
    Decision.REJECTED: N_("{person} rejected this variant a moment ago. Look again before you change it."),
    None: N_(
        "{person} took the decision on this variant back a moment ago. Look again before you change it."
    ),
}


def rate(variant_id: int, stars: int | None) -> None:
    """One's own stars of 1..5 for a variant; None takes them back. Others' stay as they are.

    Raises NotAllowed, InvalidInput, NotFound.
    """
    require(Role.REVIEWER)
    if stars is not None and not 1 <= stars <= STARS:
        raise InvalidInput(N_("Give one to {most} stars."), most=STARS)
    with unit_of_work() as work:
        variant = variant_row(work, variant_id)
        repository, person_id = ReviewRepository(work.session), actor_id(work.session)
        was = repository.stars_of(variant_id, person_id)
        if was == stars:
            return
        if stars is None:
            repository.unrate(variant_id, person_id)
        else:
            repository.rate(variant_id, person_id, stars)
        action = "variant.unrated" if stars is None else "variant.rated"
        _record(work, variant, action, stars=stars, was=was)
        work.commit()


def decide(variant_id: int, decision: Decision | None, seen: Decision | Unseen | None = UNSEEN) -> None:
    """Pick or reject a variant for the team; None takes it back.

    `seen` is what the person saw when they decided: if another said otherwise meanwhile, nothing changes.
    Raises Conflict (naming who), NotAllowed, NotFound.
    """
    require(Role.REVIEWER)
    with unit_of_work() as work:
        variant = variant_row(work, variant_id)
        now = Decision(variant.decision) if variant.decision else None
        if now is decision:
            return
        expected = now if isinstance(seen, Unseen) else seen
        if not ReviewRepository(work.session).move_decision(variant_id, expected, decision):
            work.session.refresh(variant)
            now = Decision(variant.decision) if variant.decision else None
            raise Conflict(_MEANWHILE[now], person=_who(work, variant_id, _DECIDED[now]))
        touch(session_row(work.session, variant.session_id), Stage.VARIANTS)
        _record(work, variant, _DECIDED[decision], was=now)
        work.commit()


def shortlist(variant_id: int, shortlisted: bool) -> None:
    """Put a variant on its session's shortlist, or take it off. Raises NotAllowed, NotFound."""
    require(Role.REVIEWER)
    with unit_of_work() as work:
        variant = variant_row(work, variant_id)
        if ReviewRepository(work.session).set_shortlisted(variant_id, shortlisted):
            _record(work, variant, "variant.shortlisted" if shortlisted else "variant.unlisted")
            work.commit()


def add_tag(variant_id: int, text: str) -> str:
    """Put a word on a variant; the word as it is written now.

    "warm" becomes "Warm" where the campaign writes it so. Raises InvalidInput, NotAllowed, NotFound.
    """
    require(Role.REVIEWER)
    text = clean_line(text).lstrip("# ")
    if not text:
        raise InvalidInput(N_("A tag needs a word."))
    if len(text) > TAG_CHARS:
        raise InvalidInput(
            N_("The tag has {count} characters. Shorten it to {limit} or fewer."),
            count=len(text),
            limit=TAG_CHARS,
        )
    with unit_of_work() as work:
        variant = variant_row(work, variant_id)
        repository = ReviewRepository(work.session)
        campaign_id = session_row(work.session, variant.session_id).campaign_id
        spelt = {word.casefold(): word for word in reversed(repository.tag_words(campaign_id))}
        text = spelt.get(text.casefold(), text)
        tags = repository.tags(variant.session_id).get(variant_id, [])
        if text not in tags and len(tags) >= TAGS_PER_VARIANT:
            raise InvalidInput(
                N_("A variant has at most {limit} tags. Take one away first."), limit=TAGS_PER_VARIANT
            )
        if repository.add_tag(variant_id, text):
            _record(work, variant, "variant.tagged", tag=text)
            work.commit()
        return text


def remove_tag(variant_id: int, text: str) -> None:
    """Take a word off a variant; one that is gone already is fine. Raises NotAllowed, NotFound."""
    require(Role.REVIEWER)
    with unit_of_work() as work:
        variant = variant_row(work, variant_id)
        if ReviewRepository(work.session).remove_tag(variant_id, text):
            _record(work, variant, "variant.untagged", tag=text)
            work.commit()


def variant_row(work: UnitOfWork, variant_id: int) -> tables.Variant:
    """Raises NotFound."""
    row = VariantRepository(work.session).get(variant_id)
    if row is None:
        raise no_variant(variant_id)
    return row


def _record(work: UnitOfWork, variant: tables.Variant, action: str, **details: Any) -> None:
    audit.record(work.session, action, session_id=variant.session_id, variant_id=variant.id, **details)


def _who(work: UnitOfWork, variant_id: int, action: str) -> str:
    """Who did `action` to the variant last."""
    rows = AuditRepository(work.session).rows(None, variant_id, None, action, None, 1)
    return rows[0].person_name if rows else ""
