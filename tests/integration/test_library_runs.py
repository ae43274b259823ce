"""Filling and searching a library through the queue, as the pages do it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services import inbox, library_runs
from services.engines import Engine, Parts, use_engine
from services.errors import InvalidInput
from services.jobs import queue, steps
from services.jobs.queue import RunKind, RunState, StepSpec
from services.jobs.worker import Worker
from services.libraries import LibraryQuery, get_library
from services.settings import get_settings
from tests.retrieval_fakes import ColourEncoder, png, scene

pytestmark = pytest.mark.both_databases


def _unused() -> None:
    raise AssertionError("libraries need an encoder and nothing else")


@pytest.fixture(autouse=True)
def engine(home: Path) -> Iterator[None]:
    encoder = ColourEncoder()
    use_engine(Engine("lite", Parts(_unused, lambda: encoder, _unused, _unused)))  # type: ignore[arg-type]
    yield
    use_engine(None)


def work() -> None:
    Worker(steps.handlers()).run_until_idle()


def upload(name: str, *grounds: str) -> str:
    files = [(f"{ground}.png", png(scene(ground, seed))) for seed, ground in enumerate(grounds)]
    return library_runs.start_uploads_library(name, [*files, ("notes.png", b"<svg/>")])


def test_uploads_become_a_library_and_are_forgotten() -> None:
    run_id = upload("colours", "red", "blue")
    assert list((get_settings().home / "inbox").iterdir())
    work()
    run = queue.get(run_id)
    assert run.state is RunState.DONE
    assert run.result is not None
    assert (run.result["added"], [r["file"] for r in run.result["rejected"]]) == (2, ["notes.png"])
    assert get_library("colours").images == 2
    assert list((get_settings().home / "inbox").iterdir()) == []


def test_names_of_uploads_are_never_paths() -> None:
    key = inbox.keep([("../../escapee.png", b"1"), ("/etc/passwd", b"2")])
    assert inbox.read(key) == [("../../escapee.png", b"1"), ("/etc/passwd", b"2")]
    assert not list(get_settings().home.parent.rglob("escapee*"))


def test_a_missing_folder_is_refused_before_anything_is_queued() -> None:
    with pytest.raises(InvalidInput, match="no folder"):
        library_runs.start_folder_library("x", "/nowhere/at/all")
    assert queue.active() == []


def test_a_search_answers_with_what_is_closest() -> None:
    upload("colours", "red", "blue", "green")
    work()
    run_id = library_runs.find("colours", LibraryQuery("something blue", top=2))
    assert queue.active() == []  # no news to the rest of the studio
    work()
    found = library_runs.found(queue.wait(run_id, 0.0))
    assert found[0].file_name == "blue.png"
    assert found[0].similarity > found[1].similarity


def test_a_search_of_no_library_says_so() -> None:
    run_id = library_runs.find("nothing", LibraryQuery("blue", top=2))
    work()
    run = queue.get(run_id)
    assert run.state is RunState.FAILED
    assert "nothing" in str(run.error)


def test_a_search_goes_before_the_next_step_of_a_longer_run() -> None:
    order: list[str] = []
    queue.submit(RunKind.COMPLETE, payload={"n": 1}, steps=[StepSpec("plan"), StepSpec("retrieve")])
    search_id = ""

    def plan(context: object) -> None:
        nonlocal search_id
        order.append("plan")
        search_id = library_runs.find("colours", LibraryQuery("blue", top=1))

    Worker(
        {
            "plan": plan,
            "retrieve": lambda context: order.append("retrieve"),
            "search": lambda context: order.append("search"),
        }
    ).run_until_idle()
    assert order == ["plan", "search", "retrieve"]
    assert queue.get(search_id).state is RunState.DONE
