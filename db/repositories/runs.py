"""Run and step rows: what the studio asks for, and how a worker takes it.

A worker's writes name the step's attempt (the fencing token) and say whether they still counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, exists, func, select, update
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import aliased, selectinload

from db.base import now
from db.clock import database_now
from db.tables import Run, RunStep, Worker

UNFINISHED = ("queued", "running")


class Claim(NamedTuple):
    """A step that is ours as long as `attempt` is its attempt."""

    step_id: int
    run_id: str
    attempt: int


class Signals(NamedTuple):
    """What a working step must know: does it still count, and was a stop asked for."""

    held: bool
    cancel_requested: bool


class RunRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    # --- the studio's side ---

    def add(self, row: Run) -> Run:
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, run_id: str, lock: bool = False) -> Run | None:
        """As stored now. `lock`: nobody else changes the run or takes a step of it meanwhile."""
        query = select(Run).where(Run.id == run_id).options(selectinload(Run.steps))
        if lock:
            query = query.with_for_update(of=Run)
        return self._session.scalars(query.execution_options(populate_existing=True)).one_or_none()

    def unfinished(self, dedupe_key: str | None = None) -> Sequence[Run]:
        """Oldest first, all or those of one key, with their steps."""
        query = select(Run).where(Run.state.in_(UNFINISHED)).options(selectinload(Run.steps))
        if dedupe_key is not None:
            query = query.where(Run.dedupe_key == dedupe_key)
        return self._session.scalars(query.order_by(Run.created_at, Run.id)).all()

    def latest(self, session_id: str, kind: str | None = None, besides: Sequence[str] = ()) -> Run | None:
        query = select(Run).where(Run.session_id == session_id).options(selectinload(Run.steps))
        if besides:
            query = query.where(Run.kind.not_in(besides))
        if kind is not None:
            query = query.where(Run.kind == kind)
        return self._session.scalars(query.order_by(Run.created_at.desc(), Run.id).limit(1)).one_or_none()

    def recent(self, kind: str, limit: int) -> Sequence[Run]:
        """The newest runs of one kind, in any state, with their steps."""
        query = select(Run).where(Run.kind == kind).options(selectinload(Run.steps))
        return self._session.scalars(query.order_by(Run.created_at.desc(), Run.id).limit(limit)).all()

    # --- the worker's side ---

    def any_queued(self, only: Sequence[str] = (), besides: Sequence[str] = ()) -> bool:
        """A cheap look before `claim`, which takes the write lock; `only` and `besides` as there."""
        return self._any(("queued",), only, besides)

    def any_unfinished(self, only: Sequence[str]) -> bool:
        """Is a step of runs of these kinds waiting, or at work?"""
        return self._any(UNFINISHED, only)

    def _any(self, states: Sequence[str], only: Sequence[str] = (), besides: Sequence[str] = ()) -> bool:
        query = select(RunStep.id).join(Run, Run.id == RunStep.run_id).where(RunStep.state.in_(states))
        return self._session.scalar(query.where(*_kinds(only, besides)).limit(1)) is not None

    def claim(
        self,
        owner: str,
        lease_seconds: float,
        first: Sequence[str] = (),
        only: Sequence[str] = (),
        besides: Sequence[str] = (),
    ) -> Claim | None:
        """Take the next step, with one statement: runs in order of asking, steps in theirs.

        Runs of the kinds `first` go before all others. `only` (none: any) and `besides` are the kinds
        of runs that are taken and left to others.

        A step waits for all earlier steps of another kind; steps of one kind are independent.
        """
        earlier = aliased(RunStep)
        blocked = exists().where(
            earlier.run_id == RunStep.run_id,
            earlier.position < RunStep.position,
            earlier.kind != RunStep.kind,
            earlier.state != "done",
        )
        candidate = (
            select(RunStep.id)
            .join(Run, Run.id == RunStep.run_id)
            .where(
                RunStep.state == "queued",
                Run.state.in_(UNFINISHED),
                Run.cancel_requested.is_(False),
                *_kinds(only, besides),
                ~blocked,
            )
            .order_by(Run.kind.not_in(first), Run.created_at, Run.id, RunStep.position)
            .limit(1)
            .with_for_update(of=[RunStep, Run], skip_locked=True)
            .scalar_subquery()
        )
        row = self._session.execute(
            update(RunStep)
            .where(RunStep.id == candidate)
            .values(
                state="running",
                attempt=RunStep.attempt + 1,
                owner=owner,
                lease_until=database_now(self._session, lease_seconds),
                progress=0.0,
            )
            .returning(RunStep.id, RunStep.run_id, RunStep.attempt)
            .execution_options(synchronize_session=False)
        ).first()
        if row is None:
            return None
        self._session.execute(
            update(Run)
            .where(Run.id == row[1], Run.state == "queued")
            .values(state="running", started_at=func.coalesce(Run.started_at, now()))
        )
        return Claim(row[0], row[1], row[2])

    def renew(self, claim: Claim, lease_seconds: float, progress: float | None = None) -> bool:
        """Hold on to a step, and note its progress. False: it is not ours any more."""
        values: dict[str, Any] = {"lease_until": database_now(self._session, lease_seconds)}
        if progress is not None:
            values["progress"] = progress
        return self._update(claim, values)

    def finish(self, claim: Claim, state: str, **values: Any) -> bool:
        """End our attempt in `state`. False: it is not ours any more, and nothing was written."""
        return self._update(claim, {"state": state, "owner": None, "lease_until": None} | values)

    def signals(self, claim: Claim) -> Signals:
        row = self._session.execute(
            select(RunStep.attempt, RunStep.state, Run.cancel_requested)
            .join(Run, Run.id == RunStep.run_id)
            .where(RunStep.id == claim.step_id)
        ).first()
        if row is None:
            return Signals(held=False, cancel_requested=True)
        return Signals(held=row[0] == claim.attempt and row[1] == "running", cancel_requested=row[2])

    def abandoned(self, slot: str) -> Sequence[RunStep]:
        """Running steps that nobody is at. Asked by a slot's holder between two steps of its own.

        It knows that the slot's former holders are dead, and that it is at nothing itself. Workers
        elsewhere count as dead when their lease ran out by the database's clock.
        """
        here = select(Worker.id).where(Worker.slot == slot)
        expired = RunStep.lease_until < database_now(self._session)
        query = select(RunStep).where(RunStep.state == "running", RunStep.owner.in_(here) | expired)
        return self._session.scalars(query.with_for_update(skip_locked=True)).all()

    def _update(self, claim: Claim, values: dict[str, Any]) -> bool:
        mine = (RunStep.id == claim.step_id, RunStep.attempt == claim.attempt, RunStep.state == "running")
        result = self._session.execute(
            update(RunStep).where(*mine).values(**values).execution_options(synchronize_session=False)
        )
        return cast("CursorResult[Any]", result).rowcount == 1


def _kinds(only: Sequence[str], besides: Sequence[str]) -> list[ColumnElement[bool]]:
    """Conditions on a run's kind."""
    found: list[ColumnElement[bool]] = []
    if only:
        found.append(Run.kind.in_(only))
    if besides:
        found.append(Run.kind.not_in(besides))
    return found
