"""Whose turn it is: people take turns, their own runs keep the order they gave them, pauses hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from db import tables
from db.base import now
from services import sessions
from services.database import unit_of_work
from services.errors import NotAllowed, NotFound, StorageError
from services.jobs import control, disk, ledger, queue
from services.jobs.board import board
from services.jobs.control import Move
from services.jobs.housekeeping import SEARCHES_KEPT, forget_searches
from services.jobs.queue import RunKind, RunState, StepSpec
from services.jobs.views import PauseReason
from services.jobs.worker import Handler, StepContext, Worker
from services.people import LOCAL, Person, Role, act_as
from services.settings import get_settings
from tests.builders import a_brief

ANN = Person("ann", "Ann", Role.CREATOR)
BEN = Person("ben", "Ben", Role.CREATOR)
EVE = Person("eve", "Eve", Role.CREATOR)
ADA = Person("ada", "Ada", Role.ADMIN)
VERA = Person("vera", "Vera", Role.VIEWER)


@pytest.fixture(autouse=True)
def studio(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIM_STUDIO_RUNS_PER_PERSON", "0")  # forty of one person are the point here
    get_settings.cache_clear()
    return home


def submit(who: Person, name: str, count: int = 1, kind: RunKind = RunKind.COMPLETE) -> str:
    with act_as(who):
        return queue.submit(kind, payload={"name": name}, steps=[StepSpec("generate")] * count)


def work(handler: Handler | None = None) -> None:
    Worker({"generate": handler or (lambda context: None)}).run_until_idle()


def order(count: int = 1000, seconds: Callable[[str], float] = lambda name: 0.0) -> Iterator[str]:
    """The names of the runs whose steps are taken, one by one; `seconds` is what each step took."""
    for _ in range(count):
        task = ledger.take("worker", 60.0)
        if task is None:
            return
        name = str(task.run.payload["name"])
        ledger.complete(task.claim, {}, [], seconds(name))
        yield name


@contextmanager
def acting(who: Person) -> Iterator[None]:
    with act_as(who):
        yield


# --- between people ---


def test_one_run_is_not_behind_forty_of_somebody_else() -> None:
    for n in range(40):
        submit(ANN, f"ann {n}", count=5)
    taken = list(order(7))
    assert taken == ["ann 0"] * 5 + ["ann 1"] * 2
    submit(BEN, "ben", count=4)
    after = list(order(9))
    assert after.index("ben") <= 1  # at most one step of hers comes first
    assert after.count("ben") == 4  # then they take turns
    assert set(order(12)) <= {f"ann {n}" for n in range(40)}


def test_three_people_have_a_third_each_and_nobody_is_left_over() -> None:
    for who, runs in ((ANN, 12), (BEN, 3), (EVE, 6)):
        for n in range(runs):
            submit(who, f"{who.id} {n}", count=2)
    taken = [name.split()[0] for name in order()]
    assert len(taken) == 42
    assert {who: taken[:18].count(who) for who in ("ann", "ben", "eve")} == {"ann": 6, "ben": 6, "eve": 6}
    assert taken[18:30].count("eve") == 6


def test_long_steps_count_for_more() -> None:
    submit(ANN, "paints", count=6)
    submit(BEN, "layouts", count=24)
    taken = list(order(20, lambda name: 8.0 if name == "paints" else 1.0))
    assert 2 <= taken.count("paints") <= 3  # 8 seconds against 1


def test_waiting_earns_no_credit_and_hours_are_not_paid_off() -> None:
    submit(ANN, "night", count=50)
    list(order(50, lambda _name: 3600.0))
    submit(BEN, "ben", count=100)
    submit(ANN, "ann", count=3)
    taken = list(order(70))
    assert taken.count("ann") >= 3  # she is a minute behind at most, not two days
    assert taken.count("ben") > 60

    submit(EVE, "eve", count=10)  # was never there: starts level, and does not shut Ben out
    assert list(order(10)).count("ben") >= 4


def test_several_workers_do_not_all_serve_one_person() -> None:
    submit(ANN, "ann", count=8)
    submit(BEN, "ben", count=8)
    tasks = [ledger.take(f"worker {n}", 60.0) for n in range(4)]
    names = sorted(str(task.run.payload["name"]) for task in tasks if task)
    assert names == ["ann", "ann", "ben", "ben"]


def test_somebody_who_looks_goes_first_of_all() -> None:
    submit(BEN, "ben")
    list(order(1))
    submit(ANN, "ann", count=2)
    submit(BEN, "searches", kind=RunKind.SEARCH)
    assert list(order(1)) == ["searches"]


def test_what_waits_is_shown_in_the_order_in_which_it_is_taken() -> None:
    for name in ("a1", "a2", "a3"):
        submit(ANN, name, count=2)
    for name in ("b1", "b2"):
        submit(BEN, name)
    shown = [str(entry.run.payload["name"]) for entry in board().waiting]
    taken = list(dict.fromkeys(order()))
    assert shown == taken == ["a1", "b1", "b2", "a2", "a3"]


def test_positions_and_places() -> None:
    for name in ("a1", "a2"):
        submit(ANN, name)
    submit(BEN, "b1")
    with act_as(BEN):
        entries = {str(e.run.payload["name"]): e for e in board().waiting}
    assert [(e.position, e.own_place) for e in entries.values()] == [(1, (1, 2)), (2, (1, 1)), (3, (2, 2))]
    assert (entries["b1"].own, entries["b1"].may_change) == (True, True)
    assert (entries["a1"].own, entries["a1"].may_change, entries["a1"].may_retry) == (False, False, True)


# --- one person's order ---


def test_runs_are_moved_among_one_s_own() -> None:
    runs = {name: submit(ANN, name) for name in ("a", "b", "c", "d")}
    with acting(ANN):
        control.move(runs["d"], Move.FIRST)
        control.move(runs["a"], Move.DOWN)
        control.move(runs["c"], Move.UP)
        control.move(runs["d"], Move.UP)  # is first already
    submit(ANN, "e")
    assert list(order()) == ["d", "b", "c", "a", "e"]


def test_moving_is_no_way_past_somebody_else() -> None:
    mine = [submit(ANN, f"ann {n}") for n in range(3)]
    submit(BEN, "ben 0")
    submit(BEN, "ben 1")
    with acting(ANN):
        control.move(mine[2], Move.FIRST)
    assert list(order(4)) in (["ann 2", "ben 0", "ann 0", "ben 1"], ["ben 0", "ann 2", "ben 1", "ann 0"])


def test_a_retried_run_queues_up_behind() -> None:
    first = submit(ANN, "first")
    with acting(ANN):
        queue.cancel(first)
        submit(ANN, "second")
        queue.retry(first)
    assert list(order()) == ["second", "first"]


# --- who may ---


@pytest.mark.parametrize("change", [queue.cancel, control.pause, control.resume, control.move])
def test_owners_and_administrators_change_runs(change: Callable[..., None]) -> None:
    extra = (Move.FIRST,) if change is control.move else ()
    run_id = submit(ANN, "ann")
    for who in (BEN, VERA):
        with acting(who), pytest.raises(NotAllowed):
            change(run_id, *extra)
    assert queue.get(run_id).state is RunState.QUEUED
    for who in (ANN, ADA, LOCAL):
        with acting(who):
            change(submit(ANN, f"for {who.id}"), *extra)


def test_a_colleague_takes_up_what_stopped_and_it_is_theirs() -> None:
    run_id = submit(ANN, "ann")
    with acting(ANN):
        queue.cancel(run_id)
    with acting(VERA), pytest.raises(NotAllowed):
        queue.retry(run_id)
    with acting(BEN):
        assert queue.retry(run_id) == run_id
    assert queue.get(run_id).person_id == BEN.id


# --- pause and resume ---


def test_a_paused_run_waits_and_goes_on_where_it_was() -> None:
    made: list[str] = []
    run_id, other = submit(ANN, "ann", count=3), submit(ANN, "next")

    def generate(context: StepContext) -> None:
        name = str(context.run.payload["name"])
        if len(made) == 1 and name == "ann":
            with act_as(ANN):
                control.pause(run_id)
            assert str(queue.get(run_id).sentence) == "Pausing after what is being done now."
        context.progress(0.5)
        made.append(name)

    work(generate)
    assert made == ["ann", "next"]  # the second one stopped half-way and went back
    run = queue.get(run_id)
    assert (run.state, run.pause, run.at_work) == (RunState.RUNNING, PauseReason.USER, False)
    assert [(s.state, s.failures, s.takeovers) for s in run.steps] == [
        ("done", 0, 0),
        ("queued", 0, 0),
        ("queued", 0, 0),
    ]
    assert str(run.sentence) == "Paused. What was finished is kept."
    assert queue.get(other).state is RunState.DONE
    assert not ledger.anything_queued()

    with acting(ANN):
        control.resume(run_id)
    work(generate)
    assert queue.get(run_id).state is RunState.DONE
    assert queue.get(run_id).pause is None
    assert made == ["ann", "next", "ann", "ann"]


def test_a_paused_run_is_one_run_still_and_can_be_stopped() -> None:
    session_id = sessions.create(a_brief())
    steps = [StepSpec("generate")]
    run_id = queue.submit(RunKind.PLAN, session_id, steps=steps)
    control.pause(run_id)
    assert queue.submit(RunKind.PLAN, session_id, steps=steps) == run_id
    assert [entry.run.id for entry in board().paused] == [run_id]
    queue.cancel(run_id)
    assert queue.get(run_id).state is RunState.CANCELLED
    control.pause(run_id)  # nothing to pause any more
    assert queue.get(run_id).pause is None


# --- faults of the machine ---


def full() -> OSError:
    import errno

    return OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_full_disk_pauses_and_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch, wrapped: bool) -> None:
    tries: list[int] = []
    run_id = submit(ANN, "ann", count=2)
    monkeypatch.setattr(disk, "room", lambda: False)

    def generate(context: StepContext) -> None:
        tries.append(1)
        if len(tries) == 2:
            try:
                raise full()
            except OSError as error:
                if not wrapped:
                    raise
                raise StorageError("The disk is full.") from error

    work(generate)
    run = queue.get(run_id)
    assert (run.state, run.pause, len(tries)) == (RunState.RUNNING, PauseReason.DISK, 2)
    assert [(s.state, s.failures) for s in run.steps] == [("done", 0), ("queued", 0)]
    assert "disk is full" in str(run.sentence)
    assert ledger.anything_held()

    monkeypatch.setattr(ledger, "HOLD_SECONDS", 0.0)
    work(generate)
    assert queue.get(run_id).pause is PauseReason.DISK  # there is no room yet
    monkeypatch.setattr(disk, "room", lambda: True)
    work(generate)
    assert queue.get(run_id).state is RunState.DONE
    assert len(tries) == 3


def test_room_is_told_from_a_full_disk(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    assert disk.room()
    monkeypatch.setattr(disk, "free_bytes", lambda: disk.ROOM_BYTES - 1)
    assert not disk.room()
    monkeypatch.undo()
    assert not disk.is_full(OSError(13, "Permission denied"))
    assert not disk.is_full(ValueError("the disk is full of old films"))


def test_what_was_made_while_the_database_was_away_is_not_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    run_id, complete, refused = submit(ANN, "ann"), ledger.complete, []

    def unavailable(*arguments: object) -> bool:
        if len(refused) < 2:
            refused.append(1)
            raise StorageError("The database cannot be reached.")
        worker.stop()
        return complete(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "complete", unavailable)
    worker = Worker({"generate": lambda context: made.append(1)})
    worker.run_forever()
    assert queue.get(run_id).state is RunState.DONE
    assert (made, refused) == ([1], [1, 1])


def test_a_step_that_met_a_database_that_was_away_is_tried_once_more() -> None:
    tries: list[int] = []
    run_id = submit(ANN, "ann")

    def generate(context: StepContext) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise StorageError("The database cannot be reached.")

    work(generate)
    assert (queue.get(run_id).state, len(tries)) == (RunState.DONE, 2)


# --- clearing away ---


def test_finished_runs_are_cleared_but_what_pages_tell_of() -> None:
    session_id = sessions.create(a_brief())
    steps = [StepSpec("generate")]
    for kind in (RunKind.PLAN, RunKind.PLAN, RunKind.EXPORT, RunKind.EXPORT):
        queue.submit(kind, session_id, {}, steps)
        work()
    lone, waits = submit(ANN, "lone"), ""
    work()
    waits = submit(ANN, "waits")
    with acting(BEN):
        assert control.clear() == 0  # none of them is Ben's
    with acting(VERA), pytest.raises(NotAllowed):
        control.clear()
    with acting(ADA):
        assert control.clear(timedelta(days=1)) == 0
        assert control.clear() == 2  # the older plan, and Ann's
    kinds = [entry.run.kind for entry in board().done]
    assert sorted(kinds) == [RunKind.EXPORT, RunKind.EXPORT, RunKind.PLAN]
    assert queue.latest(session_id, RunKind.PLAN) is not None
    assert queue.get(waits).state is RunState.QUEUED
    assert lone not in {entry.run.id for entry in board().done}


def test_searches_of_long_ago_are_forgotten() -> None:
    old, new = (
        queue.submit(RunKind.SEARCH, payload={"query": name}, steps=[StepSpec("search")])
        for name in ("old", "new")
    )
    other = submit(LOCAL, "kept")
    for run_id in (old, new, other):
        queue.cancel(run_id)
    with unit_of_work() as work:
        for run_id in (old, other):
            run = work.session.get(tables.Run, run_id)
            assert run is not None
            run.finished_at = now() - SEARCHES_KEPT - timedelta(minutes=1)
        work.commit()
    assert forget_searches() == 1
    with pytest.raises(NotFound):
        queue.get(old)
    assert {queue.get(run_id).state for run_id in (new, other)} == {RunState.CANCELLED}
