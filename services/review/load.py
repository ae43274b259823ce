"""A session's review as it stands: eight queries, however much was said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import fmean

from db import tables
from db.repositories.people import PeopleRepository
from db.repositories.reviews import ReviewRepository, Stars
from services.database import read_session
from services.domain import Decision
from services.people import Role, require
from services.review.views import Marks, Remark, SessionReview
from services.sessions import SessionStatus
from services.sessions.load import require as session_row

DECIDED = (SessionStatus.APPROVED, SessionStatus.REJECTED)


def load(session_id: str) -> SessionReview:
    """All that people said about the session; `own` marks are of who acts. Raises NotAllowed, NotFound."""
    person = require(Role.VIEWER)
    with read_session() as session:
        repository = ReviewRepository(session)
        row = session_row(session, session_id)
        variants, stars = repository.variants(session_id), repository.stars(session_id)
        tags, comments = repository.tags(session_id), repository.comments(session_id)
        people = dict(repository.people(session_id))
        version = repository.version(session_id)
    by_variant: dict[int, list[Stars]] = defaultdict(list)
    for one in stars:
        by_variant[one.variant_id].append(one)
    said = Counter(comment.variant_id for comment, _name in comments)
    return SessionReview(
        session_id=session_id,
        status=SessionStatus(row.status),
        decided_by=people.get(row.status_by or ""),
        decided_at=row.status_at,
        made_by=people.get(row.created_by or ""),
        people=tuple(people.values()),
        marks={
            v.id: _marks(row, v, by_variant[v.id], person.id, tags.get(v.id, []), said[v.id])
            for v in variants
        },
        remarks=_threads(comments),
        version=version,
    )


def version(session_id: str) -> int:
    """`SessionReview.version` alone, for a page that asks every few seconds."""
    require(Role.VIEWER)
    with read_session() as session:
        return ReviewRepository(session).version(session_id)


def tags_in_use(campaign_id: str | None = None) -> list[str]:
    """The words on a campaign's variants, or on all, those used most first."""
    require(Role.VIEWER)
    with read_session() as session:
        return ReviewRepository(session).tag_words(campaign_id)


def people() -> dict[str, str]:
    """Id -> name of everybody who ever signed in or did anything."""
    require(Role.VIEWER)
    with read_session() as session:
        return PeopleRepository(session).names()


def _marks(
    row: tables.Session,
    variant: tables.Variant,
    stars: Sequence[Stars],
    person_id: str,
    tags: Sequence[str],
    comments: int,
) -> Marks:
    decided = row.status_at if row.status in DECIDED else None
    return Marks(
        stars=fmean(one.stars for one in stars) if stars else None,
        raters=len(stars),
        own=next((one.stars for one in stars if one.person_id == person_id), None),
        decision=Decision(variant.decision) if variant.decision else None,
        shortlisted=variant.shortlisted,
        tags=tuple(tags),
        comments=comments,
        after=decided is not None and variant.created_at > decided,
    )


def _threads(comments: Sequence[tuple[tables.Comment, str]]) -> tuple[Remark, ...]:
    answers: dict[int, list[Remark]] = defaultdict(list)
    for row, name in comments:
        if row.parent_id is not None:
            answers[row.parent_id].append(_remark(row, name))
    heads = [(row, name) for row, name in comments if row.parent_id is None]
    return tuple(_remark(row, name, answers[row.id]) for row, name in heads)


def _remark(row: tables.Comment, name: str, answers: Sequence[Remark] = ()) -> Remark:
    return Remark(row.id, row.person_id, name, row.text, row.created_at, row.variant_id, tuple(answers))
