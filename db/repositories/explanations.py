"""Rows beside the scores: coverage, fidelity, twins, heatmaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session as OrmSession

from db.tables import Coverage, Fidelity, Heatmap, Twin


class ExplanationRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def coverage(self, variant_ids: Sequence[int]) -> Sequence[Coverage]:
        """Of these variants, each one's checklist in the plan's order."""
        return self._session.scalars(
            select(Coverage)
            .where(Coverage.variant_id.in_(variant_ids))
            .order_by(Coverage.variant_id, Coverage.position)
        ).all()

    def fidelity(self, variant_ids: Sequence[int]) -> Sequence[Fidelity]:
        return self._session.scalars(select(Fidelity).where(Fidelity.variant_id.in_(variant_ids))).all()

    def twins(self, variant_ids: Sequence[int]) -> Sequence[Twin]:
        """Most alike first."""
        query = select(Twin).where(Twin.variant_id.in_(variant_ids), Twin.twin_id.in_(variant_ids))
        return self._session.scalars(query.order_by(Twin.cosine.desc(), Twin.id)).all()

    def heatmaps(self, variant_ids: Sequence[int]) -> Sequence[Heatmap]:
        """Oldest first."""
        query = select(Heatmap).where(Heatmap.variant_id.in_(variant_ids)).order_by(Heatmap.id)
        return self._session.scalars(query).all()

    def replace_coverage(self, variant_id: int, rows: Sequence[Coverage]) -> None:
        self._delete(delete(Coverage).where(Coverage.variant_id == variant_id))
        self._add(rows)

    def replace_fidelity(self, variant_ids: Sequence[int], rows: Sequence[Fidelity]) -> None:
        self._delete(delete(Fidelity).where(Fidelity.variant_id.in_(variant_ids)))
        self._add(rows)

    def replace_twins(self, variant_ids: Sequence[int], rows: Sequence[Twin]) -> None:
        self._delete(delete(Twin).where(or_(Twin.variant_id.in_(variant_ids), Twin.twin_id.in_(variant_ids))))
        self._add(rows)

    def replace_heatmap(self, row: Heatmap) -> None:
        """Put `row` in place of the one of the same key."""
        same = (Heatmap.variant_id == row.variant_id, Heatmap.key_sha256 == row.key_sha256)
        self._delete(delete(Heatmap).where(*same))
        self._add([row])

    def _delete(self, statement: Any) -> None:
        self._session.execute(statement, execution_options={"synchronize_session": False})

    def _add(self, rows: Sequence[Any]) -> None:
        self._session.add_all(rows)
        self._session.flush()
