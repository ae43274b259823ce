"""The Runs page: empty, at work, waiting, paused, failed, done; what buttons do; in both languages."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from services.errors import InvalidInput
from services.jobs import board, control, disk, ledger, queue
from services.jobs.queue import RunKind, RunState, StepSpec
from services.jobs.worker import StepContext, Worker
from services.people import Person, Role, act_as
from tests.pages import seeds
from tests.pages.conftest import Open, words
from ui import runs_panel, workers
from ui.workers import WorkerState

RUNS = "pages/runs.py"
BEN = Person("ben", "Ben", Role.CREATOR)


def submit(name: str, count: int = 1) -> str:
    return queue.submit(
        RunKind.LIBRARY,
        payload={"library": name},
        steps=[StepSpec("generate", {"index": i}) for i in range(count)],
    )


def work(handler: Callable[[StepContext], None] = lambda context: None) -> None:
    Worker({"generate": handler}).run_until_idle()


def links(app: AppTest) -> str:
    return "\n".join(element.proto.label for element in app.get("page_link"))


def progress(app: AppTest) -> str:
    return "\n".join(element.proto.text for element in app.get("progress"))


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


@pytest.mark.parametrize(("lang", "title"), [("en", "No runs yet"), ("ko", "아직 작업이 없습니다")])
def test_an_empty_page_invites(open_page: Open, lang: str, title: str) -> None:
    app = open_page(RUNS, lang=lang)
    assert not app.exception
    assert not app.error
    assert title in words(app)


def test_every_state_has_its_place_and_its_reason(open_page: Open) -> None:
    def generate(context: StepContext) -> None:
        if context.run.payload["library"] == "Broken":
            raise InvalidInput("The folder is gone.")

    submit("Finished", count=3)
    broken = submit("Broken")
    work(generate)
    paused = submit("Resting")
    control.pause(paused)
    submit("First")
    assert ledger.take("host-1-abc", 60.0) is not None
    submit("Second")
    submit("Third")

    app = open_page(RUNS)
    assert not app.exception
    said = words(app)
    headings = [h.value for h in app.header]
    assert headings == ["At work", "Waiting", "Paused", "Failed", "Done lately"]
    assert "The folder is gone." in said
    assert "Paused. What was finished is kept." in progress(app)
    assert app.button(key=f"retry_{broken}").label == "Try again"
    assert app.button(key=f"resume_{paused}").label == "Continue"
    assert "None" not in said
    assert "1 at work · 2 waiting" in links(app)


def test_buttons_change_the_queue(open_page: Open) -> None:
    first, second, third = (submit(name) for name in ("One", "Two", "Three"))
    app = open_page(RUNS)
    app = press(app, f"pause_{first}")
    assert queue.get(first).pause is not None
    app = press(app, f"resume_{first}")
    assert queue.get(first).pause is None
    app = press(app, f"first_{third}")
    assert [e.run.id for e in board.board().waiting] == [third, first, second]
    app = press(app, f"cancel_{second}")
    assert queue.get(second).state is RunState.CANCELLED
    app = press(app, f"retry_{second}")
    assert queue.get(second).state is RunState.QUEUED
    work()
    app.run()
    app = press(app, "clear_all")
    assert not app.exception
    assert "No runs yet" in words(app)


def test_others_see_but_do_not_change(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = submit("Mine")
    with act_as(BEN):
        theirs = submit("Theirs")
    monkeypatch.setattr(sys.modules["services.people.actor"], "_ask", lambda: BEN)
    app = open_page(RUNS)
    keys = {button.key for button in app.main.button}
    assert f"cancel_{theirs}" in keys
    assert f"cancel_{mine}" not in keys
    monkeypatch.setattr(
        sys.modules["services.people.actor"], "_ask", lambda: Person("vera", "Vera", Role.VIEWER)
    )
    app = open_page(RUNS)
    assert not app.exception
    assert {e.value for e in app.header} == {"Waiting"}
    assert not [b for b in app.main.button if b.key and b.key.startswith(("cancel_", "pause_", "clear_"))]


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (WorkerState.STARTING, "The worker is starting."),
        (WorkerState.DOWN, "The worker does not start"),
        (WorkerState.OFF, "No worker is running"),
    ],
)
def test_a_worker_that_is_away_is_said(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, state: WorkerState, sentence: str
) -> None:
    monkeypatch.setattr(runs_panel, "keep_working", lambda: state)
    submit("Waits")
    assert sentence in words(open_page(RUNS))
    monkeypatch.setattr(runs_panel, "keep_working", lambda: WorkerState.READY)
    assert sentence not in words(open_page(RUNS))


def test_a_full_disk_is_said(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    submit("Waits")
    monkeypatch.setattr(disk, "free_bytes", lambda: 1000)
    assert "The disk is almost full" in words(open_page(RUNS))


def test_hundreds_are_shown_a_dozen_at_a_time(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_RUNS_PER_PERSON", "0")
    workers.keep_working()
    for n in range(30):
        submit(f"Library {n}")
    app = open_page(RUNS)
    assert len([b for b in app.main.button if b.label == "Cancel"]) == runs_panel.SHOWN
    app = press(app, "more_waiting")
    assert len([b for b in app.main.button if b.label == "Cancel"]) == 2 * runs_panel.SHOWN


def test_a_session_s_run_leads_to_it_and_says_when_it_is_paused(open_page: Open) -> None:
    session_id = seeds.session(upto="brief")
    run_id = queue.submit(RunKind.PLAN, session_id, steps=[StepSpec("plan")])
    control.pause(run_id)
    app = open_page("pages/studio.py", s=session_id)
    assert app.button(key=f"resume_{run_id}").label == "Continue"
    press(app, f"resume_{run_id}")
    assert queue.get(run_id).pause is None
    assert seeds.TOPIC in links(open_page(RUNS))
