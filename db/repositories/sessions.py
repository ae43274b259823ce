"""Session rows with what belongs to the brief, the plan and the references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, CursorResult, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import selectinload

from db.base import now
from db.tables import (
    Campaign,
    Comment,
    Condition,
    Match,
    Photo,
    Plan,
    Rating,
    Session,
    Tag,
    Variant,
    Vote,
)

AnySelect = TypeVar("AnySelect", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """What a list shows. Every word of `text` must be in topic, product text or headline.

    `person_id` made the session, said something about it or its variants, or decided it.
    """

    text: str = ""
    campaign_id: str | None = None
    status: str | None = None
    engine: str | None = None
    since: datetime | None = None
    person_id: str | None = None
    tag: str | None = None


class SessionRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def add(self, row: Session) -> Session:
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, session_id: str) -> Session | None:
        return self._session.get(Session, session_id)

    def whole(self, session_id: str) -> Session | None:
        """The session with photos, plan, matches and conditions, in a fixed number of queries."""
        return self._session.scalars(
            select(Session)
            .where(Session.id == session_id)
            .options(
                selectinload(Session.photos),
                selectinload(Session.plan).selectinload(Plan.subqueries),
                selectinload(Session.matches),
                selectinload(Session.conditions),
            )
        ).one_or_none()

    def count(self, wanted: SessionFilter) -> int:
        return self._session.scalar(_where(select(func.count()).select_from(Session), wanted)) or 0

    def page(self, wanted: SessionFilter, offset: int, limit: int) -> Sequence[tuple[Session, str]]:
        """(session, name of its campaign), newest first."""
        query = select(Session, Campaign.name).join(Campaign, Campaign.id == Session.campaign_id)
        query = _where(query, wanted).order_by(Session.created_at.desc(), Session.id)
        return [(row[0], row[1]) for row in self._session.execute(query.offset(offset).limit(limit))]

    def heroes(self, session_ids: Sequence[str]) -> dict[str, str]:
        """Session id -> key of its hero photo (the first one where none is marked)."""
        query = (
            select(Photo.session_id, Photo.sha256)
            .where(Photo.session_id.in_(session_ids))
            .order_by(Photo.session_id, Photo.hero.desc(), Photo.position)
        )
        heroes: dict[str, str] = {}
        for session_id, sha256 in self._session.execute(query):
            heroes.setdefault(session_id, sha256)
        return heroes

    def move_status(
        self, session_id: str, seen: str, status: str, by: str | None, at: datetime | None
    ) -> bool:
        """From `seen` to `status`, with one statement. False: it is not `seen` any more; nothing changed."""
        result = self._session.execute(
            update(Session)
            .where(Session.id == session_id, Session.status == seen)
            .values(status=status, status_by=by, status_at=at, updated_at=now())
        )
        return cast("CursorResult[Any]", result).rowcount == 1

    def replace_photos(self, session_id: str, rows: Sequence[Photo]) -> None:
        self._replace(Photo, session_id, rows)

    def replace_plan(self, session_id: str, row: Plan) -> None:
        self._replace(Plan, session_id, [row])

    def replace_matches(self, session_id: str, rows: Sequence[Match]) -> None:
        self._replace(Match, session_id, rows)

    def replace_conditions(self, session_id: str, rows: Sequence[Condition]) -> None:
        self._replace(Condition, session_id, rows)

    def match_items(self, session_id: str) -> list[tuple[int, int]]:
        """(sub-query, item) of the stored matches, in order."""
        query = select(Match.subquery, Match.item_id).where(Match.session_id == session_id)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Match.position))]

    def _replace(
        self, table: type[Photo | Plan | Match | Condition], session_id: str, rows: Sequence[Any]
    ) -> None:
        # Deleted with one statement first: new rows take over the old ones' unique positions.
        self._session.execute(
            delete(table).where(table.session_id == session_id),
            execution_options={"synchronize_session": False},
        )
        self._session.add_all(rows)
        self._session.flush()


def _where(query: AnySelect, wanted: SessionFilter) -> AnySelect:
    for word in wanted.text.split():
        columns = (Session.topic, Session.product_text, Session.headline)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if wanted.campaign_id is not None:
        query = query.where(Session.campaign_id == wanted.campaign_id)
    if wanted.status is not None:
        query = query.where(Session.status == wanted.status)
    if wanted.engine is not None:
        query = query.where(Session.engine == wanted.engine)
    if wanted.since is not None:
        query = query.where(Session.created_at >= wanted.since)
    if wanted.person_id is not None:
        query = query.where(_concerns(wanted.person_id))
    if wanted.tag is not None:
        tagged = select(Variant.session_id).join(Tag, Tag.variant_id == Variant.id)
        query = query.where(Session.id.in_(tagged.where(Tag.text == wanted.tag)))
    return query


def _concerns(person_id: str) -> ColumnElement[bool]:
    """Sessions that the person made, decided, rated, commented on or voted in."""
    rated = select(Variant.session_id).join(Rating, Rating.variant_id == Variant.id)
    return or_(
        Session.created_by == person_id,
        Session.status_by == person_id,
        Session.id.in_(rated.where(Rating.person_id == person_id)),
        Session.id.in_(select(Comment.session_id).where(Comment.person_id == person_id)),
        Session.id.in_(select(Vote.session_id).where(Vote.person_id == person_id)),
    )
