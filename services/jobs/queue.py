"""Asking for work, and seeing how it goes. The table is the truth: a run outlives the page and the worker.

run_id = submit(RunKind.PLAN, session_id, steps=[StepSpec("plan")])
run = get(run_id)          # state, progress, sentence
cancel(run_id)             # stops between two steps, or within one at its next progress
retry(run_id)              # goes on where it stopped; finished steps are not done again
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from db import tables
from db.base import now
from db.repositories.runs import RunRepository
from db.repositories.shares import ShareRepository
from services import audit
from services.database import read_session, unit_of_work
from services.errors import InvalidInput, NotAllowed, NotFound
from services.jobs.rows import resume, settle, step_row, view_of
from services.jobs.views import (
    ASIDE,
    ASKING_ROLES,
    INTERACTIVE,
    RunKind,
    RunState,
    RunView,
    StepSpec,
    StepView,
)
from services.messages import N_
from services.people import LOCAL, Role, actor, require
from services.quotas import require_place_in_queue, require_room

__all__ = [
    "ASIDE",
    "RunKind",
    "RunState",
    "RunView",
    "StepSpec",
    "StepView",
    "active",
    "cancel",
    "get",
    "latest",
    "may_ask",
    "may_change",
    "own",
    "own_id",
    "recent",
    "retry",
    "submit",
    "wait",
]

WAIT_SECONDS = 0.1
"""Between two looks of somebody who waits; a look is one query of a millisecond."""

_STEP_UNFINISHED = (RunState.QUEUED, RunState.RUNNING)


def submit(
    kind: RunKind,
    session_id: str | None = None,
    payload: Mapping[str, Any] | None = None,
    steps: Sequence[StepSpec] = (),
    dedupe_key: str | None = None,
) -> str:
    """Put a run into the queue; its id.

    While a run of the same key is unfinished, that one's id is returned and nothing is added: a
    double click is one run. The key is kind and session, or kind and payload, unless given.
    Raises NotAllowed, and LimitReached where the queue or the disk is full.
    """
    require(ASKING_ROLES.get(kind, Role.CREATOR))
    if not steps:
        raise InvalidInput(N_("There is nothing to do in this run."))
    if kind not in INTERACTIVE:
        require_room()
    key = dedupe_key or f"{kind.value}:{session_id or json.dumps(dict(payload or {}), sort_keys=True)}"
    try:
        return _submit(kind, session_id, dict(payload or {}), steps, key)
    except IntegrityError:  # another process was quicker (PostgreSQL; SQLite's writers take turns)
        with read_session() as session:
            if same := RunRepository(session).unfinished(key):
                return same[0].id
        raise


def _submit(
    kind: RunKind, session_id: str | None, payload: dict[str, Any], steps: Sequence[StepSpec], key: str
) -> str:
    with unit_of_work() as work:
        repository = RunRepository(work.session)
        if same := repository.unfinished(key):
            return same[0].id
        person_id = own_id()
        require_place_in_queue(work.session, kind, person_id)
        ShareRepository(work.session).arrive(person_id)
        run = tables.Run(
            kind=kind.value, session_id=session_id, dedupe_key=key, payload=payload, person_id=person_id
        )
        run.steps = [step_row(spec, position) for position, spec in enumerate(steps)]
        repository.add(run)
        if kind not in (*INTERACTIVE, *ASIDE):
            audit.record(work.session, f"run.{kind.value}", session_id=session_id, run=run.id)
        work.commit()
        return run.id


def get(run_id: str) -> RunView:
    """The run as it stands. Raises NotFound."""
    with read_session() as session:
        row = RunRepository(session).get(run_id)
        if row is None:
            raise _not_found(run_id)
        return view_of(row)


def wait(run_id: str, seconds: float) -> RunView:
    """The run when it is finished, or as it stands after `seconds`: for work that takes a moment."""
    give_up = time.monotonic() + seconds
    while (run := get(run_id)).state in _STEP_UNFINISHED and time.monotonic() < give_up:
        time.sleep(WAIT_SECONDS)
    return run


def active() -> list[RunView]:
    """All unfinished runs, oldest first. A search is no news to anyone but its page."""
    with read_session() as session:
        rows = RunRepository(session).unfinished()
        return [view_of(row) for row in rows if row.kind != RunKind.SEARCH]


def latest(session_id: str, kind: RunKind | None = None, besides: Sequence[RunKind] = ()) -> RunView | None:
    """The session's newest run, of any kind or of one, those of the kinds `besides` left out."""
    with read_session() as session:
        row = RunRepository(session).latest(session_id, kind.value if kind is not None else None, besides)
        return view_of(row) if row is not None else None


def recent(kind: RunKind, limit: int = 50) -> list[RunView]:
    """The newest runs of one kind, in any state."""
    with read_session() as session:
        return [view_of(row) for row in RunRepository(session).recent(kind.value, limit)]


def cancel(run_id: str) -> None:
    """Ask a run to stop. A queued one is stopped at once; a finished one stays as it is."""
    with unit_of_work() as work:
        run = own(RunRepository(work.session), run_id)
        if run.state not in _STEP_UNFINISHED:
            return
        run.cancel_requested = True
        settle(run)
        work.commit()


def retry(run_id: str) -> str:
    """Queue what a failed or stopped run did not finish; the id of the run that does it.

    Whoever may ask for such work may do so, and it is theirs from then on.
    A run that is unfinished or done stays as it is. Where the same work was asked for again
    meanwhile, that run's id is returned.
    """
    with unit_of_work() as work:
        repository = RunRepository(work.session)
        run = _allowed(repository, run_id)
        if run.state not in (RunState.FAILED, RunState.CANCELLED):
            return run.id
        if same := repository.unfinished(run.dedupe_key):
            return same[0].id
        run.state, run.cancel_requested = RunState.QUEUED.value, False
        run.error, run.error_type, run.finished_at = None, None, None
        resume(run)
        ShareRepository(work.session).arrive(own_id())
        run.person_id, run.rank = own_id(), 0
        run.created_at = now()  # it queues up again, behind those of theirs that wait already
        for step in run.steps:
            if step.state in (RunState.FAILED, RunState.CANCELLED):
                step.state, step.progress = RunState.QUEUED.value, 0.0
                step.failures, step.takeovers = 0, 0
                step.error, step.error_type = None, None
        work.commit()
        return run.id


def own_id() -> str | None:
    """Who acts, as runs name them: None for the person with a shell."""
    person = actor()
    return None if person.id == LOCAL.id else person.id


def may_ask(run: RunView | tables.Run) -> bool:
    """Whether who acts may ask for work of this kind, and so repeat it."""
    return actor().may(ASKING_ROLES.get(RunKind(run.kind), Role.CREATOR))


def may_change(run: RunView | tables.Run) -> bool:
    """Whether who acts may stop, pause or move this run: their own, or any as an administrator."""
    return may_ask(run) and (run.person_id == own_id() or actor().may(Role.ADMIN))


def own(repository: RunRepository, run_id: str) -> tables.Run:
    """The run, locked, if who acts may change it. Raises NotFound, NotAllowed."""
    run = _allowed(repository, run_id)
    if not may_change(run):
        raise NotAllowed(N_("This run is somebody else's. Ask them, or an administrator."))
    return run


def _allowed(repository: RunRepository, run_id: str) -> tables.Run:
    """The run, locked, if who acts may ask for one of its kind."""
    run = repository.get(run_id, lock=True)
    if run is None:
        raise _not_found(run_id)
    require(ASKING_ROLES.get(RunKind(run.kind), Role.CREATOR))
    return run


def _not_found(run_id: str) -> NotFound:
    return NotFound(N_("There is no run {id}. Start the work again from its page."), id=run_id)
