"""What the worker's steps took: kept once for each attempt that counts, and told of the campaign."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from db.tables import Spend
from services import sessions, spend
from services.campaign_figures.load import FigureFilter, load_report
from services.database import read_session
from services.errors import EngineUnavailable
from services.jobs import ledger, queue
from services.jobs.queue import RunKind, StepSpec
from services.jobs.worker import StepContext, Worker
from tests.builders import a_brief

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]


def submitted(*kinds: str) -> str:
    session_id = sessions.create(a_brief())
    queue.submit(RunKind.COMPLETE, session_id, steps=[StepSpec(kind) for kind in kinds])
    return session_id


def pieces(session_id: str) -> list[tuple[str, float]]:
    return [(step, usage.seconds) for step, usage in spend.of_session(session_id)]


def sleep(_context: StepContext) -> None:
    time.sleep(0.05)


def test_each_step_is_kept_and_summed() -> None:
    session_id = submitted("plan", "generate", "generate")
    Worker({"plan": sleep, "generate": sleep}).run_until_idle()
    found = pieces(session_id)
    assert [step for step, _ in found] == ["plan", "generate", "generate"]
    assert all(0.05 <= seconds < 5 for _, seconds in found)
    told = load_report(FigureFilter()).headline
    assert told.seconds == pytest.approx(sum(seconds for _, seconds in found))
    assert (told.tokens, told.cost) == (0, 0.0)


def test_failed_work_took_time_too() -> None:
    def fails(context: StepContext) -> None:
        sleep(context)
        raise EngineUnavailable("The model is not here.")

    session_id = submitted("plan")
    Worker({"plan": fails}).run_until_idle()
    [(step, seconds)] = pieces(session_id)
    assert step == "plan"
    assert seconds >= 0.05


def test_a_late_worker_adds_nothing() -> None:
    session_id = submitted("plan")
    first = ledger.take("one", 60.0)
    assert first is not None
    ledger.release(first.claim)
    second = ledger.take("two", 60.0)
    assert second is not None
    assert not ledger.complete(first.claim, {}, [], 100.0)
    assert not ledger.fail(first.claim, "X", queue.get(second.run.id).sentence, again=False, seconds=100.0)
    assert not ledger.stop(first.claim, 100.0)
    assert ledger.complete(second.claim, {}, [], 2.0)
    assert not ledger.complete(second.claim, {}, [], 2.0)
    assert pieces(session_id) == [("plan", 2.0)]


def test_work_of_no_session_is_not_spent() -> None:
    queue.submit(RunKind.LIBRARY, steps=[StepSpec("ingest")])
    Worker({"ingest": sleep}).run_until_idle()
    with read_session() as session:
        assert session.scalars(select(Spend)).all() == []
