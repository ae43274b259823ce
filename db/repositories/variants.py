"""Variant and score rows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import selectinload

from db.tables import Score, Variant


class VariantRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def add(self, row: Variant) -> Variant:
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, variant_id: int) -> Variant | None:
        return self._session.get(Variant, variant_id)

    def by_recipe(self, session_id: str, recipe_sha256: str) -> Variant | None:
        return self._session.scalars(
            select(Variant).where(Variant.session_id == session_id, Variant.recipe_sha256 == recipe_sha256)
        ).first()

    def of_session(self, session_id: str) -> Sequence[Variant]:
        """With their scores: ranked ones first, best first; then the others as they were made."""
        return self._session.scalars(
            select(Variant)
            .where(Variant.session_id == session_id)
            .options(selectinload(Variant.score))
            .order_by(Variant.rank.is_(None), Variant.rank, Variant.position, Variant.id)
        ).all()

    def replace_scores(self, rows: Sequence[Score]) -> None:
        """Put each variant's score in place of the one it had."""
        variants = [row.variant_id for row in rows]
        self._session.execute(
            delete(Score).where(Score.variant_id.in_(variants)),
            execution_options={"synchronize_session": False},
        )
        self._session.add_all(rows)
        self._session.flush()

    def counts(self, session_ids: Sequence[str]) -> dict[str, int]:
        query = (
            select(Variant.session_id, func.count())
            .where(Variant.session_id.in_(session_ids))
            .group_by(Variant.session_id)
        )
        return {row[0]: row[1] for row in self._session.execute(query)}

    def best(self, session_ids: Sequence[str], each: int) -> dict[str, tuple[str, ...]]:
        """Session id -> keys of up to `each` pictures: ranked ones first, then as they were made."""
        place = func.row_number().over(
            partition_by=Variant.session_id,
            order_by=(Variant.rank.is_(None), Variant.rank, Variant.position, Variant.id),
        )
        placed = (
            select(Variant.session_id, Variant.sha256, place.label("place"))
            .where(Variant.session_id.in_(session_ids))
            .subquery()
        )
        query = (
            select(placed.c.session_id, placed.c.sha256)
            .where(placed.c.place <= each)
            .order_by(placed.c.session_id, placed.c.place)
        )
        best: dict[str, tuple[str, ...]] = {}
        for session_id, sha256 in self._session.execute(query):
            best[session_id] = (*best.get(session_id, ()), sha256)
        return best
