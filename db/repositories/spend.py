"""Rows of what work took. They are added and added up, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session as OrmSession

from db.tables import Spend


@dataclass(frozen=True, slots=True)
class SpendSum:
    """Sums over rows. `asked` counts rows with calls of a service, `unpriced` those of them without a cost;
    `waited` are the seconds of those, `seconds` of our own computing (no model id)."""

    asked: int
    tokens_in: int
    tokens_out: int
    cost: float
    unpriced: int
    waited: float
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
        asked = Spend.calls > 0
        query = select(
            func.count().filter(asked),
            func.coalesce(func.sum(Spend.tokens_in), 0),
            func.coalesce(func.sum(Spend.tokens_out), 0),
            func.coalesce(func.sum(Spend.cost), 0.0),
            func.count().filter(asked & Spend.cost.is_(None)),
            func.coalesce(func.sum(Spend.seconds).filter(asked), 0.0),
            func.coalesce(func.sum(Spend.seconds).filter(Spend.model_id == ""), 0.0),
            func.coalesce(func.sum(Spend.calls), 0),
        ).select_from(Spend)
        if session_id is not None:
            query = query.where(Spend.session_id == session_id)
        if step is not None:
            query = query.where(Spend.step == step)
        row = self._session.execute(query).one()
        asked_rows, tokens_in, tokens_out, cost, unpriced, waited, seconds, calls = row
        return SpendSum(
            asked=asked_rows,
            tokens_in=int(tokens_in),
            tokens_out=int(tokens_out),
            cost=float(cost or 0),
            unpriced=unpriced,
            waited=float(waited or 0),
            seconds=float(seconds or 0),
            calls=int(calls),
        )
