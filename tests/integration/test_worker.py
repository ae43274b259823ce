"""The worker's loop, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db.repositories import runs as runs_repository
from services.errors import Conflict, EngineUnavailable, StorageError
from services.jobs import ledger, queue
from services.jobs.context import LeaseLost
from services.jobs.ledger import MAX_FAILURES, MAX_TAKEOVERS
from services.jobs.patience import Patience
from services.jobs.queue import RunKind, RunState, StepSpec
from services.jobs.slot import Slot
from services.jobs.worker import Handler, StepContext, Worker, give_way
from services.settings import get_settings

pytestmark = pytest.mark.both_databases


def submit(*kinds: str, name: str = "") -> str:
    return queue.submit(RunKind.COMPLETE, payload={"name": name}, steps=[StepSpec(kind) for kind in kinds])


def work(**handlers: Handler) -> None:
    Worker(handlers).run_until_idle()


@pytest.fixture(autouse=True)
def studio(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIM_STUDIO_RUNS_PER_PERSON", "0")  # many runs of one person are meant here
    get_settings.cache_clear()
    return home


def test_steps_run_in_order_and_runs_in_turn() -> None:
    seen: list[tuple[str, str]] = []

    def note(context: StepContext) -> None:
        running = next(s for s in context.run.steps if s.state is RunState.RUNNING)
        seen.append((context.run.payload["name"], running.kind))

    first, second = submit("plan", "retrieve", name="1"), submit("plan", name="2")
    work(plan=note, retrieve=note)
    assert seen == [("1", "plan"), ("1", "retrieve"), ("2", "plan")]
    for run_id in (first, second):
        run = queue.get(run_id)
        assert (run.state, run.progress, str(run.sentence)) == (RunState.DONE, 1.0, "Done.")
        assert run.started_at is not None
        assert run.finished_at is not None


def test_a_result_passes_on_to_the_next_step() -> None:
    seen: list[object] = []
    run_id = submit("condition", "generate")
    work(
        condition=lambda context: context.set_result({"recipes": [1, 2]}),
        generate=lambda context: seen.append(context.run.result),
    )
    assert seen == [{"recipes": [1, 2]}]
    assert queue.get(run_id).result == {"recipes": [1, 2]}


def test_added_steps_come_next() -> None:
    seen: list[object] = []

    def retrieve(context: StepContext) -> None:
        context.add_steps([StepSpec("generate", {"position": i}) for i in range(3)])

    run_id = submit("retrieve", "score", "ingest")
    work(
        retrieve=retrieve,
        generate=lambda context: seen.append(context.payload["position"]),
        score=lambda context: seen.append("score"),
        ingest=lambda context: seen.append("ingest"),
    )
    assert seen == [0, 1, 2, "score", "ingest"]
    assert queue.get(run_id).state is RunState.DONE


def test_a_step_that_fails_adds_nothing() -> None:
    def retrieve(context: StepContext) -> None:
        context.add_steps([StepSpec("generate")])
        context.set_result({"half": True})
        raise EngineUnavailable("Not installed.")

    run_id = submit("retrieve")
    work(retrieve=retrieve)
    run = queue.get(run_id)
    assert ([s.kind for s in run.steps], run.result) == (["retrieve"], None)


def test_progress_and_sentence_while_it_runs() -> None:
    seen: list[tuple[float, str]] = []

    def look(context: StepContext) -> None:
        time.sleep(0.6)
        context.progress(0.5)
        run = queue.get(context.run.id)
        seen.append((round(run.progress, 3), str(run.sentence)))

    steps = [StepSpec("plan", weight=1), StepSpec("generate", weight=1), StepSpec("generate", weight=2)]
    run_id = queue.submit(RunKind.COMPLETE, steps=steps)
    work(plan=look, generate=look)
    assert seen == [
        (0.125, "Reading the brief and planning what to look for."),
        (0.375, "Making variant 1 of 2."),
        (0.75, "Making variant 2 of 2."),
    ]
    assert queue.get(run_id).progress == 1.0


def test_progress_is_saved_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[float] = []
    report = ledger.report
    monkeypatch.setattr(ledger, "report", lambda *a: saved.append(a[2]) or report(*a))

    def busy(context: StepContext) -> None:
        for i in range(500):
            context.progress(i / 500)

    started = time.monotonic()
    submit("plan")
    work(plan=busy)
    assert len(saved) <= (time.monotonic() - started) / 0.5 + 1


def test_a_known_failure_keeps_its_sentence_and_is_not_tried_again() -> None:
    tries: list[int] = []

    def plan(context: StepContext) -> None:
        tries.append(1)
        raise EngineUnavailable("The {part} is missing.", part="planner")

    run_id, other = submit("plan", "retrieve"), submit("retrieve", name="other")
    work(plan=plan, retrieve=lambda context: None)
    run = queue.get(run_id)
    assert len(tries) == 1
    assert (run.state, str(run.error)) == (RunState.FAILED, "The planner is missing.")
    assert [s.state for s in run.steps] == ["failed", "cancelled"]
    assert queue.get(other).state is RunState.DONE  # the queue goes on


def test_an_unexpected_failure_is_tried_again_then_told_plainly(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[int] = []

    def plan(context: StepContext) -> None:
        tries.append(1)
        raise ZeroDivisionError("secret /home/me")

    run_id, other = submit("plan"), submit("retrieve", name="other")
    work(plan=plan, retrieve=lambda context: None)
    run = queue.get(run_id)
    assert len(tries) == MAX_FAILURES
    assert run.state is RunState.FAILED
    expected = "Something went wrong while planning (ZeroDivisionError). Your work is kept; try again."
    assert str(run.error) == expected
    assert "secret /home/me" in caplog.text  # the traceback is in the log
    assert queue.get(other).state is RunState.DONE


def failing_once(tries: list[int]) -> Handler:
    """A step that succeeds at the second try; each is noted in `tries`."""

    def step(context: StepContext) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise MemoryError

    return step


def test_a_failure_that_passes_is_no_failure() -> None:
    run_id = submit("plan")
    work(plan=failing_once([]))
    assert (queue.get(run_id).state, queue.get(run_id).error) == (RunState.DONE, None)


def test_a_rest_that_ends_while_it_is_asked_about_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "REST_SECONDS", 0.2)
    asked = ledger.anything_resting

    def slowly(only: ledger.Kinds = ()) -> bool:
        time.sleep(0.25)
        return asked(only)

    monkeypatch.setattr(ledger, "anything_resting", slowly)
    tries: list[int] = []
    run_id = submit("plan")
    work(plan=failing_once(tries))
    assert (len(tries), queue.get(run_id).state) == (2, RunState.DONE)


def test_an_unknown_kind_of_step_fails_and_the_queue_goes_on() -> None:
    run_id, other = submit("newer"), submit("plan", name="other")
    work(plan=lambda context: None)
    assert (queue.get(run_id).state, queue.get(other).state) == (RunState.FAILED, RunState.DONE)


def test_one_worker_per_home() -> None:
    slot = Slot(get_settings())
    assert slot.acquire()
    with pytest.raises(Conflict):
        work()
    slot.release()
    work()


# --- fencing and leases ---


def claimed(owner: str = "ghost", lease: float = 60.0) -> ledger.Task:
    task = ledger.take(owner, lease)
    assert task is not None
    return task


def writes(task: ledger.Task) -> dict[str, Callable[[], bool]]:
    return {
        "complete": lambda: ledger.complete(task.claim, {"late": True}, [StepSpec("plan")]),
        "fail": lambda: ledger.fail(task.claim, "Late", task.run.sentence, again=True),
        "stop": lambda: ledger.stop(task.claim),
        "release": lambda: ledger.release(task.claim),
        "report": lambda: ledger.report(task.claim, 60.0, 0.9),
    }


@pytest.mark.parametrize("write", ["complete", "fail", "stop", "release", "report"])
@pytest.mark.parametrize("taken_again", [False, True])
def test_a_late_worker_is_fenced(write: str, taken_again: bool) -> None:
    run_id = submit("plan")
    late = claimed(lease=0.01)
    time.sleep(0.05)
    assert ledger.recover("other", "elsewhere") == 1
    mine = claimed("other") if taken_again else None
    before = queue.get(run_id)
    assert writes(late)[write]() is False
    assert queue.get(run_id) == before
    assert not ledger.signals(late.claim).held
    if mine is not None:
        assert ledger.complete(mine.claim, {"mine": True}, [])
        assert queue.get(run_id).result == {"mine": True}


def test_a_lease_that_runs_is_not_taken() -> None:
    submit("plan")
    claimed(lease=60.0)
    assert ledger.recover("other", "elsewhere") == 0
    assert ledger.take("other", 60.0) is None


def test_a_clock_that_jumps_steals_no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """All leases seem to have run out; a living worker renews its own before anybody believes it."""
    lease, waits = 60.0, Patience(0.2)
    submit("plan", name="living")
    living = claimed("living", lease)
    submit("plan", name="dead")
    dead = claimed("dead", lease)
    real = runs_repository.database_now
    monkeypatch.setattr(
        runs_repository, "database_now", lambda session, plus=0.0: real(session, plus + 86_400.0)
    )
    assert ledger.recover("other", "elsewhere", patience=waits) == 0
    assert ledger.beat("living", "busy", living.claim, lease)
    time.sleep(0.25)
    assert ledger.recover("other", "elsewhere", patience=waits) == 1
    assert ledger.signals(living.claim).held
    assert not ledger.signals(dead.claim).held
    assert ledger.complete(living.claim, {}, [])


def test_a_new_worker_takes_over_at_once_from_the_dead_one_of_its_slot() -> None:
    run_id = submit("plan")
    slot = Slot(get_settings())
    ledger.register("dead", slot.name, 1, slot.host)
    claimed("dead", lease=3600.0)
    work(plan=lambda context: None)
    assert queue.get(run_id).state is RunState.DONE


def test_a_step_that_takes_its_worker_down_is_given_up() -> None:
    run_id, other = submit("plan"), submit("retrieve", name="other")
    for _ in range(MAX_TAKEOVERS):
        claimed("ghost", lease=0.0)
        time.sleep(0.01)
        assert ledger.recover("other", "elsewhere") == 1
    run = queue.get(run_id)
    assert run.state is RunState.FAILED
    assert "stopped 3 times" in str(run.error)
    work(retrieve=lambda context: None)
    assert queue.get(other).state is RunState.DONE


def test_a_cancelled_run_is_not_taken_over() -> None:
    run_id = submit("plan", "retrieve")
    claimed(lease=0.0)
    queue.cancel(run_id)
    assert queue.get(run_id).state is RunState.RUNNING  # whoever has the step will stop
    time.sleep(0.01)
    ledger.recover("other", "elsewhere")
    assert queue.get(run_id).state is RunState.CANCELLED


def test_losing_the_lease_ends_a_handler_that_catches_everything() -> None:
    caught: list[type[BaseException]] = []
    run_id = submit("plan")

    def plan(context: StepContext) -> None:
        if caught:
            return
        steal(run_id)
        try:
            context.progress(0.1)
        except Exception:  # noqa: BLE001 - as a batch does around each of its files
            raise AssertionError from None
        except BaseException as error:
            caught.append(type(error))
            raise

    work(plan=plan)
    assert caught == [LeaseLost]
    assert queue.get(run_id).state is RunState.DONE


def steal(run_id: str) -> None:
    from sqlalchemy import update

    from db.tables import RunStep
    from services.database import unit_of_work

    with unit_of_work() as work:
        values = {"state": "queued", "owner": None, "lease_until": None}
        work.session.execute(update(RunStep).where(RunStep.run_id == run_id).values(**values))
        work.commit()


def test_the_heartbeat_keeps_the_lease_of_a_silent_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_WORKER_LEASE_SECONDS", "0.6")
    get_settings.cache_clear()
    taken: list[int] = []

    def silent(context: StepContext) -> None:
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            taken.append(ledger.recover("other", "elsewhere"))
            time.sleep(0.1)

    run_id = submit("plan")
    work(plan=silent)
    assert sum(taken) == 0
    assert queue.get(run_id).state is RunState.DONE


def test_a_worker_told_to_go_gives_its_step_back() -> None:
    run_id = submit("plan")

    def plan(context: StepContext) -> None:
        worker.stop()
        context.progress(0.5)
        raise AssertionError("not reached")

    worker = Worker({"plan": plan})
    worker.run_until_idle()
    assert [s.state for s in queue.get(run_id).steps] == [RunState.QUEUED]
    work(plan=lambda context: None)
    assert queue.get(run_id).state is RunState.DONE


def test_the_queue_resumes_when_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, asked = submit("plan"), []
    queued = ledger.anything_queued

    def unavailable(only: ledger.Kinds) -> bool:
        asked.append(1)
        if len(asked) in (2, 3):
            raise StorageError("The database cannot be reached.")
        return queued(only)

    monkeypatch.setattr(ledger, "anything_queued", unavailable)
    worker = Worker({"plan": lambda context: worker.stop()})
    worker.run_forever()
    assert len(asked) == 4
    assert queue.get(run_id).state is RunState.DONE


def test_warming_up_gives_way_to_a_run_and_may_fail() -> None:
    warmed: list[str] = []

    def warm_up() -> None:
        for piece in ("first", "second"):
            give_way(0.5)
            warmed.append(piece)
            submit("plan")

    worker = Worker({"plan": lambda context: worker.stop()}, warm_up)
    worker.run_forever()
    assert warmed == ["first"]
    assert queue.active() == []

    submit("plan", name="waits already")
    worker = Worker({"plan": lambda context: worker.stop()}, lambda: warmed.append("not when busy"))
    worker.run_forever()
    assert warmed == ["first"]

    worker = Worker({"plan": lambda context: worker.stop()}, lambda: broken(worker))
    worker.run_forever()  # ends by itself, after the failure was logged


def broken(worker: Worker) -> None:
    submit("plan", name="after")
    raise ZeroDivisionError


def test_eight_threads_submit_while_one_works() -> None:
    def submit_ten(thread: int) -> None:
        for i in range(10):
            submit("plan", "generate", name=f"{thread} {i}")
            queue.active()

    seen: list[str] = []
    worker = Worker(dict.fromkeys(("plan", "generate"), lambda context: seen.append(context.run.id)))
    with ThreadPoolExecutor(9) as pool:
        at_work = pool.submit(worker.run_forever)
        list(pool.map(submit_ten, range(8)))
        deadline = time.monotonic() + 60
        while queue.active() and time.monotonic() < deadline:
            time.sleep(0.1)
        worker.stop()
        at_work.result()
    assert len(seen) == 160
    assert len(set(seen)) == 80
