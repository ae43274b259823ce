"""Rows of what work took. They are added and added up, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session as OrmSession

from db.tables import Spend


@dataclass(frozen=True, slots=True)
class SpendSum:
    """Sums over rows. `cost` is of the rows that have one; `unpriced` counts rows with calls and no cost."""

    rows: int
    tokens_in: int
    tokens_out: int
    cost: float
    unpriced: int
    seconds: float
    calls: int


class SpendRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def add(self, row: Spend) -> None:
        self._session.add(row)
        self._session.flush()

    def of_session(self, session_id: str) -> Sequence[Spend]:
        """Oldest first."""
        query = select(Spend).where(Spend.session_id == session_id).order_by(Spend.id)
        return self._session.scalars(query).all()

    def total(self, session_id: str | None = None, step: str | None = None) -> SpendSum:
        """Of one session or of all, of one step or of every one."""
        unpriced = Spend.cost.is_(None) & (Spend.calls > 0)
        query = select(
            func.count(),
            func.coalesce(func.sum(Spend.tokens_in), 0),
            func.coalesce(func.sum(Spend.tokens_out), 0),
            func.coalesce(func.sum(Spend.cost), 0.0),
            func.count().filter(unpriced),
            func.coalesce(func.sum(Spend.seconds), 0.0),
            func.coalesce(func.sum(Spend.calls), 0),
        ).select_from(Spend)
        if session_id is not None:
            query = query.where(Spend.session_id == session_id)
        if step is not None:
            query = query.where(Spend.step == step)
        row = self._session.execute(query).one()
        rows, tokens_in, tokens_out, cost, unpriced, seconds, calls = row
        return SpendSum(
            rows, int(tokens_in), int(tokens_out), float(cost or 0), unpriced, float(seconds), int(calls)
        )
