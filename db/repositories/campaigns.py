"""Campaign rows, and the figures of their sessions and variants in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Double, distinct, func, select, type_coerce
from sqlalchemy.orm import Session as OrmSession

from db.tables import Campaign, Score, Session, Variant


class Totals(NamedTuple):
    sessions: int
    variants: int
    updated_at: datetime


class Best(NamedTuple):
    final: float
    sha256: str


class CampaignRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def add(self, row: Campaign) -> Campaign:
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, campaign_id: str) -> Campaign | None:
        return self._session.get(Campaign, campaign_id)

    def by_name(self, name: str) -> Campaign | None:
        return self._session.scalars(select(Campaign).where(Campaign.name == name)).first()

    def rows(self) -> Sequence[Campaign]:
        return self._session.scalars(select(Campaign).order_by(Campaign.name)).all()

    def totals(self) -> dict[str, Totals]:
        """Campaign id -> how much it holds and when it last changed."""
        variants = (
            select(Session.campaign_id, func.count(Variant.id).label("n"))
            .join(Variant, Variant.session_id == Session.id)
            .group_by(Session.campaign_id)
            .subquery()
        )
        query = (
            select(
                Session.campaign_id,
                func.count(Session.id),
                func.coalesce(func.max(variants.c.n), 0),
                func.max(Session.updated_at),
            )
            .outerjoin(variants, variants.c.campaign_id == Session.campaign_id)
            .group_by(Session.campaign_id)
        )
        return {row[0]: Totals(row[1], row[2], row[3]) for row in self._session.execute(query)}

    def finals(self) -> dict[str, list[float]]:
        """Campaign id -> final scores of its ranked variants, in no order."""
        query = (
            select(Session.campaign_id, type_coerce(Score.final, Double))
            .join(Variant, Variant.session_id == Session.id)
            .join(Score, Score.variant_id == Variant.id)
            .where(Variant.rank.is_not(None), Score.final.is_not(None))
        )
        finals: dict[str, list[float]] = {}
        for campaign_id, final in self._session.execute(query):
            finals.setdefault(campaign_id, []).append(final)
        return finals

    def trends(self, length: int) -> dict[str, tuple[float, ...]]:
        """Campaign id -> best final of its latest `length` scored sessions, oldest first."""
        place = func.row_number().over(
            partition_by=Session.campaign_id, order_by=(Session.created_at.desc(), Session.id)
        )
        scored = (
            select(Session.campaign_id, Session.best_final, place.label("place"))
            .where(Session.best_final.is_not(None))
            .subquery()
        )
        query = (
            select(scored.c.campaign_id, scored.c.best_final)
            .where(scored.c.place <= length)
            .order_by(scored.c.campaign_id, scored.c.place.desc())
        )
        trends: dict[str, tuple[float, ...]] = {}
        for campaign_id, final in self._session.execute(query):
            trends[campaign_id] = (*trends.get(campaign_id, ()), final)
        return trends

    def bests(self) -> dict[str, Best]:
        """Campaign id -> its best variant."""
        place = func.row_number().over(
            partition_by=Session.campaign_id, order_by=(Session.best_final.desc(), Variant.id)
        )
        first = (
            select(Session.campaign_id, Session.best_final, Variant.sha256, place.label("place"))
            .join(Variant, Variant.session_id == Session.id)
            .where(Variant.rank == 1, Session.best_final.is_not(None))
            .subquery()
        )
        query = select(first.c.campaign_id, first.c.best_final, first.c.sha256).where(first.c.place == 1)
        return {row[0]: Best(row[1], row[2]) for row in self._session.execute(query)}

    def scorers(self) -> dict[str, int]:
        """Campaign id -> how many different scorers its ranked scores come from.

        Within a session only scores of one scorer are ranked: its best one stands for all.
        """
        query = (
            select(Session.campaign_id, func.count(distinct(Score.scorer)))
            .join(Variant, Variant.session_id == Session.id)
            .join(Score, Score.variant_id == Variant.id)
            .where(Variant.rank == 1)
            .group_by(Session.campaign_id)
        )
        return {row[0]: row[1] for row in self._session.execute(query)}
