"""Blind votes, and what a score says of the variants that people judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, Select, delete, func, select
from sqlalchemy.orm import Session as OrmSession

from db.base import now
from db.repositories.statements import insert, pieces
from db.tables import Coverage, Rating, Score, Session, Variant, Vote

AnySelect = TypeVar("AnySelect", bound=Select[*tuple[Any, ...]])


class Ballot(NamedTuple):
    """One vote. `winner_id` None: no difference was seen."""

    session_id: str
    first_id: int
    second_id: int
    winner_id: int | None
    person_id: str


class VoteRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def put(
        self, session_id: str, first_id: int, second_id: int, winner_id: int | None, person_id: str
    ) -> None:
        """One person's vote on a pair, in place of the one they gave before."""
        values = {"winner_id": winner_id, "created_at": now()}
        statement = insert(self._session, Vote).values(
            session_id=session_id, first_id=first_id, second_id=second_id, person_id=person_id, **values
        )
        self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["first_id", "second_id", "person_id"], set_=values
            )
        )

    def remove(self, first_id: int, second_id: int, person_id: str) -> None:
        mine = (Vote.first_id == first_id, Vote.second_id == second_id, Vote.person_id == person_id)
        self._session.execute(delete(Vote).where(*mine))

    def of_session(self, session_id: str) -> list[Ballot]:
        return self._ballots(select(Vote).where(Vote.session_id == session_id))

    def of_campaign(self, campaign_id: str | None) -> list[Ballot]:
        """Of all its sessions; None: of all campaigns."""
        return self._ballots(_within(select(Vote).join(Session, Session.id == Vote.session_id), campaign_id))

    def variants(self, session_id: str) -> list[int]:
        """Ids in the order in which they were made."""
        query = select(Variant.id).where(Variant.session_id == session_id)
        return list(self._session.scalars(query.order_by(Variant.position, Variant.id)))

    def stars(self, campaign_id: str | None) -> dict[int, float]:
        """Variant id -> mean stars, 1..5, of the rated ones."""
        query = (
            select(Rating.variant_id, func.avg(Rating.stars))
            .join(Variant, Variant.id == Rating.variant_id)
            .join(Session, Session.id == Variant.session_id)
            .group_by(Rating.variant_id)
        )
        return {row[0]: float(row[1]) for row in self._session.execute(_within(query, campaign_id))}

    def totals(self, campaign_id: str | None) -> tuple[int, int, int]:
        """Of a campaign, or of all: rated variants, votes, people who rated or voted."""
        rated = (
            select(Rating.variant_id, Rating.person_id)
            .join(Variant, Variant.id == Rating.variant_id)
            .join(Session, Session.id == Variant.session_id)
        )
        voted = select(Vote.id, Vote.person_id).join(Session, Session.id == Vote.session_id)
        ratings = _within(rated, campaign_id).subquery()
        votes = _within(voted, campaign_id).subquery()
        people = select(ratings.c.person_id).union(select(votes.c.person_id)).subquery()
        counts = (
            select(func.count(ratings.c.variant_id.distinct())),
            select(func.count()).select_from(votes),
            select(func.count()).select_from(people),
        )
        found = [self._session.scalar(query) or 0 for query in counts]
        return found[0], found[1], found[2]

    def newest(self, campaign_id: str | None) -> tuple[object, ...]:
        """Changes whenever a rating, a vote or a score of the campaign does (or, for all, of any)."""
        rating = select(func.max(Rating.updated_at), func.count(), func.sum(Rating.stars)).select_from(Rating)
        rating = rating.join(Variant, Variant.id == Rating.variant_id)
        vote = select(func.max(Vote.id), func.max(Vote.created_at), func.count()).select_from(Vote)
        score = select(func.max(Score.id), func.count(), func.sum(Score.final)).select_from(Score)
        score = score.join(Variant, Variant.id == Score.variant_id)
        queries = (
            rating.join(Session, Session.id == Variant.session_id),
            vote.join(Session, Session.id == Vote.session_id),
            score.join(Session, Session.id == Variant.session_id),
        )
        return tuple(
            value for query in queries for value in self._session.execute(_within(query, campaign_id)).one()
        )

    def rated_by(self, campaign_id: str | None) -> list[tuple[int, str, int]]:
        """(variant, person, stars) of every rating."""
        query = (
            select(Rating.variant_id, Rating.person_id, Rating.stars)
            .join(Variant, Variant.id == Rating.variant_id)
            .join(Session, Session.id == Variant.session_id)
        )
        return [(row[0], row[1], row[2]) for row in self._session.execute(_within(query, campaign_id))]

    def scores(self, variant_ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
        """Of those scored: id, session_id, scorer, final, the three norms, is_reference."""
        query = select(
            Variant.id,
            Variant.session_id,
            Score.scorer,
            Score.final,
            Score.clip_norm,
            Score.lpips_norm,
            Score.caption_norm,
            Score.is_reference,
        ).join(Score, Score.variant_id == Variant.id)
        return [
            row
            for some in pieces(variant_ids)
            for row in self._session.execute(query.where(Variant.id.in_(some)))
        ]

    def coverage(self, variant_ids: Sequence[int]) -> dict[int, float]:
        """Variant id -> share of its checklist that is visible, by weight, 0..1."""
        seen = func.sum(Coverage.weight).filter(Coverage.visible.is_(True))
        query = (
            select(Coverage.variant_id, func.coalesce(seen, 0.0) / func.sum(Coverage.weight))
            .where(Coverage.visible.is_not(None), Coverage.weight > 0)
            .group_by(Coverage.variant_id)
        )
        return {
            row[0]: float(row[1])
            for some in pieces(variant_ids)
            for row in self._session.execute(query.where(Coverage.variant_id.in_(some)))
        }

    def _ballots(self, query: Select[Vote]) -> list[Ballot]:
        rows = self._session.scalars(query.order_by(Vote.id))
        return [Ballot(v.session_id, v.first_id, v.second_id, v.winner_id, v.person_id) for v in rows]


def _within(query: AnySelect, campaign_id: str | None) -> AnySelect:
    return query if campaign_id is None else query.where(Session.campaign_id == campaign_id)
