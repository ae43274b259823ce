"""A session planned by a chat model, from the queue to the page: notices, headline, tokens and cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services import sessions, spend, studio
from services.choices import EngineChoice, Usage
from services.engines import Engine, Parts, use_engine
from services.errors import NotFound
from services.jobs import queue
from services.jobs.steps import handlers
from services.jobs.views import RunState
from services.jobs.worker import Worker
from services.planning import llm_notices
from services.planning.llm_faults import SENTENCES, Fault
from services.planning.planner_llm import LlmPlanner
from services.settings import get_settings
from tests.chat_server import GOOD, ChatServer, error, plan_json
from tests.integration.planning_llm_fakes import LocalPlanner, server
from tests.pages import seeds
from tests.pages.conftest import Open, words

__all__ = ["server"]

CHOICE = EngineChoice(planner="llm")


def _never() -> None:
    raise AssertionError("planning needs no other part")


@pytest.fixture
def session_id(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A brief without a headline, to be planned by the chat model of the settings."""
    monkeypatch.setenv("AIM_STUDIO_LLM_PRICE_IN", "1")
    monkeypatch.setenv("AIM_STUDIO_LLM_PRICE_OUT", "2")
    get_settings.cache_clear()
    engine = Engine("mixed", Parts(lambda: LlmPlanner(LocalPlanner()), _never, _never, _never))  # type: ignore[arg-type]
    use_engine(engine, CHOICE)
    yield sessions.create(replace(seeds.brief(), headline=""), engine=CHOICE)
    use_engine(None, CHOICE)


def planned(session_id: str) -> sessions.SessionView:
    """Through the queue, as the Plan button does it."""
    run_id = studio.start_plan(session_id)
    Worker(handlers()).run_until_idle()
    assert queue.get(run_id).state is RunState.DONE
    return sessions.load(session_id)


def test_a_repaired_plan_is_shown_as_repaired_with_its_cost(
    open_page: Open, session_id: str, server: ChatServer
) -> None:
    heavy = [{**part, "weight": 10} for part in GOOD["subqueries"]]
    server.say(error(503), plan_json(subqueries=heavy))
    view = planned(session_id)
    assert view.plan is not None
    assert view.plan.headline == GOOD["headline"]
    assert view.plan.planner.id == "chat:test-model"
    [(step, usage)] = [work for work in spend.of_session(session_id) if work[1].calls]
    assert (step, usage.calls, usage.tokens_in, usage.tokens_out) == ("plan", 2, 1000, 200)
    assert usage.cost == pytest.approx(0.0014)

    app = open_page("pages/studio.py", s=session_id)
    assert not app.exception
    assert "plan was repaired" in words(app)
    assert "did not add up" in words(app)
    assert "1,000 tokens sent, 200 received" in words(app)
    assert "0.0014 at list price" in words(app)

    app.button(key=f"take_headline_{session_id}").click().run()
    assert sessions.load(session_id).brief.headline == GOOD["headline"]
    assert not [b for b in app.button if b.key == f"take_headline_{session_id}"]
    assert not app.exception


def test_a_plan_of_the_local_planner_says_why(open_page: Open, session_id: str, server: ChatServer) -> None:
    server.say(error(401))
    view = planned(session_id)
    assert view.plan is not None
    assert [n.template for n in view.plan.notices] == [SENTENCES[Fault.KEY]]
    assert view.plan.planner.id == "local"
    assert spend.total(session_id).calls == 1
    app = open_page("pages/studio.py", s=session_id, lang="ko")
    [warning] = app.warning
    assert "AIM\\_STUDIO\\_LLM\\_API\\_KEY" in warning.value
    assert "did not accept" not in warning.value
    assert not app.exception


def test_edits_keep_the_proposal_and_the_notices(session_id: str, server: ChatServer) -> None:
    server.say(plan_json(extra=1))
    plan = planned(session_id).plan
    assert plan is not None
    sessions.save_plan(session_id, plan)
    again = sessions.load(session_id).plan
    assert again is not None
    assert (again.headline, again.notices) == (plan.headline, plan.notices)
    assert [n.template for n in again.notices] == [llm_notices.EXTRA]


def test_every_plan_is_paid_for(session_id: str, server: ChatServer) -> None:
    planned(session_id)
    planned(session_id)
    total = spend.total(session_id)
    assert (total.asked, total.calls, total.tokens_in) == (2, 2, 2000)
    assert total.cost == pytest.approx(0.0028)
    assert spend.total().calls == 2
    assert spend.total(session_id, "generate").asked == 0
    assert spend.total(session_id, "generate").cost is None
    _, usage = spend.of_session(session_id)[0]
    with pytest.raises(NotFound):
        spend.record("no-such-one", "plan", usage)


def test_work_without_a_price_is_counted_apart(session_id: str) -> None:
    spend.record(session_id, "plan", Usage("m", 10, 10, None, 1.0, 1))
    assert (spend.total(session_id).cost, spend.total(session_id).unpriced) == (None, 1)
    spend.record(session_id, "plan", Usage("m", 10, 10, 0.5, 1.0, 1))
    total = spend.total(session_id)
    assert (total.cost, total.unpriced, total.waited, total.seconds) == (0.5, 1, 2.0, 0.0)
