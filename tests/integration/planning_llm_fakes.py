"""Settings and a local planner for tests of the chat planner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.domain import Brief, Keyword, ModelRef, Plan, SubQuery
from services.planning import llm_attempts
from services.settings import get_settings
from tests.chat_server import ChatServer

TEXT = "A cute dog wearing yellow hoodie sits on a stylish sofa in a warm and cozy living room."
KOREAN = "노란 후드티를 입은 귀여운 강아지가 포근한 거실의 세련된 소파에 앉아 있어요."
KEY = "sk-test-1234567890-secret"


def brief(text: str = TEXT, topic: str = "A dog in a yellow hoodie") -> Brief:
    return Brief(topic, text)


class LocalPlanner:
    """Plans without a model, and remembers that it was asked."""

    ref = ModelRef("planner", "local", "1")

    def __init__(self) -> None:
        self.plans = 0
        self.read: list[str] = []

    def plan(self, brief: Brief, progress: object = None) -> Plan:
        self.plans += 1
        queries = (SubQuery("A dog", 0.5), SubQuery("A sofa", 0.3), SubQuery("A room", 0.2))
        return Plan("A dog.", queries, planner=self.ref)

    def keywords(self, text: str) -> tuple[Keyword, ...]:
        self.read.append(text)
        return (Keyword("hoodie", 0.7),)


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(llm_attempts, "FIRST_PAUSE", 0.01)
    with ChatServer() as found:  # settings of a studio that plans with it
        monkeypatch.setenv("AIM_STUDIO_LLM_BASE_URL", found.url)
        monkeypatch.setenv("AIM_STUDIO_LLM_API_KEY", KEY)
        monkeypatch.setenv("AIM_STUDIO_LLM_MODEL", "test-model")
        get_settings.cache_clear()
        yield found


def templates(plan: Plan) -> set[str]:
    return {notice.template for notice in plan.notices}
