"""Workers on a real Ray cluster of two nodes on this machine; actors, supervisor and node really killed.

The tests share one cluster and go on from each other in order: starting one takes ten seconds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
from sqlalchemy import update

if find_spec("ray") is None:
    pytest.skip("Ray is not installed: `make ray` installs it", allow_module_level=True)

from db.repositories.libraries import LibraryRepository
from db.tables import Item
from services import libraries, sessions
from services.database import read_session, unit_of_work
from services.errors import Cancelled
from services.jobs import queue, supervisor
from services.jobs.queue import RunKind, RunState, RunView, StepSpec
from services.jobs.supervisor import WorkerState, ensure_worker
from services.retrieval.sources import source_for_path
from services.storage.images import get_store
from tests.integration import export_sessions
from tests.integration.ray_cluster import (
    TwoNodes,
    begun,
    finished,
    go,
    lines,
    ray_processes,
    studio_home,
    submit,
    wait_until,
)
from tests.integration.ray_process import BIG
from tests.retrieval_fakes import ColourEncoder, fill, scene

VARIANTS = 3
PICTURES = 48

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with studio_home(tmp_path_factory.mktemp("ray") / "home") as folder:
        yield folder


@pytest.fixture(scope="module")
def by_subprocess(home: Path) -> dict[str, tuple[str, ...]]:
    """Variants of a brief as the worker subprocess makes them, before there is a pool."""
    session_id = a_session()
    process = subprocess.Popen([sys.executable, "-m", "tests.integration.ray_process"])
    return {"session": (session_id,), "process": (str(process.wait()),)}


@pytest.fixture(scope="module")
def nodes(home: Path, by_subprocess: object) -> Iterator[TwoNodes]:
    two = TwoNodes(home)
    try:
        two.start_pool()
        two.await_workers(2)
        yield two
    finally:
        two.shut_down()


def workers(*arguments: str) -> str:
    """What `python -m services.cli workers` prints."""
    command = [sys.executable, "-m", "services.cli", "workers", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def a_session() -> str:
    """A session that is ready to generate, asked for; its id."""
    session_id = export_sessions.unmade_session(VARIANTS)
    steps = [StepSpec("condition"), *(StepSpec("generate", {"index": i}) for i in range(VARIANTS))]
    queue.submit(RunKind.VARIANTS, session_id, steps=steps)
    return session_id


def pictures_of(session_id: str) -> list[tuple[str, bytes]]:
    return [(v.sha256, get_store().verify(v.sha256)) for v in sessions.load(session_id).variants]


def test_the_same_brief_makes_the_same_variants_on_the_subprocess_and_on_ray(
    by_subprocess: dict[str, tuple[str, ...]], nodes: TwoNodes
) -> None:
    expected = pictures_of(by_subprocess["session"][0])
    assert len(expected) == VARIANTS
    session_id = a_session()
    run = queue.latest(session_id)
    assert run is not None
    assert finished(run.id).state is RunState.DONE
    assert pictures_of(session_id) == expected


def test_a_killed_worker_s_step_is_done_once_more_and_counts_once(nodes: TwoNodes, tmp_path: Path) -> None:
    run_id = submit(tmp_path)
    first = begun(tmp_path)
    os.kill(first, signal.SIGKILL)
    second = begun(tmp_path, 2)
    go(tmp_path)
    run = finished(run_id)
    assert second != first
    assert (run.state, run.result) == (RunState.DONE, {"by": second})
    assert lines(tmp_path, "end") == [second]


def test_cancel_stops_a_step_that_heeds_it_and_its_worker_goes_on(nodes: TwoNodes, tmp_path: Path) -> None:
    run_id = submit(tmp_path)
    worker = begun(tmp_path)
    queue.cancel(run_id)
    assert finished(run_id).state is RunState.CANCELLED
    os.kill(worker, 0)


def test_a_worker_that_does_not_heed_a_cancel_is_killed(nodes: TwoNodes, tmp_path: Path) -> None:
    run_id = submit(tmp_path, reports=False)
    worker = begun(tmp_path)
    queue.cancel(run_id)
    assert finished(run_id).state is RunState.CANCELLED
    wait_until(lambda: not psutil.pid_exists(worker))
    assert lines(tmp_path, "end") == []
    nodes.await_workers(2)


def test_a_killed_supervisor_comes_back_and_keeps_the_pool_whole(nodes: TwoNodes, tmp_path: Path) -> None:
    run_id = submit(tmp_path)
    begun(tmp_path)
    nodes.ray.kill(nodes.supervisor(), no_restart=False)
    for place in ("cpu-0", "cpu-1"):  # for good: Ray starts neither again, the supervisor does
        nodes.ray.kill(nodes.worker(place), no_restart=True)
    begun(tmp_path, 2)
    go(tmp_path)
    assert finished(run_id).state is RunState.DONE
    assert len(lines(tmp_path, "end")) == 1
    nodes.await_workers(2)


# --- big libraries ---


def vectors(name: str, space: str) -> dict[int, tuple[bytes, bytes | None]]:
    with read_session() as session:
        repository = LibraryRepository(session)
        library = repository.by_name(name)
        assert library is not None
        return {row.item_id: (row.image, row.caption) for row in repository.vectors(library.id, space)}


def reindex(name: str, space: str) -> RunView:
    payload = {"library": name, "encoder": space}
    run_id = queue.submit(RunKind.LIBRARY, payload=payload, steps=[StepSpec("reindex", payload)])
    return finished(run_id, seconds=240)  # Ray Data takes ten seconds to start, on a busy machine a minute


def test_a_big_library_is_read_by_ray_data_into_the_same_vectors(
    nodes: TwoNodes, home: Path, tmp_path: Path
) -> None:
    colours = ("red", "green", "blue", "yellow")
    fill(tmp_path, {f"{n:02d}.png": scene(colours[n % 4], seed=n) for n in range(PICTURES)})
    libraries.build("Shop", source_for_path(tmp_path), ColourEncoder())
    with unit_of_work() as work:
        work.session.execute(update(Item).where(Item.id % 3 == 0).values(caption="a red door"))
        work.commit()
    asked = iter((False, True))
    with pytest.raises(Cancelled):  # a batch is there already: the attempt on Ray goes on from it
        libraries.reindex("Shop", ColourEncoder("fake/big", dim=8), cancelled=lambda: next(asked))
    begun_here = len(vectors("Shop", BIG))
    assert 0 < begun_here < PICTURES
    run = reindex("Shop", BIG)
    assert (run.state, run.result) == (RunState.DONE, {"encoded": PICTURES - begun_here})
    libraries.reindex("Shop", ColourEncoder("fake/here", dim=8))
    expected = vectors("Shop", "fake/here@1")
    assert vectors("Shop", BIG) == expected
    assert len(expected) == PICTURES
    assert any(caption for _, caption in expected.values())
    makers = {int(path.name.partition("-")[2]) for path in home.glob("encoder-*")}
    assert len(makers) > 1  # the step's own worker, and at least one encoder of Ray Data
    nodes.await_workers(2)  # the place that was lent is filled again


# --- machines ---


def test_a_node_killed_in_a_step_is_survived(nodes: TwoNodes, tmp_path: Path) -> None:
    runs = {name: submit(tmp_path / name) for name in ("a", "b")}
    workers = {name: begun(tmp_path / name) for name in runs}
    nodes.cluster.remove_node(nodes.second, allow_graceful=False)
    wait_until(lambda: any(not psutil.pid_exists(pid) for pid in workers.values()))
    lost = next(name for name, pid in workers.items() if not psutil.pid_exists(pid))
    kept = next(name for name in runs if name != lost)
    go(tmp_path / kept)
    assert finished(runs[kept]).result == {"by": workers[kept]}
    begun(tmp_path / lost, 2)
    go(tmp_path / lost)
    run = finished(runs[lost])
    assert run.state is RunState.DONE
    assert lines(tmp_path / lost, "end") == [lines(tmp_path / lost, "begin")[-1]]


def test_pages_are_told_when_no_worker_answers_and_work_goes_on_when_they_are_back(
    nodes: TwoNodes,
    by_subprocess: dict[str, tuple[str, ...]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "CHECK_SECONDS", 0.0)
    wait_until(lambda: ensure_worker() is WorkerState.READY)
    stopped = submit(tmp_path)
    begun(tmp_path)
    assert ensure_worker() is WorkerState.BUSY
    before = {pid for pid, _ in ray_processes()}
    nodes.shut_down()  # the head, and with it the last node
    wait_until(lambda: ensure_worker() is WorkerState.AWAY)
    queue.cancel(stopped)
    session_id = a_session()
    # From here on as a person does it, with the studio's own handlers.
    workers("--ray", "local", "--single-machine", "--cpus-per-worker", "1", "--cpu-workers", "1")
    try:
        run = queue.latest(session_id)
        assert run is not None
        assert finished(run.id).state is RunState.DONE
        assert pictures_of(session_id) == pictures_of(by_subprocess["session"][0])
        assert finished(stopped).state is RunState.CANCELLED
        told = json.loads(workers("--status", "--json"))
        assert (told["supervisor"], told["wanted"], told["living"]) == (True, 1, 1)
    finally:
        told = json.loads(workers("--stop", "--grace", "5", "--json"))
    assert (told["living"], ensure_worker()) == (0, WorkerState.AWAY)
    assert not {pid for pid, _ in ray_processes()} - before
