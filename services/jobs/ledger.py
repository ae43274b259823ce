"""The worker's side of the run tables: take a step, keep it, end it. One short transaction each.

Every write names the attempt it belongs to. A worker that was given up for dead finds its writes
refused (False) and drops what it did; the effects of a step are idempotent, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from db import tables
from db.base import now
from db.repositories.runs import Claim, RunRepository, Signals
from db.repositories.shares import ShareRepository
from db.repositories.workers import WorkerRepository
from services import counters
from services.database import read_session, unit_of_work
from services.jobs.patience import AT_ONCE, Patience
from services.jobs.rows import pause, resume, settle, step_row, view_of
from services.jobs.sentences import worker_lost
from services.jobs.views import BESIDE, INTERACTIVE, PauseReason, RunKind, RunState, RunView, StepSpec
from services.messages import Message
from services.records import message_data

MAX_FAILURES = 2
"""An unexpected error is tried once more: it may have been memory or a file in use. Twice is a fault."""

REST_SECONDS = 1.0
"""Between such an error and the next try: a moment for whatever was in the way."""

HOLD_SECONDS = 15.0
"""A run that a full disk paused stays so for so long at least: space comes and goes in bursts."""

Kinds = tuple[RunKind, ...]

MAX_TAKEOVERS = 3
"""A step whose worker vanished three times most likely takes it down (memory, a crash in C code)."""


@dataclass(frozen=True, slots=True)
class Task:
    """A step that was taken, with what its handler needs."""

    claim: Claim
    kind: str
    payload: Mapping[str, Any]
    run: RunView


def register(worker_id: str, slot: str, pid: int, host: str) -> None:
    with unit_of_work() as work:
        repository = WorkerRepository(work.session)
        repository.add(tables.Worker(id=worker_id, slot=slot, pid=pid, host=host))
        repository.beat(worker_id, "starting")
        work.commit()


def beat(worker_id: str, state: str, claim: Claim | None, lease_seconds: float) -> bool:
    """Say that the worker lives and renew the lease of its step. False: the step is not its any more."""
    with unit_of_work() as work:
        WorkerRepository(work.session).beat(worker_id, state, counters.snapshot())
        held = claim is None or RunRepository(work.session).renew(claim, lease_seconds)
        work.commit()
        return held


def unregister(worker_id: str) -> None:
    with unit_of_work() as work:
        WorkerRepository(work.session).forget(worker_id)
        work.commit()


def anything_queued(only: Kinds = ()) -> bool:
    """Does work wait: of the kinds `only`, else of all that is not done beside it?"""
    with read_session() as session:
        return RunRepository(session).any_queued(only, () if only else BESIDE)


def anything_resting(only: Kinds = ()) -> bool:
    """Does a run wait because one of its steps failed a moment ago?"""
    with read_session() as session:
        return RunRepository(session).any_resting(only, () if only else BESIDE)


def anything_held() -> bool:
    """Did a full disk pause a run?"""
    with read_session() as session:
        return bool(RunRepository(session).paused(PauseReason.DISK.value))


def anything_beside() -> bool:
    """Is a download waiting or going on?"""
    with read_session() as session:
        return RunRepository(session).any_unfinished(BESIDE)


def take(worker_id: str, lease_seconds: float, only: Kinds = ()) -> Task | None:
    """The next step, if any can be done now; `only` as for `anything_queued`.

    `worker_id` may be any claimer: each claims for itself, renews with `beat` or `report`, and ends its own.
    """
    with unit_of_work() as work:
        repository = RunRepository(work.session)
        claim = repository.claim(
            worker_id, lease_seconds, first=INTERACTIVE, only=only, besides=() if only else BESIDE
        )
        if claim is None:
            return None
        run = repository.get(claim.run_id)
        if run is None:  # deleted with its session between the two statements (PostgreSQL)
            return None
        if run.state == RunState.QUEUED:
            run.state, run.started_at = RunState.RUNNING.value, run.started_at or now()
        work.commit()
        step = next(step for step in run.steps if step.id == claim.step_id)
        return Task(claim, step.kind, step.payload, view_of(run))


def signals(claim: Claim) -> Signals:
    with read_session() as session:
        return RunRepository(session).signals(claim)


def report(claim: Claim, lease_seconds: float, progress: float) -> bool:
    """Note the share done (0..1) and renew the lease."""
    with unit_of_work() as work:
        held = RunRepository(work.session).renew(claim, lease_seconds, progress)
        work.commit()
        return held


def complete(
    claim: Claim, result: Mapping[str, Any], added: Sequence[StepSpec], seconds: float = 0.0
) -> bool:
    """The step is done: its result joins the run's, and `added` steps follow it. All or nothing.

    `seconds` is what it took; as with every end of an attempt they are kept if the attempt still counts.
    """
    with unit_of_work() as work:
        repository = RunRepository(work.session)
        run = repository.get(claim.run_id, lock=True)
        if run is None or not repository.finish(claim, RunState.DONE.value, progress=1.0):
            return False
        if result:
            run.result = {**(run.result or {}), **result}
        if added:
            _insert_after(work.session, run, claim.step_id, added)
        _note_seconds(work.session, run, claim, seconds)
        _settle(run, claim, state=RunState.DONE.value)
        work.commit()
        return True


def fail(claim: Claim, error_type: str, message: Message, again: bool, seconds: float = 0.0) -> bool:
    """The step failed. With `again` it is queued once more while its attempts last."""
    with unit_of_work() as work:
        repository = RunRepository(work.session)
        run = repository.get(claim.run_id, lock=True)
        if run is None:
            return False
        failures = 1 + next(step.failures for step in run.steps if step.id == claim.step_id)
        state = RunState.QUEUED if again and failures < MAX_FAILURES else RunState.FAILED
        if state is RunState.QUEUED:
            repository.rest(run.id, REST_SECONDS)
        note = {"failures": failures, "error_type": error_type, "error": message_data(message)}
        if not repository.finish(claim, state.value, **note):
            return False
        _note_seconds(work.session, run, claim, seconds)
        _settle(run, claim, state=state.value, **note)
        work.commit()
        return True


def stop(claim: Claim, seconds: float = 0.0) -> bool:
    """The step stopped on request."""
    return _end(claim, RunState.CANCELLED, seconds)


def release(claim: Claim, seconds: float = 0.0) -> bool:
    """Give the step back undone: the worker must go, or the run was paused. No failure is counted."""
    return _end(claim, RunState.QUEUED, seconds)


def hold(claim: Claim, seconds: float = 0.0) -> bool:
    """Give the step back undone and pause its run: the disk is full. No failure is counted."""
    with unit_of_work() as work:
        repository = RunRepository(work.session)
        run = repository.get(claim.run_id, lock=True)
        if run is None or not repository.finish(claim, RunState.QUEUED.value):
            return False
        if run.paused_at is None:
            pause(run, PauseReason.DISK)
        _note_seconds(work.session, run, claim, seconds)
        _settle(run, claim, state=RunState.QUEUED.value)
        work.commit()
        return True


def resume_held(room: Callable[[], bool]) -> int:
    """Let runs go on that a full disk paused a while ago, if there is `room` again; how many."""
    with read_session() as session:
        if not RunRepository(session).paused(PauseReason.DISK.value, HOLD_SECONDS):
            return 0
    if not room():
        return 0
    with unit_of_work() as work:
        runs = RunRepository(work.session).paused(PauseReason.DISK.value, HOLD_SECONDS)
        shares = ShareRepository(work.session)
        for run in runs:
            shares.arrive(run.person_id)
            resume(run)
            work.session.flush()
        work.commit()
        return len(runs)


def recover(worker_id: str, slot: str, dead: Sequence[str] = (), patience: Patience = AT_ONCE) -> int:
    """Queue again the steps that nobody is at any more, or give them up after too many; how many.

    For the holder of `slot`, between two steps of its own. `dead` are workers elsewhere that are known to
    be gone: nobody waits for their leases. Of all others a lease must have run out, and `patience` with it.
    """
    with unit_of_work() as work:
        repository = RunRepository(work.session)
        workers = WorkerRepository(work.session)
        gone = repository.abandoned(slot, dead)
        late = patience.is_over([step for step in repository.expired() if step not in gone])
        steps = [*gone, *late]
        for step in steps:
            _take_over(step)
        work.session.flush()
        for run_id in sorted({step.run_id for step in steps}):
            if (run := repository.get(run_id)) is not None:
                settle(run)
        workers.forget_others(slot, worker_id)
        for worker in dead:
            workers.forget(worker)
        work.commit()
        return len(steps)


def _take_over(step: tables.RunStep) -> None:
    step.takeovers += 1
    step.owner, step.lease_until = None, None
    if step.takeovers < MAX_TAKEOVERS:
        step.state = RunState.QUEUED.value
    else:
        step.state, step.error_type = RunState.FAILED.value, "WorkerLost"
        step.error = message_data(worker_lost(step.takeovers))


def _end(claim: Claim, state: RunState, seconds: float) -> bool:
    with unit_of_work() as work:
        repository = RunRepository(work.session)
        run = repository.get(claim.run_id, lock=True)
        if run is None or not repository.finish(claim, state.value):
            return False
        _note_seconds(work.session, run, claim, seconds)
        _settle(run, claim, state=state.value)
        work.commit()
        return True


def _note_seconds(session: Any, run: tables.Run | None, claim: Claim, seconds: float) -> None:
    """Count computing time, in the transaction that ends the attempt: once each, as the session's spend
    and as the share that its person had of the workers.
    """
    if run is not None:
        ShareRepository(session).charge_rest(run.id, seconds)
    if run is not None and run.session_id is not None and seconds > 0:
        kind = next(step.kind for step in run.steps if step.id == claim.step_id)
        session.add(tables.Spend(session_id=run.session_id, step=kind, seconds=seconds))


def _settle(run: tables.Run, claim: Claim, **written: Any) -> None:
    """End the run if its claimed step was the last; `written` is what the step's row has since then."""
    step = next(step for step in run.steps if step.id == claim.step_id)
    for name, value in written.items():
        set_committed_value(step, name, value)
    settle(run)


def _insert_after(session: Any, run: tables.Run, step_id: int, added: Sequence[StepSpec]) -> None:
    place = next(step.position for step in run.steps if step.id == step_id)
    later = [step for step in run.steps if step.position > place]
    for step in later:  # by way of free positions: two steps never share one, not even for a moment
        step.position = -(step.position + len(added))
    session.flush()
    for step in later:
        step.position = -step.position
    run.steps.extend(step_row(spec, position, run.id) for position, spec in enumerate(added, start=place + 1))
    session.flush()
