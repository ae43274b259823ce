"""A worker process downloads beside its other work, and neither waits for the other."""

from __future__ import annotations

import signal
from pathlib import Path

from services.jobs import queue
from services.jobs.queue import RunKind, RunState, StepSpec
from tests.integration.test_worker_faults import (  # noqa: F401 - fixtures
    Start,
    finished,
    lines,
    notes,
    start,
    submit,
    wait_until,
)


def download(file: Path) -> str:
    """A run of the kind that is done beside the rest; its step waits for `go` beside `file`."""
    payload = {"file": str(file), "wait": True, "reports": True}
    return queue.submit(RunKind.MODELS, payload={"model": "x"}, steps=[StepSpec("generate", payload)])


def test_work_goes_on_beside_a_download_and_it_lasts_beyond_its_worker(
    start: Start,  # noqa: F811
    notes: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    slow = tmp_path / "download" / "notes"
    slow.parent.mkdir()
    slow.touch()
    run_id = download(slow)
    first = start()
    wait_until(lambda: len(lines(slow, "begin")) == 1)
    assert finished(submit(notes, wait=False)).state is RunState.DONE
    assert queue.get(run_id).state is RunState.RUNNING

    first.send_signal(signal.SIGTERM)
    assert first.wait(20) == 0
    assert queue.get(run_id).steps[0].state is RunState.QUEUED, "given back, not lost"
    (slow.parent / "go").touch()
    second = start()
    assert finished(run_id).result == {"by": second.pid}


def test_a_paused_download_leaves_the_worker_alone(
    start: Start,  # noqa: F811
    notes: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    slow = tmp_path / "download" / "notes"
    slow.parent.mkdir()
    slow.touch()
    run_id = download(slow)
    worker = start()
    wait_until(lambda: len(lines(slow, "begin")) == 1)
    queue.cancel(run_id)
    assert finished(run_id).state is RunState.CANCELLED
    assert finished(submit(notes, wait=False)).result == {"by": worker.pid}
