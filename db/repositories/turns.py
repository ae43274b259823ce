"""The one statement that takes the next step. Built once and kept: building it takes longer than running it.

Runs of kinds that somebody looks at go before all others; then the person goes who had least
(db/repositories/shares.py), and of their runs the one of the smallest rank, then the oldest.

A step waits for all earlier steps of another kind; steps of one kind are independent. So of each run only
its first waiting step can be next, and a claim costs a few index look-ups for each run that waits, however
many steps it has.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, bindparam, exists, func, select, update
from sqlalchemy.orm import aliased

from db.clock import now_in
from db.repositories.shares import UNFINISHED, sharer
from db.tables import QueueShare, Run, RunStep

Kinds = tuple[str, ...]

_STUCK = ("running", "failed", "cancelled")
"""States, other than waiting, of a step that is not done."""


@lru_cache(maxsize=64)
def claiming(dialect: str, lease_seconds: float, first: Kinds, only: Kinds, besides: Kinds) -> Executable:
    """Takes the next step for :owner and returns its (id, run_id, attempt).

    Kinds of runs: `first` before all others; `only` (none: any) and `besides` are taken and left alone.
    """
    stuck = aliased(RunStep)
    blocked = exists().where(
        stuck.run_id == Run.id,
        stuck.state.in_(_STUCK),
        stuck.position < _next_step("position", Run.id).correlate(Run).scalar_subquery(),
        stuck.kind != _next_step("kind", Run.id).correlate(Run).scalar_subquery(),
    )
    order = (
        Run.kind.not_in(first),
        func.coalesce(QueueShare.served, 0.0),
        Run.rank,
        Run.created_at,
        Run.id,
    )
    run_id = (
        select(Run.id)
        .outerjoin(QueueShare, QueueShare.person_id == sharer())
        .where(*ready(dialect, only, besides), _waits(), ~blocked)
        .order_by(*order)
        .limit(1)
        .with_for_update(of=Run, skip_locked=True)
        .scalar_subquery()
    )
    return (
        update(RunStep)
        .where(RunStep.id == _next_step("id", run_id).scalar_subquery(), RunStep.state == "queued")
        .values(
            state="running",
            attempt=RunStep.attempt + 1,
            owner=bindparam("owner"),
            worker=bindparam("owner"),
            lease_until=now_in(dialect, lease_seconds),
            started_at=now_in(dialect),
            finished_at=None,
            progress=0.0,
        )
        .returning(RunStep.id, RunStep.run_id, RunStep.attempt)
        .execution_options(synchronize_session=False)
    )


@lru_cache(maxsize=16)
def looking(dialect: str, only: Kinds, besides: Kinds) -> Select[str]:
    """A run of which a step may be taken now, as `claiming` sees it but for steps that wait for others."""
    return select(Run.id).where(*ready(dialect, only, besides), _waits()).limit(1)


def ready(dialect: str, only: Kinds, besides: Kinds) -> list[ColumnElement[bool]]:
    """Conditions on a run that may be worked at now."""
    rested = Run.not_before.is_(None) | (Run.not_before <= now_in(dialect))
    return [*going(only, besides), rested]


def going(only: Kinds, besides: Kinds) -> list[ColumnElement[bool]]:
    """Conditions on a run that is neither finished nor stopping nor paused, of these kinds."""
    found: list[ColumnElement[bool]] = [
        Run.state.in_(UNFINISHED),
        Run.cancel_requested.is_(False),
        Run.paused_at.is_(None),
    ]
    if only:
        found.append(Run.kind.in_(only))
    if besides:
        found.append(Run.kind.not_in(besides))
    return found


def _waits() -> ColumnElement[bool]:
    return _next_step("id", Run.id).correlate(Run).exists()


def _next_step(column: str, run_id: Any) -> Select[Any]:
    """`column` of the run's first waiting step."""
    step = aliased(RunStep)
    query = select(getattr(step, column)).where(step.run_id == run_id, step.state == "queued")
    return query.order_by(step.position).limit(1)
