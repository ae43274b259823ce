"""Settings and a local planner for tests of the chat planner."""

from __future__ import annotations

from services.domain import Brief, Keyword, ModelRef, Plan, SubQuery

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
