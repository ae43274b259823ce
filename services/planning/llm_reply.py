"""The bytes of a chat completion, read by hand: compatible servers leave fields out and add their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.planning.llm_faults import ChatFailure, Fault, Tokens

TOKENS_LIMIT = 10**9
"""More is not a count."""

NAME_CHARS = 100


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said. `model` is the exact one that the service names, "" where it names none."""

    content: str
    model: str
    tokens: Tokens


def read_reply(body: bytes) -> Reply:
    """The answer in `body`. Raises ChatFailure, with the tokens it cost where they are told."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise ChatFailure(Fault.NO_API) from None
    if not isinstance(value, dict):
        raise ChatFailure(Fault.NO_API)
    tokens = _tokens(value.get("usage"))
    choice = _first(value.get("choices"))
    if choice is None:
        # Some services put their own faults into an answer of status 200.
        raise ChatFailure(Fault.SERVER if value.get("error") else Fault.NO_API, tokens=tokens)
    said = choice.get("message")
    said = said if isinstance(said, Mapping) else {}
    content = _text(said.get("content"))
    if said.get("refusal"):
        raise ChatFailure(Fault.REFUSED, tokens=tokens)
    if choice.get("finish_reason") == "content_filter":
        raise ChatFailure(Fault.FILTERED, tokens=tokens)
    if choice.get("finish_reason") == "length":
        raise ChatFailure(Fault.TRUNCATED, tokens=tokens)
    if not content.strip():
        raise ChatFailure(Fault.EMPTY, tokens=tokens)
    return Reply(content, _name(value.get("model")), tokens)


def _first(choices: object) -> Mapping[str, Any] | None:
    found = choices[0] if isinstance(choices, list) and choices else None
    return found if isinstance(found, Mapping) else None


def _text(content: object) -> str:
    """A string, or the texts of a list of parts."""
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, Mapping))
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _tokens(usage: object) -> Tokens:
    if not isinstance(usage, Mapping):
        return Tokens()
    given, made = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    if given is None or made is None:
        return Tokens()
    return Tokens(given, made, known=True)


def _count(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= TOKENS_LIMIT
    return value if whole and isinstance(value, int) else None


def _name(model: object) -> str:
    """A model's name as one short word or two; it is stored beside the plan."""
    visible = "".join(c for c in model if c.isprintable()) if isinstance(model, str) else ""
    return visible.strip()[:NAME_CHARS]
