"""Real worker processes, really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.jobs import queue, supervisor
from services.jobs.queue import RunKind, RunState, RunView, StepSpec
from services.jobs.slot import Slot
from services.jobs.supervisor import WorkerState, ensure_worker, stop_worker
from services.settings import get_settings

COMMAND = (sys.executable, "-m", "tests.integration.worker_process")
SECONDS = 60.0

Start = Callable[..., "subprocess.Popen[bytes]"]


def wait_until(true: Callable[[], bool], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s")
        time.sleep(0.05)


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    processes: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        processes.append(subprocess.Popen([*COMMAND, *arguments]))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    file = tmp_path / "notes"
    file.touch()
    return file


def lines(notes: Path, word: str) -> list[str]:
    return [line for line in notes.read_text().splitlines() if line.startswith(word)]


def submit(notes: Path, wait: bool = True, reports: bool = True, name: str = "") -> str:
    payload = {"file": str(notes), "wait": wait, "reports": reports}
    return queue.submit(RunKind.VARIANTS, payload={"name": name}, steps=[StepSpec("generate", payload)])


def finished(run_id: str) -> RunView:
    wait_until(lambda: queue.get(run_id).finished_at is not None)
    return queue.get(run_id)


@pytest.mark.both_databases
def test_a_killed_worker_s_step_is_done_once_more_and_counts_once(start: Start, notes: Path) -> None:
    run_id = submit(notes)
    first = start()
    wait_until(lambda: len(lines(notes, "begin")) == 1)
    first.kill()
    first.wait()
    (notes.parent / "go").touch()
    killed_at = time.monotonic()
    second = start()
    run = finished(run_id)
    assert time.monotonic() - killed_at < get_settings().worker_lease_seconds  # it did not wait for the lease
    assert (run.state, run.result) == (RunState.DONE, {"by": second.pid})
    assert lines(notes, "end") == [f"end {second.pid}"]


@pytest.mark.both_databases
@pytest.mark.parametrize("reports", [True, False])
def test_a_worker_stopped_past_its_lease_is_fenced(
    start: Start, notes: Path, monkeypatch: pytest.MonkeyPatch, reports: bool
) -> None:
    monkeypatch.setenv("AIM_STUDIO_WORKER_LEASE_SECONDS", "1.0")
    run_id = submit(notes, reports=reports)
    first = start()
    wait_until(lambda: len(lines(notes, "begin")) == 1)
    first.send_signal(signal.SIGSTOP)
    second = start("elsewhere")
    wait_until(lambda: len(lines(notes, "begin")) == 2)
    (notes.parent / "go").touch()
    assert finished(run_id).result == {"by": second.pid}
    first.send_signal(signal.SIGCONT)
    follow_up = submit(notes, wait=False, name="next")
    finished(follow_up)
    if not reports:  # it ended its work late, and that did not count
        wait_until(lambda: f"end {first.pid}" in lines(notes, "end"))
    time.sleep(0.5)
    assert queue.get(run_id).result == {"by": second.pid}
    assert first.poll() is None  # it goes on with other work


def test_a_second_worker_of_the_same_home_leaves(start: Start, notes: Path) -> None:
    submit(notes)
    start()
    wait_until(lambda: len(lines(notes, "begin")) == 1)
    assert start().wait(timeout=SECONDS) == 0
    assert len(lines(notes, "begin")) == 1


def test_a_worker_told_to_go_gives_back_its_step_and_leaves(start: Start, notes: Path) -> None:
    run_id = submit(notes)
    worker = start()
    wait_until(lambda: len(lines(notes, "begin")) == 1)
    worker.terminate()
    assert worker.wait(timeout=SECONDS) == 0
    assert [s.state for s in queue.get(run_id).steps] == [RunState.QUEUED]


def test_a_worker_told_to_go_while_it_warms_up_leaves_at_once(start: Start, home: Path) -> None:
    worker = start("--slow-warm-up")
    wait_until((home / "warming").exists)
    worker.terminate()
    assert worker.wait(timeout=SECONDS) == 0  # the warm-up takes ten minutes


@pytest.mark.both_databases
def test_cancel_stops_a_step_in_another_process(start: Start, notes: Path) -> None:
    run_id, following = submit(notes), submit(notes, wait=False, name="next")
    start()
    wait_until(lambda: len(lines(notes, "begin")) == 1)
    asked = time.monotonic()
    queue.cancel(run_id)
    assert finished(run_id).state is RunState.CANCELLED
    assert time.monotonic() - asked < 5
    assert finished(following).state is RunState.DONE


def test_a_worker_leaves_when_it_is_idle_for_long(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_WORKER_IDLE_MINUTES", "0.01")
    assert start().wait(timeout=SECONDS) == 0


def test_a_failure_leaves_its_traceback_in_the_log(start: Start, home: Path) -> None:
    run_id = queue.submit(RunKind.VARIANTS, steps=[StepSpec("generate", {"no file": True})])
    start()
    run = finished(run_id)
    assert "while making a variant (KeyError)" in str(run.error)
    assert "Traceback" in (home / "logs" / "worker.log").read_text()


# --- the supervisor ---


@pytest.fixture
def supervised(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AIM_STUDIO_WORKER", "subprocess")
    get_settings.cache_clear()
    monkeypatch.setattr(supervisor, "COMMAND", COMMAND)
    monkeypatch.setattr(supervisor, "CHECK_SECONDS", 0.0)
    yield
    stop_worker()
    assert not Slot(get_settings()).taken


@pytest.mark.usefixtures("supervised")
def test_the_supervisor_starts_one_worker_and_starts_it_again_when_it_dies(notes: Path) -> None:
    assert ensure_worker() is WorkerState.STARTING
    wait_until(lambda: ensure_worker() is WorkerState.READY)
    run_id = submit(notes)
    wait_until(lambda: ensure_worker() is WorkerState.BUSY and bool(lines(notes, "begin")))
    os.kill(int(lines(notes, "begin")[0].split()[1]), signal.SIGKILL)
    (notes.parent / "go").touch()
    wait_until(lambda: ensure_worker() is not None and queue.get(run_id).state is RunState.DONE)
    assert len(lines(notes, "begin")) == 2
    assert len(lines(notes, "end")) == 1


@pytest.mark.usefixtures("supervised")
def test_a_worker_outlives_the_process_that_started_it(notes: Path) -> None:
    code = (
        "from services.jobs import supervisor\n"
        f"supervisor.COMMAND = {COMMAND!r}\n"
        "print(supervisor.ensure_worker())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "starting"
    (notes.parent / "go").touch()
    assert finished(submit(notes)).state is RunState.DONE


@pytest.mark.usefixtures("supervised")
def test_a_worker_that_holds_its_place_but_does_not_answer_is_replaced(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_WORKER_LEASE_SECONDS", "1.0")
    get_settings.cache_clear()
    monkeypatch.setattr(supervisor, "HUNG_SECONDS", 2.0)
    run_id = submit(notes)
    wait_until(lambda: ensure_worker() is not None and bool(lines(notes, "begin")))
    os.kill(int(lines(notes, "begin")[0].split()[1]), signal.SIGSTOP)
    (notes.parent / "go").touch()
    wait_until(lambda: ensure_worker() is not None and queue.get(run_id).state is RunState.DONE)
    assert len(lines(notes, "end")) == 1


@pytest.mark.usefixtures("supervised")
def test_a_worker_that_dies_at_once_is_not_started_over_and_over(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (sys.executable, "-c", f"open({str(home / 'starts')!r}, 'a').write('x'); raise SystemExit(1)")
    monkeypatch.setattr(supervisor, "COMMAND", broken)
    wait_until(lambda: ensure_worker() is WorkerState.DOWN)
    for _ in range(20):
        assert ensure_worker() is WorkerState.DOWN
    assert (home / "starts").read_text() == "x"


def test_no_worker_is_started_where_none_is_wanted(home: Path, start: Start) -> None:
    assert ensure_worker() is WorkerState.OFF
    assert not (home / "logs").exists()
    start()
    # Somebody else started one: its state is told all the same, at the next look.
    wait_until(lambda: ensure_worker() is WorkerState.READY)


def test_asking_again_costs_nothing(home: Path) -> None:
    ensure_worker()
    started = time.perf_counter()
    for _ in range(100):
        ensure_worker()
    assert (time.perf_counter() - started) / 100 < 0.005
