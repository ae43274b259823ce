"""Runs are asked for once, told in words, and stopped or taken up again on request."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services import sessions
from services.errors import InvalidInput, NotFound
from services.jobs import queue
from services.jobs.queue import RunKind, RunState, StepSpec
from services.jobs.worker import StepContext, Worker
from tests.builders import a_brief

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]

STEPS = [StepSpec("plan"), StepSpec("generate", {"position": 0}), StepSpec("generate", {"position": 1})]


def work(**handlers: object) -> None:
    nothing = dict.fromkeys(("plan", "retrieve", "generate", "score"), lambda context: None)
    Worker(nothing | handlers).run_until_idle()  # type: ignore[operator]


def test_a_new_run_waits() -> None:
    session_id = sessions.create(a_brief())
    run = queue.get(queue.submit(RunKind.COMPLETE, session_id, {"a": 1}, STEPS))
    assert (run.kind, run.session_id, run.state, run.progress) == ("complete", session_id, "queued", 0.0)
    assert [(s.kind, s.state, dict(s.payload)) for s in run.steps] == [
        ("plan", "queued", {}),
        ("generate", "queued", {"position": 0}),
        ("generate", "queued", {"position": 1}),
    ]
    assert str(run.sentence) == "Waiting to start."
    assert (run.started_at, run.finished_at, run.result, run.error) == (None, None, None, None)


def test_a_double_click_is_one_run() -> None:
    session_id = sessions.create(a_brief())
    first = queue.submit(RunKind.PLAN, session_id, steps=STEPS)
    assert queue.submit(RunKind.PLAN, session_id, steps=STEPS) == first
    assert queue.submit(RunKind.SCORE, session_id, steps=STEPS) != first
    assert queue.submit(RunKind.PLAN, sessions.create(a_brief()), steps=STEPS) != first
    work()
    assert queue.submit(RunKind.PLAN, session_id, steps=STEPS) != first


def test_runs_without_a_session_are_told_apart_by_payload_or_key() -> None:
    a = queue.submit(RunKind.LIBRARY, payload={"name": "a"}, steps=STEPS)
    assert queue.submit(RunKind.LIBRARY, payload={"name": "b"}, steps=STEPS) != a
    assert queue.submit(RunKind.LIBRARY, payload={"name": "a"}, steps=STEPS) == a
    keyed = queue.submit(RunKind.LIBRARY, payload={"x": 1}, steps=STEPS, dedupe_key="library:a")
    assert queue.submit(RunKind.LIBRARY, payload={"x": 2}, steps=STEPS, dedupe_key="library:a") == keyed


def test_threads_that_submit_the_same_get_one_run() -> None:
    session_id = sessions.create(a_brief())
    barrier = threading.Barrier(8)

    def click(_thread: int) -> str:
        barrier.wait()
        return queue.submit(RunKind.PLAN, session_id, steps=STEPS)

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(click, range(8)))
    assert len(ids) == 8
    assert len(set(ids)) == 1
    assert len(queue.active()) == 1


def test_bad_requests_are_said() -> None:
    with pytest.raises(InvalidInput):
        queue.submit(RunKind.PLAN, steps=[])
    for call in (queue.get, queue.cancel, queue.retry):
        with pytest.raises(NotFound):
            call("nothere")


def test_latest_and_active() -> None:
    session_id = sessions.create(a_brief())
    assert queue.latest(session_id) is None
    plan = queue.submit(RunKind.PLAN, session_id, steps=STEPS)
    score = queue.submit(RunKind.SCORE, session_id, steps=STEPS)
    latest, latest_plan = queue.latest(session_id), queue.latest(session_id, RunKind.PLAN)
    assert latest is not None
    assert latest_plan is not None
    assert (latest.id, latest_plan.id) == (score, plan)
    assert [run.id for run in queue.active()] == [plan, score]
    work()
    assert queue.active() == []


def test_cancel_while_queued_is_at_once() -> None:
    run_id = queue.submit(RunKind.COMPLETE, steps=STEPS)
    queue.cancel(run_id)
    run = queue.get(run_id)
    assert (run.state, {s.state for s in run.steps}) == (RunState.CANCELLED, {RunState.CANCELLED})
    assert run.finished_at is not None
    done: list[str] = []
    work(plan=lambda context: done.append("plan"))
    assert done == []


def test_cancel_while_running_keeps_what_is_finished() -> None:
    made: list[int] = []

    def generate(context: StepContext) -> None:
        if made:
            queue.cancel(context.run.id)  # the person clicks while the second one is made
            assert str(queue.get(context.run.id).sentence) == "Stopping after what is being done now."
        context.progress(0.5)
        made.append(context.payload["position"])

    run_id = queue.submit(RunKind.COMPLETE, steps=[*STEPS, StepSpec("score")])
    work(generate=generate)
    run = queue.get(run_id)
    assert made == [0]
    assert run.state is RunState.CANCELLED
    assert [s.state for s in run.steps] == ["done", "done", "cancelled", "cancelled"]
    assert str(run.sentence) == "Stopped. What was finished is kept."


def test_retry_goes_on_where_a_run_stopped() -> None:
    made: list[int] = []

    def generate(context: StepContext) -> None:
        if context.payload["position"] == 1 and not retried:
            raise InvalidInput("The picture is gone.")
        made.append(context.payload["position"])

    retried = False
    run_id = queue.submit(RunKind.COMPLETE, steps=STEPS)
    work(generate=generate)
    assert queue.get(run_id).state is RunState.FAILED
    assert queue.retry(run_id) == run_id
    assert (queue.get(run_id).state, queue.get(run_id).error) == (RunState.QUEUED, None)
    assert queue.retry(run_id) == run_id  # once is enough
    retried = True
    work(generate=generate)
    assert queue.get(run_id).state is RunState.DONE
    assert made == [0, 1]
    assert queue.retry(run_id) == run_id
    assert queue.get(run_id).state is RunState.DONE


def test_retry_gives_way_to_the_same_work_asked_for_again() -> None:
    session_id = sessions.create(a_brief())
    old = queue.submit(RunKind.PLAN, session_id, steps=STEPS)
    queue.cancel(old)
    new = queue.submit(RunKind.PLAN, session_id, steps=STEPS)
    assert queue.retry(old) == new
    assert queue.get(old).state is RunState.CANCELLED
