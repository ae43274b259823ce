"""What people do to the queue: pause, resume, move, and clear away what is finished.

Everybody does so to runs of their own, administrators to all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from db import tables
from db.base import now
from db.repositories.run_lists import RunLists
from db.repositories.runs import RunRepository
from db.repositories.shares import ShareRepository
from services import audit
from services.database import unit_of_work
from services.jobs import rows
from services.jobs.queue import own, own_id
from services.jobs.views import INTERACTIVE, PauseReason, RunKind, RunState
from services.people import Role, require

T = TypeVar("T")

_UNFINISHED = (RunState.QUEUED, RunState.RUNNING)


class Move(StrEnum):
    """Where a waiting run goes among those of its person."""

    FIRST = "first"
    UP = "up"
    DOWN = "down"


def pause(run_id: str) -> None:
    """Take no more steps of a run until it is resumed. The one at work goes back at its next progress;
    what is finished stays. A finished or paused run stays as it is. Raises NotFound, NotAllowed.
    """
    with unit_of_work() as work:
        run = own(RunRepository(work.session), run_id)
        if run.state not in _UNFINISHED or run.paused_at is not None or run.cancel_requested:
            return
        rows.pause(run, PauseReason.USER, own_id())
        work.commit()


def resume(run_id: str) -> None:
    """Let a paused run go on, whatever paused it. Raises NotFound, NotAllowed."""
    with unit_of_work() as work:
        run = own(RunRepository(work.session), run_id)
        if run.state not in _UNFINISHED or run.paused_at is None:
            return
        ShareRepository(work.session).arrive(run.person_id)
        rows.resume(run)
        work.commit()


def move(run_id: str, where: Move) -> None:
    """Change the order in which the waiting runs of one person are taken; a run between two of its steps
    waits as well. Raises NotFound, NotAllowed.
    """
    with unit_of_work() as work:
        run = own(RunRepository(work.session), run_id)
        waiting = list(RunLists(work.session).order_of(run.person_id, INTERACTIVE))
        if run.id not in [other.id for other in waiting]:
            return
        for rank, other in enumerate(reversed(_moved(waiting, run, where))):
            other.rank = -rank  # the last has 0, as those have that are asked for later
        work.commit()


def clear(older_than: timedelta = timedelta(0)) -> int:
    """Remove finished runs from the list, own ones or as an administrator all; how many went.

    What they made stays; so do the newest run of each kind of every session, and finished exports: pages
    tell of them.
    """
    person = require(Role.CREATOR)
    with unit_of_work() as work:
        everybody = person.may(Role.ADMIN)
        gone = RunLists(work.session).clear(now() - older_than, everybody, own_id(), keep=(RunKind.EXPORT,))
        if gone:
            audit.record(work.session, "runs.cleared", runs=gone)
        work.commit()
        return gone


def _moved(runs: Sequence[tables.Run], run: tables.Run, where: Move) -> list[tables.Run]:
    others = [other for other in runs if other is not run]
    at = list(runs).index(run)
    place = {Move.FIRST: 0, Move.UP: max(0, at - 1), Move.DOWN: min(len(others), at + 1)}[where]
    return [*others[:place], run, *others[place:]]
