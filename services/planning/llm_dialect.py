"""How a server likes to be asked. Compatible servers differ in two parameters; each step asks for less.

LM Studio refuses `json_object`, older servers refuse `json_schema`, some refuse any `response_format`;
OpenAI's newer models refuse `max_tokens`, and other services do not know `max_completion_tokens`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from services.planning.llm_schema import PLAN_SCHEMA

FORMATS = ("json_schema", "json_object", "text")
LIMITS = ("max_completion_tokens", "max_tokens", "")


@dataclass(frozen=True, slots=True)
class Dialect:
    """`format` is the kind of structured output asked for, `limit` the name of the token limit."""

    format: str = FORMATS[0]
    limit: str = LIMITS[0]

    def parameters(self, max_tokens: int) -> dict[str, Any]:
        """Parameters of the request, beside model and messages."""
        asked: dict[str, Any] = {self.limit: max_tokens} if self.limit else {}
        if self.format == "json_schema":
            schema = {"name": "plan", "strict": True, "schema": PLAN_SCHEMA}
            asked["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.format == "json_object":
            asked["response_format"] = {"type": "json_object"}
        return asked

    def humbler(self, about: str) -> Dialect | None:
        """What to ask for after a refusal that says `about`; None: there is nothing left to give up.

        A server that names the token limit means that; any other refusal is taken to be about the format.
        """
        formats, limits = FORMATS[FORMATS.index(self.format) + 1 :], LIMITS[LIMITS.index(self.limit) + 1 :]
        if limits and ("max_completion_tokens" in about or "max_tokens" in about):
            return replace(self, limit=limits[0])
        if formats:
            return replace(self, format=formats[0])
        return replace(self, limit=limits[0]) if limits else None
