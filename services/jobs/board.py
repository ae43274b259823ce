"""The queue as people see it: what is at work, what waits in which order, what is paused, failed and done."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session as OrmSession

from db import tables
from db.repositories.people import PeopleRepository
from db.repositories.run_lists import RunLists
from db.repositories.shares import LEAST, ShareRepository
from services.database import read_session
from services.jobs import disk
from services.jobs.queue import may_ask, may_change, own_id
from services.jobs.rows import view_of
from services.jobs.views import BESIDE, INTERACTIVE, RunKind, RunState, RunView

UNFINISHED_SHOWN = 200
FINISHED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One run with what a list says of it."""

    run: RunView
    about: str
    """The topic of its session, or the name of its library or model; "" where neither is there."""
    session_kind: str | None
    person: str
    """The name of who asked; "" for the person with a shell."""
    own: bool
    may_change: bool
    may_retry: bool
    position: int | None = None
    """Its place among those that wait, 1 is next."""
    own_place: tuple[int, int] = (0, 0)
    """Its place among the waiting runs of its person, and how many those are."""


@dataclass(frozen=True, slots=True)
class Board:
    """All runs by what becomes of them. `more` unfinished ones are not listed."""

    at_work: tuple[Entry, ...]
    waiting: tuple[Entry, ...]
    paused: tuple[Entry, ...]
    failed: tuple[Entry, ...]
    done: tuple[Entry, ...]
    more: int
    disk_full: bool

    @property
    def unfinished(self) -> int:
        return len(self.at_work) + len(self.waiting) + len(self.paused) + self.more


@dataclass(frozen=True, slots=True)
class Summary:
    """A line's worth: how many runs are at work, wait, and are paused."""

    at_work: int
    waiting: int
    paused: int

    @property
    def unfinished(self) -> int:
        return self.at_work + self.waiting + self.paused


def board(limit: int = UNFINISHED_SHOWN) -> Board:
    """At most `limit` unfinished runs, those that began first before the others.

    Raises NotAllowed, StorageError.
    """
    with read_session() as session:
        lists = RunLists(session)
        rows = lists.unfinished((RunKind.SEARCH,), limit)
        more = lists.count_all_unfinished((RunKind.SEARCH,)) - len(rows)
        failed = lists.finished((RunState.FAILED,), INTERACTIVE, FINISHED_SHOWN)
        done = lists.finished((RunState.DONE, RunState.CANCELLED), INTERACTIVE, FINISHED_SHOWN)
        facts = _Facts.of(session, [*rows, *failed, *done])
        waiting = [row for row in rows if not _at_work(row) and row.paused_at is None]
        order = expected_order(waiting, ShareRepository(session).all())
    return Board(
        at_work=tuple(facts.entry(row) for row in rows if _at_work(row)),
        waiting=tuple(_placed(facts, order)),
        paused=tuple(facts.entry(row) for row in rows if not _at_work(row) and row.paused_at is not None),
        failed=tuple(facts.entry(row) for row in failed),
        done=tuple(facts.entry(row) for row in done),
        more=max(0, more),
        disk_full=disk.free_bytes() < disk.ROOM_BYTES,
    )


def summary() -> Summary:
    """For the sidebar. Raises NotAllowed, StorageError."""
    with read_session() as session:
        return Summary(*RunLists(session).counts((RunKind.SEARCH,)))


def expected_order(waiting: Sequence[tables.Run], shares: Mapping[str, float]) -> list[tables.Run]:
    """Those that wait in the order in which their next steps will be taken, as far as it is known now.

    Plays the queue's own rule forward (db/repositories/shares.py), each step counting the least. `waiting`
    holds each person's runs in their order.
    """
    quick = [run for run in waiting if run.kind in INTERACTIVE]
    beside = [run for run in waiting if run.kind in BESIDE]
    lines: dict[str, list[tables.Run]] = {}
    for run in sorted(waiting, key=lambda run: (run.rank, run.created_at, run.id)):
        if run.kind not in (*INTERACTIVE, *BESIDE):
            lines.setdefault(run.person_id or "", []).append(run)
    found: list[tables.Run] = []
    heap = [_turn(shares.get(person, 0.0), person, runs, 0) for person, runs in lines.items()]
    heapq.heapify(heap)
    while heap:
        served, _rank, _since, _id, person, at = heapq.heappop(heap)
        run = lines[person][at]
        found.append(run)
        steps = sum(step.state == RunState.QUEUED for step in run.steps)
        if at + 1 < len(lines[person]):  # their next run has its first turn when this one's steps are taken
            heapq.heappush(heap, _turn(served + max(1, steps) * LEAST, person, lines[person], at + 1))
    return [*quick, *found, *beside]


_Turn = tuple[float, int, datetime, str, str, int]


def _turn(served: float, person: str, runs: Sequence[tables.Run], at: int) -> _Turn:
    """Sorts as the queue does; the run is the person's `at`th."""
    run = runs[at]
    return served, run.rank, run.created_at, run.id, person, at


def _placed(facts: _Facts, order: Sequence[tables.Run]) -> Iterable[Entry]:
    lines: dict[str | None, list[str]] = {}
    for run in order:
        if run.kind not in BESIDE:
            lines.setdefault(run.person_id, []).append(run.id)
    for position, run in enumerate(order, start=1):
        line = lines.get(run.person_id, [])
        beside = run.kind in BESIDE
        place = (0, 0) if beside else (line.index(run.id) + 1, len(line))
        yield facts.entry(run, None if beside else position, place)


def _at_work(row: tables.Run) -> bool:
    return any(step.state == RunState.RUNNING for step in row.steps)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the rows of other tables say about the runs of one board."""

    topics: Mapping[str, tuple[str, str]]
    names: Mapping[str, str]

    @classmethod
    def of(cls, session: OrmSession, rows: Sequence[tables.Run]) -> _Facts:
        sessions = {row.session_id for row in rows if row.session_id is not None}
        return cls(RunLists(session).topics(sessions), PeopleRepository(session).names())

    def entry(
        self, row: tables.Run, position: int | None = None, own_place: tuple[int, int] = (0, 0)
    ) -> Entry:
        run = view_of(row)
        topic, kind = self.topics.get(row.session_id or "", ("", None))
        named = row.payload.get("library") or row.payload.get("model") or ""
        return Entry(
            run=run,
            about=topic or str(named),
            session_kind=kind,
            person=self.names.get(row.person_id, row.person_id) if row.person_id else "",
            own=row.person_id == own_id(),
            may_change=may_change(run),
            may_retry=may_ask(run),
            position=position,
            own_place=own_place,
        )
