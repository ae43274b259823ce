"""Whose turn it is: every person has a count of the workers' time they had, and the smallest goes next.

This is start-time fair queueing (Goyal, Vin and Cheng, 1996), with the step as the packet:

- Taking a step counts 1 at once, so that the next one goes to somebody else; its end adds the seconds
  beyond that, up to MOST_SECONDS, so that long steps count for more and none is paid off for hours.
- Who asks after a rest starts level with the person who is served least now: waiting earns nothing, and
  what was had before counts as MOST_SECONDS at most.

A person with one run is therefore behind at most one step of everybody else, however many they queued.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import ColumnElement, Executable, bindparam, func, select, update
from sqlalchemy.orm import Session as OrmSession

from db.repositories.statements import insert
from db.tables import QueueShare, Run

LEAST = 1.0
"""What a step counts at least: one that takes no time is a turn all the same."""

MOST_SECONDS = 60.0
"""What a step counts at most, and how far anybody can be behind."""

UNFINISHED = ("queued", "running")


class ShareRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def arrive(self, person_id: str | None) -> None:
        """Before a person's run joins the queue: where nothing of theirs waits, they start level."""
        key = person_id or ""
        active = set(
            self._session.scalars(
                select(sharer()).where(Run.state.in_(UNFINISHED), Run.paused_at.is_(None)).distinct()
            )
        )
        if key in active:
            return
        shares = self.all()
        level = min((shares.get(other, 0.0) for other in active), default=max(shares.values(), default=0.0))
        served = min(max(shares.get(key, 0.0), level), level + MOST_SECONDS)
        statement = insert(self._session, QueueShare).values(person_id=key, served=served)
        self._session.execute(
            statement.on_conflict_do_update(index_elements=["person_id"], set_={"served": served})
        )

    def charge(self, run_id: str, amount: float) -> None:
        """Count `amount` for the person whose run it is."""
        values = {"run": run_id, "amount": amount}
        if self._session.execute(_charging(), values).first() is None:
            key = self._session.scalar(select(sharer()).where(Run.id == run_id)) or ""
            statement = insert(self._session, QueueShare).values(person_id=key, served=amount)
            added = {"served": QueueShare.served + amount}
            self._session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=added))

    def charge_rest(self, run_id: str, seconds: float) -> None:
        """At a step's end: what it took beyond what its taking counted."""
        if (rest := min(seconds, MOST_SECONDS) - LEAST) > 0:
            self.charge(run_id, rest)

    def all(self) -> dict[str, float]:
        """Person id ("" for the one with a shell) -> what they had."""
        rows: Sequence[QueueShare] = self._session.scalars(select(QueueShare)).all()
        return {row.person_id: row.served for row in rows}


def sharer() -> ColumnElement[str]:
    """The key of a run's person among the shares."""
    return func.coalesce(Run.person_id, "")


@cache
def _charging() -> Executable:
    """Adds :amount to the share of the person of :run."""
    key = select(sharer()).where(Run.id == bindparam("run")).scalar_subquery()
    return (
        update(QueueShare)
        .where(QueueShare.person_id == key)
        .values(served=QueueShare.served + bindparam("amount"))
        .returning(QueueShare.person_id)
        .execution_options(synchronize_session=False)
    )
