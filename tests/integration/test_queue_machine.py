"""The queue under any order of requests, kills and retries: what must hold holds after every one of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, update
from sqlalchemy.orm import selectinload

from db.tables import QueueShare, Run, RunStep
from services.database import read_session, unit_of_work
from services.errors import NotAllowed
from services.jobs import control, ledger, queue
from services.jobs.board import board
from services.jobs.control import Move
from services.jobs.queue import RunKind, RunState, RunView, StepSpec
from services.jobs.rows import view_of
from services.messages import message
from services.people import Person, Role, act_as
from services.settings import get_settings

PEOPLE = [Person(name, name.title(), Role.CREATOR) for name in ("ann", "ben")]
SHAPES = [("generate", "generate", "generate"), ("plan", "generate", "generate")]
PERSON = st.sampled_from(PEOPLE)
CHANGES = st.sampled_from([queue.cancel, control.pause, control.resume])


@dataclass
class Asked:
    """What the model knows of a run."""

    owner: Person
    name: str
    effects: Counter[int] = field(default_factory=Counter)
    """Position of a step -> how often its end counted."""


class QueueMachine(RuleBasedStateMachine):
    """People ask, stop, pause, move and retry; workers take steps, end them, or vanish with them."""

    runs = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        with unit_of_work() as work:
            for table in (RunStep, Run, QueueShare):
                work.session.execute(delete(table))
            work.commit()
        self.asked: dict[str, Asked] = {}
        self.held: list[ledger.Task] = []
        self.gone: list[ledger.Task] = []

    def teardown(self) -> None:
        self._finish_everything()

    @initialize(target=runs)
    def begin(self) -> object:
        """Two people's runs wait, and a step of each is at work."""
        ids = [self._submit(who, name, shape) for who, name, shape in zip(PEOPLE, "ab", SHAPES, strict=True)]
        self.take(3)
        return multiple(*ids)

    # --- people ---

    @rule(target=runs, who=PERSON, name=st.sampled_from("ab"), shape=st.sampled_from(SHAPES))
    def submit(self, who: Person, name: str, shape: tuple[str, ...]) -> object:
        return self._submit(who, name, shape)

    def _submit(self, who: Person, name: str, shape: tuple[str, ...]) -> str:
        same = [i for i, a in self.asked.items() if a.name == name and queue.get(i).unfinished]
        with act_as(who):
            steps = [StepSpec(kind) for kind in shape]
            run_id = queue.submit(RunKind.COMPLETE, payload={"name": name}, steps=steps)
        assert [run_id] == same or (not same and run_id not in self.asked)  # a double click is one run
        self.asked.setdefault(run_id, Asked(who, name))
        return run_id

    @rule(
        run_id=runs,
        who=PERSON,
        what=CHANGES,
    )
    def change(self, run_id: str, who: Person, what: object) -> None:
        self._as(run_id, who, lambda: what(run_id))  # type: ignore[operator]

    @rule(run_id=runs, who=PERSON, where=st.sampled_from(Move))
    def move(self, run_id: str, who: Person, where: Move) -> None:
        self._as(run_id, who, lambda: control.move(run_id, where))

    @rule(run_id=runs, who=PERSON)
    def retry(self, run_id: str, who: Person) -> None:
        before = queue.get(run_id)
        with act_as(who):
            by = queue.retry(run_id)
        if by == run_id and before.state in (RunState.FAILED, RunState.CANCELLED):
            self.asked[run_id].owner = who
            assert queue.get(run_id).state is RunState.QUEUED
        assert self.asked[by].name == self.asked[run_id].name

    def _as(self, run_id: str, who: Person, act: object) -> None:
        before = queue.get(run_id)
        with act_as(who):
            if who is self.asked[run_id].owner:
                act()  # type: ignore[operator]
                return
            with pytest.raises(NotAllowed):
                act()  # type: ignore[operator]
        assert queue.get(run_id) == before

    # --- workers ---

    @precondition(lambda self: ledger.anything_queued())
    @rule(count=st.integers(1, 4))
    def take(self, count: int) -> None:
        for _ in range(count):
            task = ledger.take("worker", 3600.0)
            if task is None:
                return
            assert task.run.pause is None
            assert not task.run.cancel_requested
            place = [s.started_at is not None and s.state is RunState.RUNNING for s in task.run.steps]
            at = task.run.steps[self._position(task)]
            assert at.state is RunState.RUNNING, place
            for earlier in task.run.steps[: self._position(task)]:  # another kind's steps come first
                assert earlier.kind == at.kind or earlier.state is RunState.DONE
            self.held.append(task)

    @precondition(lambda self: self.held or self.gone)
    @rule(data=st.data(), how=st.sampled_from(["fail", "complete", "stop", "again", "hold", "release"]))
    def end(self, data: st.DataObject, how: str) -> None:
        """A worker ends what it holds; or one that was given up for dead ends it late."""
        late = bool(self.gone) and data.draw(st.booleans())
        tasks = self.gone if late else self.held
        if not tasks:
            return
        task = tasks.pop(data.draw(st.integers(0, len(tasks) - 1)))
        before = queue.get(task.run.id)
        counted = {
            "complete": lambda: ledger.complete(task.claim, {}, []),
            "fail": lambda: ledger.fail(task.claim, "Bad", message("Bad."), again=False),
            "again": lambda: ledger.fail(task.claim, "Bad", message("Bad."), again=True),
            "stop": lambda: ledger.stop(task.claim),
            "release": lambda: ledger.release(task.claim),
            "hold": lambda: ledger.hold(task.claim),
        }[how]()
        if late:
            assert not counted
            assert queue.get(task.run.id) == before
        assert counted or late
        if counted and how == "complete":
            self.asked[task.run.id].effects[self._position(task)] += 1

    @precondition(lambda self: len(self.held) > 1)
    @rule(how=st.sampled_from(["fail", "stop"]))
    def end_one_of_several(self, how: str) -> None:
        """One step of a run ends it while another worker is still at its next one."""
        counts = Counter(task.run.id for task in self.held)
        mine = [task for task in self.held if counts[task.run.id] > 1]
        if not mine:
            return
        self.held.remove(mine[0])
        if how == "fail":
            assert ledger.fail(mine[0].claim, "Bad", message("Bad."), again=False)
        else:
            assert ledger.stop(mine[0].claim)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def vanish(self, data: st.DataObject) -> None:
        """A worker is killed with its step, and another one takes over when the lease has run out."""
        if not self.held:
            return
        task = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        self.gone.append(task)
        with unit_of_work() as work:
            expired = {"owner": "ghost"}
            work.session.execute(update(RunStep).where(RunStep.id == task.claim.step_id).values(**expired))
            work.commit()
        assert ledger.recover("other", "elsewhere", dead=["ghost"]) == 1

    @precondition(lambda self: ledger.anything_held())
    @rule()
    def room(self) -> None:
        """The disk has room again."""
        ledger.resume_held(lambda: True)
        assert not ledger.anything_held()

    # --- what must hold ---

    @invariant()
    def all_is_in_order(self) -> None:
        views = self._views()
        assert views.keys() == self.asked.keys()
        for run_id, run in views.items():
            self._legal(run)
            done = {i for i, step in enumerate(run.steps) if step.state is RunState.DONE}
            assert self.asked[run_id].effects == Counter(dict.fromkeys(done, 1))  # counted once, never redone
        unfinished = [run for run in views.values() if run.unfinished]
        names = [self.asked[run.id].name for run in unfinished]
        assert len(names) == len(set(names))  # the same work is asked for once at a time
        open_ = [run for run in unfinished if run.pause is None and not run.cancel_requested]
        waits = any(step.state is RunState.QUEUED for run in open_ for step in run.steps)
        assert ledger.anything_queued() == waits  # what is paused or stopping is nobody's next step
        found = board()
        shown = [entry.run.id for entry in (*found.at_work, *found.waiting, *found.paused)]
        assert sorted(shown) == sorted(run.id for run in unfinished)

    @staticmethod
    def _legal(run: RunView) -> None:
        states = {step.state for step in run.steps}
        if run.unfinished:
            assert run.finished_at is None
            assert {RunState.QUEUED, RunState.RUNNING} & states  # something can still happen
            return
        assert run.finished_at is not None
        assert run.pause is None
        assert not {RunState.QUEUED, RunState.RUNNING} & states  # no end before the last worker let go
        if run.state is RunState.DONE:
            assert states == {RunState.DONE}
        if run.state is RunState.FAILED:
            assert run.error is not None
            assert RunState.FAILED in states

    @staticmethod
    def _views() -> dict[str, RunView]:
        with read_session() as session:
            rows = session.scalars(select(Run).options(selectinload(Run.steps))).all()
            return {row.id: view_of(row) for row in rows}

    def _finish_everything(self) -> None:
        """No run is stuck: once nobody interferes, all that is unfinished ends."""
        for task in self.held:
            assert ledger.release(task.claim)
        self.room()
        for run_id, asked in self.asked.items():
            with act_as(asked.owner):
                control.resume(run_id)
        while (task := ledger.take("last", 60.0)) is not None:
            assert ledger.complete(task.claim, {}, [])
            self.asked[task.run.id].effects[self._position(task)] += 1
        self.all_is_in_order()
        assert not any(run.unfinished for run in self._views().values())

    @staticmethod
    def _position(task: ledger.Task) -> int:
        with unit_of_work() as work:
            step = work.session.get(RunStep, task.claim.step_id)
            assert step is not None
            return step.position


EXAMPLES = settings(
    max_examples=4,
    stateful_step_count=20,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # a failure is told as it was found: shrinking takes minutes
)


@pytest.mark.usefixtures("home")
def test_the_queue_keeps_its_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_RUNS_PER_PERSON", "0")
    get_settings.cache_clear()
    monkeypatch.setattr(ledger, "REST_SECONDS", -1.0)
    monkeypatch.setattr(ledger, "HOLD_SECONDS", -1.0)
    run_state_machine_as_test(QueueMachine, settings=EXAMPLES)
