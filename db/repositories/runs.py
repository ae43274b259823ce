"""Run and step rows: what the studio asks for, and how a worker takes it.

A worker's writes name the step's attempt (the fencing token) and say whether they still counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import selectinload

from db.clock import database_now
from db.repositories.shares import LEAST, UNFINISHED, ShareRepository
from db.repositories.turns import claiming, going, looking
from db.tables import Run, RunStep, Worker


class Claim(NamedTuple):
    """A step that is ours as long as `attempt` is its attempt."""

    step_id: int
    run_id: str
    attempt: int


class Signals(NamedTuple):
    """What a working step must know: does it still count, was a stop asked for, or a pause."""

    held: bool
    cancel_requested: bool
    paused: bool = False


class RunRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session
        self._dialect = session.get_bind().dialect.name

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
        return self._session.scalar(looking(self._dialect, tuple(only), tuple(besides))) is not None

    def any_resting(self, only: Sequence[str] = (), besides: Sequence[str] = ()) -> bool:
        """Does a run wait until its rest after a failure is over?"""
        query = select(Run.id).where(
            *going(tuple(only), tuple(besides)), Run.not_before > database_now(self._session)
        )
        return self._session.scalar(query.limit(1)) is not None

    def any_unfinished(self, only: Sequence[str]) -> bool:
        """Is a step of runs of these kinds waiting, or at work? Paused ones are not."""
        query = select(RunStep.id).join(Run, Run.id == RunStep.run_id).where(RunStep.state.in_(UNFINISHED))
        query = query.where(Run.kind.in_(only), Run.paused_at.is_(None))
        return self._session.scalar(query.limit(1)) is not None

    def claim(
        self,
        owner: str,
        lease_seconds: float,
        first: Sequence[str] = (),
        only: Sequence[str] = (),
        besides: Sequence[str] = (),
    ) -> Claim | None:
        """Take the next step, with one statement: see db/repositories/turns.py for which one that is."""
        statement = claiming(self._dialect, lease_seconds, tuple(first), tuple(only), tuple(besides))
        row = self._session.execute(statement, {"owner": owner}).first()
        if row is None:
            return None
        ShareRepository(self._session).charge(row[1], LEAST)
        return Claim(row[0], row[1], row[2])

    def rest(self, run_id: str, seconds: float) -> None:
        """Take no step of the run for so long, by the database's clock."""
        until = database_now(self._session, seconds)
        self._session.execute(
            update(Run)
            .where(Run.id == run_id)
            .values(not_before=until)
            .execution_options(synchronize_session=False)
        )

    def paused(self, reason: str, seconds: float = 0.0) -> Sequence[Run]:
        """Unfinished runs that were paused for this reason `seconds` ago or earlier."""
        query = select(Run).where(Run.state.in_(UNFINISHED), Run.pause_reason == reason)
        query = query.where(Run.paused_at <= database_now(self._session, -seconds))
        return self._session.scalars(query.options(selectinload(Run.steps))).all()

    def renew(self, claim: Claim, lease_seconds: float, progress: float | None = None) -> bool:
        """Hold on to a step, and note its progress. False: it is not ours any more."""
        values: dict[str, Any] = {"lease_until": database_now(self._session, lease_seconds)}
        if progress is not None:
            values["progress"] = progress
        return self._update(claim, values)

    def finish(self, claim: Claim, state: str, **values: Any) -> bool:
        """End our attempt in `state`. False: it is not ours any more, and nothing was written."""
        ended = {"owner": None, "lease_until": None, "finished_at": database_now(self._session)}
        return self._update(claim, {"state": state, **ended, **values})

    def signals(self, claim: Claim) -> Signals:
        row = self._session.execute(
            select(RunStep.attempt, RunStep.state, Run.cancel_requested, Run.paused_at)
            .join(Run, Run.id == RunStep.run_id)
            .where(RunStep.id == claim.step_id)
        ).first()
        if row is None:
            return Signals(held=False, cancel_requested=True)
        held = row[0] == claim.attempt and row[1] == "running"
        return Signals(held, cancel_requested=row[2], paused=row[3] is not None)

    def abandoned(self, slot: str, dead: Sequence[str] = ()) -> Sequence[RunStep]:
        """Running steps that nobody is at. Asked by a slot's holder between two steps of its own.

        It knows that the slot's former holders are dead, and that it is at nothing itself; `dead` are
        workers elsewhere that it knows to be gone.
        """
        here = select(Worker.id).where(Worker.slot == slot)
        return self._running(RunStep.owner.in_(here) | RunStep.owner.in_(dead))

    def expired(self) -> Sequence[RunStep]:
        """Running steps whose lease ran out by the database's clock."""
        return self._running(RunStep.lease_until < database_now(self._session))

    def _running(self, which: ColumnElement[bool]) -> Sequence[RunStep]:
        query = select(RunStep).where(RunStep.state == "running", which)
        return self._session.scalars(query.with_for_update(skip_locked=True)).all()

    def _update(self, claim: Claim, values: dict[str, Any]) -> bool:
        mine = (RunStep.id == claim.step_id, RunStep.attempt == claim.attempt, RunStep.state == "running")
        result = self._session.execute(
            update(RunStep).where(*mine).values(**values).execution_options(synchronize_session=False)
        )
        return cast("CursorResult[Any]", result).rowcount == 1
