"""What people say about a session's variants: stars, tags, comments; and the marks on the variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, delete, func, select, union, update
from sqlalchemy.orm import Session as OrmSession

from db.base import now
from db.repositories.statements import insert
from db.tables import AuditEntry, Comment, Person, Rating, Session, Tag, Variant, Vote


class Stars(NamedTuple):
    variant_id: int
    person_id: str
    stars: int


class ReviewRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    # --- stars ---

    def stars_of(self, variant_id: int, person_id: str) -> int | None:
        query = select(Rating.stars).where(Rating.variant_id == variant_id, Rating.person_id == person_id)
        return self._session.scalar(query)

    def rate(self, variant_id: int, person_id: str, stars: int) -> None:
        """One person's stars, in place of those they gave before."""
        values = {"stars": stars, "updated_at": now()}
        statement = insert(self._session, Rating).values(variant_id=variant_id, person_id=person_id, **values)
        self._session.execute(
            statement.on_conflict_do_update(index_elements=["variant_id", "person_id"], set_=values)
        )

    def unrate(self, variant_id: int, person_id: str) -> None:
        self._session.execute(
            delete(Rating).where(Rating.variant_id == variant_id, Rating.person_id == person_id)
        )

    def stars(self, session_id: str) -> list[Stars]:
        query = (
            select(Rating.variant_id, Rating.person_id, Rating.stars)
            .join(Variant, Variant.id == Rating.variant_id)
            .where(Variant.session_id == session_id)
        )
        return [Stars(*row) for row in self._session.execute(query)]

    # --- the team's marks on a variant ---

    def move_decision(self, variant_id: int, seen: str | None, decision: str | None) -> bool:
        """From `seen` to `decision`, with one statement. False: it is not `seen` any more."""
        as_seen = (Variant.id == variant_id, Variant.decision.is_not_distinct_from(seen))
        return self._changed(update(Variant).where(*as_seen).values(decision=decision))

    def set_shortlisted(self, variant_id: int, shortlisted: bool) -> bool:
        """False: it was so already."""
        otherwise = (Variant.id == variant_id, Variant.shortlisted.is_not(shortlisted))
        return self._changed(update(Variant).where(*otherwise).values(shortlisted=shortlisted))

    def add_tag(self, variant_id: int, text: str) -> bool:
        """False: it is there already."""
        statement = insert(self._session, Tag).values(variant_id=variant_id, text=text)
        statement = statement.on_conflict_do_nothing(index_elements=["variant_id", "text"])
        # A driver need not count inserted rows; an id that comes back is sure.
        return self._session.scalar(statement.returning(Tag.id)) is not None

    def remove_tag(self, variant_id: int, text: str) -> bool:
        """False: it is gone already."""
        return self._changed(delete(Tag).where(Tag.variant_id == variant_id, Tag.text == text))

    def tags(self, session_id: str) -> dict[int, list[str]]:
        """Variant id -> its tags, by alphabet."""
        query = (
            select(Tag.variant_id, Tag.text)
            .join(Variant, Variant.id == Tag.variant_id)
            .where(Variant.session_id == session_id)
            .order_by(func.lower(Tag.text), Tag.text)
        )
        tags: dict[int, list[str]] = {}
        for variant_id, text in self._session.execute(query):
            tags.setdefault(variant_id, []).append(text)
        return tags

    def tag_words(self, campaign_id: str | None) -> list[str]:
        """All words in use in a campaign, or anywhere, those used most first."""
        query = select(Tag.text).group_by(Tag.text).order_by(func.count().desc(), Tag.text)
        if campaign_id is not None:
            query = query.join(Variant, Variant.id == Tag.variant_id).join(
                Session, Session.id == Variant.session_id
            )
            query = query.where(Session.campaign_id == campaign_id)
        return list(self._session.scalars(query))

    # --- comments ---

    def add_comment(self, row: Comment) -> Comment:
        self._session.add(row)
        self._session.flush()
        return row

    def comment(self, comment_id: int) -> Comment | None:
        return self._session.get(Comment, comment_id)

    def answered(self, comment_id: int) -> bool:
        query = select(Comment.id).where(Comment.parent_id == comment_id).limit(1)
        return self._session.scalar(query) is not None

    def remove_comment(self, row: Comment) -> None:
        self._session.delete(row)
        self._session.flush()

    def comments(self, session_id: str) -> Sequence[tuple[Comment, str]]:
        """(comment, its author's name), oldest first."""
        query = select(Comment, Person.name).join(Person, Person.id == Comment.person_id)
        query = query.where(Comment.session_id == session_id).order_by(Comment.id)
        return [(row[0], row[1]) for row in self._session.execute(query)]

    # --- the whole ---

    def variants(self, session_id: str) -> Sequence[Variant]:
        """As they were made, without their scores."""
        query = select(Variant).where(Variant.session_id == session_id).order_by(Variant.id)
        return self._session.scalars(query).all()

    def people(self, session_id: str) -> list[tuple[str, str]]:
        """(id, name) of all who made, decided, rated, commented on or voted in the session."""
        rated = select(Rating.person_id).join(Variant, Variant.id == Rating.variant_id)
        ids = union(
            select(Session.created_by).where(Session.id == session_id),
            select(Session.status_by).where(Session.id == session_id),
            rated.where(Variant.session_id == session_id),
            select(Comment.person_id).where(Comment.session_id == session_id),
            select(Vote.person_id).where(Vote.session_id == session_id),
        ).subquery()
        query = select(Person.id, Person.name).where(Person.id.in_(select(ids.c[0]))).order_by(Person.name)
        return [(row[0], row[1]) for row in self._session.execute(query)]

    def version(self, session_id: str) -> int:
        """Grows with everything that anybody does to the session: each deed leaves an audit entry."""
        query = select(func.max(AuditEntry.id)).where(AuditEntry.session_id == session_id)
        return self._session.scalar(query) or 0

    def _changed(self, statement: Any) -> bool:
        result = self._session.execute(statement, execution_options={"synchronize_session": False})
        return cast("CursorResult[Any]", result).rowcount == 1
