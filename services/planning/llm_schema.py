"""The plan's JSON: what is asked for, and how an answer is read whatever it is wrapped in."""

from __future__ import annotations

import json
import re
from typing import Any

from services.planning.llm_faults import ChatFailure, Fault

PLAN_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "summary": {"type": "string", "description": "the whole picture in one English sentence"},
        "subqueries": {
            "type": "array",
            "description": "3 to 6 parts of the picture",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "description": "an English search phrase, 2 to 12 words"},
                    "weight": {"type": "number", "description": "share of the picture, 0 to 1"},
                },
                "required": ["text", "weight"],
                "additionalProperties": False,
            },
        },
        "headline": {"type": "string", "description": "a short headline in the brief's language"},
        "language": {"type": "string", "description": "ISO 639-1 code of the brief's language"},
    },
    "required": ["summary", "subqueries", "headline", "language"],
    "additionalProperties": False,
}
"""In the strict subset of JSON Schema that every server reads: no counts, no ranges. Repair checks those."""

ANSWER_CHARS = 200_000
"""A plan has about 1,000; more is not a plan, and costs time to search."""

STARTS = 200
"""Places in prose at which an object may begin."""

_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.IGNORECASE | re.DOTALL)


def read_answer(content: str) -> dict[str, Any]:
    """The plan's object in `content`: plain, in a code block, after thinking aloud, or amid prose.

    Raises ChatFailure (UNREADABLE) when there is none.
    """
    text = _THINKING.sub(" ", content[:ANSWER_CHARS])
    decoder = json.JSONDecoder()
    start = text.find("{")
    for _ in range(STARTS):
        if start < 0:
            break
        try:
            value, _end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):  # not JSON, an absurd number, or nested without end
            value = None
        if isinstance(value, dict) and "subqueries" in value:
            return value
        start = text.find("{", start + 1)
    raise ChatFailure(Fault.UNREADABLE)
