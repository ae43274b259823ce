"""Every failure of a chat service: bounded retries, then the local planner with a notice that helps."""

from __future__ import annotations

import json
import socket
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from services.errors import StudioError
from services.planning import llm_attempts, llm_client
from services.planning.llm_faults import FALLBACK_TEMPLATES, SENTENCES, Fault
from services.planning.planner_llm import LlmPlanner
from services.settings import get_settings
from tests.chat_server import GOOD, Answer, ChatServer, completion, error, hang, plan_json
from tests.integration.planning_llm_fakes import LocalPlanner, brief, server, templates

__all__ = ["server"]

BROKEN = Answer(body=b'{"choices": [', headers={"content-type": "application/json"})
PAGE = Answer(body=b"<html>Welcome to the hotel's network</html>", headers={"content-type": "text/html"})
CUT = Answer(body=plan_json().body, cut=40)
DROPPED = Answer(drop=True)

PASSING = {
    "429": (error(429, "slow down"), Fault.BUSY),
    "500": (error(500), Fault.SERVER),
    "503": (error(503), Fault.SERVER),
    "529, no JSON": (Answer(529, b"overloaded"), Fault.SERVER),
    "error in a 200": (Answer(body=b'{"error": {"message": "x"}}'), Fault.SERVER),
    "broken off": (CUT, Fault.SERVER),
    "dropped": (DROPPED, Fault.SERVER),
    "no JSON": (completion("I would rather write a poem."), Fault.UNREADABLE),
    "other JSON": (completion('{"plan": []}'), Fault.UNREADABLE),
    "half JSON": (completion(json.dumps(GOOD)[:80]), Fault.UNREADABLE),
    "a body of half JSON": (BROKEN, Fault.NO_API),
    "a page": (PAGE, Fault.NO_API),
    "no parts": (plan_json(subqueries=[], summary=""), Fault.UNUSABLE),
    "refused": (completion(None, refusal="I cannot help with that."), Fault.REFUSED),
    "content filter": (completion("", finish="content_filter"), Fault.FILTERED),
    "empty": (completion("  "), Fault.EMPTY),
    "null": (completion(None), Fault.EMPTY),
    "cut off at the limit": (completion(json.dumps(GOOD)[:80], finish="length"), Fault.TRUNCATED),
}
LASTING = {
    "401": (error(401, "Incorrect API key"), Fault.KEY),
    "402": (error(402, "payment required"), Fault.NO_CREDIT),
    "403": (error(403), Fault.FORBIDDEN),
    "404": (error(404, "no such model"), Fault.NOT_FOUND),
    "no credit": (error(429, "You exceeded your quota", code="insufficient_quota"), Fault.NO_CREDIT),
    "filtered before": (error(400, "x", code="content_filter"), Fault.FILTERED),
}


@pytest.mark.parametrize(("answer", "fault"), PASSING.values(), ids=PASSING)
def test_a_fault_that_may_pass_is_tried_again_and_then_planned_here(
    server: ChatServer, answer: Answer, fault: Fault
) -> None:
    server.say(answer)
    local = LocalPlanner()
    plan = LlmPlanner(local).plan(brief())
    assert len(server.requests) == 3
    assert local.plans == 1
    assert templates(plan) == {SENTENCES[fault]}
    assert plan.planner.id == "local"
    assert plan.usage is not None
    assert plan.usage.calls == 3
    assert all("{" not in str(notice) for notice in plan.notices)


@pytest.mark.parametrize(("answer", "fault"), PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_leaves_no_trace_but_its_tokens(
    server: ChatServer, answer: Answer, fault: Fault
) -> None:
    server.say(answer, plan_json())
    local = LocalPlanner()
    plan = LlmPlanner(local).plan(brief())
    assert (len(server.requests), local.plans) == (2, 0)
    assert plan.notices == ()
    assert plan.headline == GOOD["headline"]
    assert plan.usage is not None
    assert plan.usage.tokens_in == (2000 if b'"usage"' in answer.body and answer.cut is None else 1000)


@pytest.mark.parametrize(("answer", "fault"), LASTING.values(), ids=LASTING)
def test_a_fault_that_a_person_must_mend_is_not_tried_again(
    server: ChatServer, answer: Answer, fault: Fault
) -> None:
    server.say(answer)
    plan = LlmPlanner(LocalPlanner()).plan(brief())
    assert len(server.requests) == 1
    assert templates(plan) == {SENTENCES[fault]}


def test_what_to_correct_is_named() -> None:
    assert "AIM_STUDIO_LLM_API_KEY" in SENTENCES[Fault.KEY]
    assert "AIM_STUDIO_LLM_MODEL" in SENTENCES[Fault.NOT_FOUND]
    assert "AIM_STUDIO_LLM_BASE_URL" in SENTENCES[Fault.CONNECTION]
    assert set(SENTENCES) == set(Fault)
    assert len(FALLBACK_TEMPLATES) == len(Fault)


def test_a_request_that_is_never_right_ends(server: ChatServer) -> None:
    server.say(error(400, "something about this request"))
    plan = LlmPlanner(LocalPlanner()).plan(brief())
    assert templates(plan) == {SENTENCES[Fault.REQUEST]}
    assert len(server.requests) == 5  # three formats, two names of the limit, nothing more


def test_a_silent_server_is_left_at_the_timeout(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_LLM_TIMEOUT_SECONDS", "0.2")
    get_settings.cache_clear()
    server.say(hang(20))
    begun = time.monotonic()
    plan = LlmPlanner(LocalPlanner()).plan(brief())
    assert time.monotonic() - begun < 3
    assert len(server.requests) == 3
    assert templates(plan) == {SENTENCES[Fault.TIMEOUT]}


def test_a_server_that_drips_bytes_is_left_at_the_timeout(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_LLM_TIMEOUT_SECONDS", "0.4")
    monkeypatch.setenv("AIM_STUDIO_LLM_RETRIES", "0")
    get_settings.cache_clear()
    server.say(Answer(body=plan_json().body, drip=0.05))
    begun = time.monotonic()
    plan = LlmPlanner(LocalPlanner()).plan(brief())
    assert time.monotonic() - begun < 2
    assert templates(plan) == {SENTENCES[Fault.TIMEOUT]}


def test_a_slow_answer_within_the_timeout_counts(server: ChatServer) -> None:
    slow = plan_json()
    slow.delay = 0.6
    server.say(slow)
    assert LlmPlanner(LocalPlanner()).plan(brief()).notices == ()


def test_all_attempts_together_stay_within_the_budget(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_LLM_BUDGET_SECONDS", "0.5")
    monkeypatch.setenv("AIM_STUDIO_LLM_RETRIES", "10")
    get_settings.cache_clear()
    server.say(hang(20))
    begun = time.monotonic()
    plan = LlmPlanner(LocalPlanner()).plan(brief())
    assert time.monotonic() - begun < 2
    assert templates(plan) == {SENTENCES[Fault.TIMEOUT]}


@pytest.mark.parametrize("asked", ["0.3", "date"])
def test_retry_after_is_honoured(server: ChatServer, asked: str) -> None:
    value = formatdate(time.time() + 1, usegmt=True) if asked == "date" else asked
    server.say(error(429, retry_after=value), plan_json())
    plan = LlmPlanner(LocalPlanner()).plan(brief())
    first, second = server.requests
    assert plan.notices == ()
    assert 0.2 < second.at - first.at < 2.5 or asked == "date"
    assert second.at - first.at < 2.5


def test_a_service_that_asks_for_a_long_wait_is_not_waited_for(server: ChatServer) -> None:
    server.say(error(429, retry_after=3600))
    begun = time.monotonic()
    plan = LlmPlanner(LocalPlanner()).plan(brief())
    assert time.monotonic() - begun < 3
    assert len(server.requests) == 1
    assert templates(plan) == {SENTENCES[Fault.BUSY]}


def test_pauses_double_with_jitter(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(llm_attempts, "FIRST_PAUSE", 0.5)
    monkeypatch.setattr(llm_attempts.Attempts, "_sleep", staticmethod(lambda s, _: slept.append(s)))
    monkeypatch.setenv("AIM_STUDIO_LLM_RETRIES", "6")
    get_settings.cache_clear()
    server.say(error(500))
    LlmPlanner(LocalPlanner()).plan(brief())
    assert len(slept) == 6
    for pause, middle in zip(slept, (0.5, 1, 2, 4, 8, 8), strict=True):
        assert abs(pause - middle) <= llm_attempts.JITTER * middle
    assert slept[4] != slept[5]


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unreachable(monkeypatch: pytest.MonkeyPatch, url: str) -> float:
    """Seconds until the local planner has planned, with the default settings."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AIM_STUDIO_LLM_BASE_URL", url)
    get_settings.cache_clear()
    begun = time.monotonic()
    plan = LlmPlanner(LocalPlanner()).plan(brief())
    assert templates(plan) == {SENTENCES[Fault.CONNECTION]}
    return time.monotonic() - begun


def test_a_refused_connection_is_planned_here_soon(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unreachable(monkeypatch, f"http://127.0.0.1:{closed_port()}/v1") < 5


def test_a_name_that_does_not_exist_is_planned_here_soon(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert unreachable(monkeypatch, "https://chat.example.invalid/v1") < 5


def test_a_name_server_that_never_answers_is_planned_here_soon(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(*_: Any, **__: Any) -> Any:
        time.sleep(3)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    monkeypatch.setattr(llm_client, "CONNECT_SECONDS", 0.3)
    assert unreachable(monkeypatch, "https://chat.example.invalid/v1") < 2.5
    assert llm_attempts.UNREACHED * 4.0 + llm_attempts.FIRST_PAUSE * 1.25 < 10  # with the real limit


def test_what_the_local_planner_refuses_is_refused(server: ChatServer) -> None:
    class Refuses(LocalPlanner):
        def plan(self, brief: object, progress: object = None) -> Any:
            raise StudioError("No.")

    server.say(error(401))
    with pytest.raises(StudioError, match="No"):
        LlmPlanner(Refuses()).plan(brief())
