"""Eight people at once, in threads and in two studio processes: nothing is locked, lost or done twice."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from services import sessions
from services.jobs import board, control, queue
from services.jobs.queue import RunKind, RunState, StepSpec
from services.jobs.worker import StepContext, Worker
from services.people import act_as
from services.people.directory import Identity, recognise
from tests.builders import a_brief

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 4
SECONDS = 60.0


def use(number: int) -> tuple[list[str], list[str]]:
    """What a person does in a few minutes, in a moment; the runs they kept, and those they cancelled."""
    kept: list[str] = []
    cancelled: list[str] = []
    with act_as(recognise(Identity("provider", f"subject {number}", f"Person {number}"))):
        for turn in range(ROUNDS):
            session_id = sessions.create(a_brief())
            steps = [StepSpec("generate"), StepSpec("generate")]
            run_id = queue.submit(RunKind.COMPLETE, session_id, steps=steps)
            extra = queue.submit(
                RunKind.LIBRARY, payload={"library": f"{number} {turn}"}, steps=[StepSpec("generate")]
            )
            control.pause(extra)
            control.move(run_id, control.Move.FIRST)
            board.board()
            sessions.search()
            if turn % 2:
                queue.cancel(extra)
                cancelled.append(extra)
            else:
                control.resume(extra)
                kept.append(extra)
            kept.append(run_id)
    return kept, cancelled


def main(numbers: list[int]) -> None:
    """One studio process: its people in threads. Prints what they asked for."""
    with ThreadPoolExecutor(len(numbers)) as pool:
        for kept, cancelled in pool.map(use, numbers):
            sys.stdout.write(
                "".join(f"kept {i}\n" for i in kept) + "".join(f"cancelled {i}\n" for i in cancelled)
            )


@pytest.mark.usefixtures("home")
def test_eight_people_in_two_studios_and_a_worker() -> None:
    done: Counter[tuple[str, int]] = Counter()
    lock = threading.Lock()

    def generate(context: StepContext) -> None:
        at = next(i for i, s in enumerate(context.run.steps) if s.state is RunState.RUNNING)
        with lock:
            done[context.run.id, at] += 1

    worker = Worker({"generate": generate})
    studios = [
        subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import main; main({numbers})"],
            cwd=ROOT,
            env=os.environ | {"AIM_STUDIO_DEFAULT_ROLE": "creator"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for numbers in ([0, 1, 2, 3], [4, 5, 6, 7])
    ]
    with ThreadPoolExecutor(1) as pool:
        at_work = pool.submit(worker.run_forever)
        try:
            said = [studio.communicate(timeout=SECONDS) for studio in studios]
            assert [err for _out, err in said if "locked" in err or "busy" in err] == []
            assert [studio.returncode for studio in studios] == [0, 0], said
            deadline = time.monotonic() + SECONDS
            while queue.active() and time.monotonic() < deadline:
                time.sleep(0.1)
        finally:
            worker.stop()
            for studio in studios:
                with closing(studio.stdout), closing(studio.stderr):  # type: ignore[type-var]
                    studio.kill()
        at_work.result()

    asked = [line.split() for out, _err in said for line in out.splitlines()]
    assert Counter(what for what, _id in asked) == {"kept": 8 * ROUNDS * 3 // 2, "cancelled": 8 * ROUNDS // 2}
    for what, run_id in asked:
        run = queue.get(run_id)
        assert run.person_id is not None
        if what == "cancelled" and run.state is RunState.CANCELLED:
            continue  # else the worker was quicker than the click
        assert run.state is RunState.DONE
        assert [done[run_id, at] for at in range(len(run.steps))] == [1] * len(run.steps)
        assert {(step.attempt, step.failures, step.takeovers) for step in run.steps} == {(1, 0, 0)}
