"""From a chat model's answer to a valid plan, with a notice for each repair; or no plan.

Whatever the answer holds, what comes out has 3 to 6 distinct English phrases whose weights sum to 1, a
summary, and a headline that fits or none. Everything else is left behind here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.domain import SubQuery
from services.limits import HEADLINE_CHARS, SUBQUERIES
from services.messages import Message, message
from services.planning import chunks, language, llm_text
from services.planning import llm_notices as say
from services.planning.edit import SUBQUERY_CHARS, round_weights
from services.planning.llm_faults import ChatFailure, Fault
from services.planning.llm_prompt import Wish
from services.planning.llm_schema import PLAN_SCHEMA
from services.planning.summary import SUMMARY_WORDS, finish

READ = 60
"""Proposals looked at; a plan has six."""

LEAST = 0.012
"""A part that is named at all keeps a hundredth of the plan after rounding."""

OFF = 0.015
"""Weights whose sum is nearer to 1 than this were rounded, not wrong."""

MIN_SUMMARY_WORDS = 3
_CODE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,8})*")


@dataclass(frozen=True, slots=True)
class Draft:
    """A valid plan of the model's answer. `wishes`: what a second answer could do better."""

    summary: str
    subqueries: tuple[SubQuery, ...]
    headline: str
    language: str
    notices: tuple[Message, ...]
    wishes: frozenset[Wish]


class Unusable(ChatFailure):
    """The answer is a plan's JSON, and no plan can be made of it."""

    def __init__(self, wishes: frozenset[Wish]) -> None:
        super().__init__(Fault.UNUSABLE)
        self.wishes = wishes


def repair(answer: Mapping[str, Any], detected: str) -> Draft:
    """The plan in `answer`; `detected` is the brief's language by its letters. Raises Unusable."""
    notes: list[Message] = []
    wishes: set[Wish] = set()
    if set(answer) - set(PLAN_SCHEMA["properties"]):
        notes.append(message(say.EXTRA))
    parts = _parts(answer.get("subqueries"), notes, wishes)
    parts = _distinct(parts, notes)
    summary = _summary(answer.get("summary"), [text for text, _ in parts], notes, wishes)
    parts = _counted(parts, summary, notes, wishes)
    code = _language(answer.get("language"), detected)
    headline = _headline(answer.get("headline"), code, notes, wishes)
    weights = round_weights([max(w, LEAST) for w in _shares([w for _, w in parts])])
    ordered = sorted(zip(parts, weights, strict=True), key=lambda pair: -pair[1])
    queries = tuple(SubQuery(text, weight) for (text, _), weight in ordered)
    return Draft(summary, queries, headline, code, tuple(notes), frozenset(wishes))


# --- the parts ---------------------------------------------------------------------------------


def _parts(value: object, notes: list[Message], wishes: set[Wish]) -> list[tuple[str, float]]:
    """Phrases that pass every check, with weights >= 0."""
    proposed = _proposed(value)
    phrases = [llm_text.phrase(text) for text, _ in proposed]
    texts: list[str] = []
    weights: list[float | None] = []
    counts = dict.fromkeys(
        (say.NOT_PHRASES, say.EMPTY_PARTS, say.NOT_ENGLISH, say.NOT_ALONE, say.REWORDED, say.SHORTENED), 0
    )
    # A few words of another Latin language may pass one by one; together they tell.
    foreign = not llm_text.is_english(". ".join(filter(llm_text.is_english, phrases)) or "a")
    for raw, weight in proposed:
        text, fault = _checked(raw, foreign)
        if fault is not None:
            counts[fault] += 1
            continue
        short = llm_text.clip(text, SUBQUERY_CHARS)
        counts[say.REWORDED] += text != llm_text.phrase(raw)
        counts[say.SHORTENED] += short != text
        texts.append(short)
        weights.append(weight)
    if counts[say.NOT_ENGLISH]:
        wishes.add(Wish.ENGLISH)
    if counts[say.NOT_ALONE]:
        wishes.add(Wish.ALONE)
    notes += [message(template, count=count) for template, count in counts.items() if count]
    total = math.fsum(min(weight, 1e6) for _, weight in proposed if weight is not None)
    return list(zip(texts, _filled(weights, abs(total - 1) > OFF, notes), strict=True))


def _proposed(value: object) -> list[tuple[object, float | None]]:
    """(text, weight) of each proposal, in the shapes that models give: objects, strings, a mapping."""
    if isinstance(value, Mapping):
        value = [{"text": text, "weight": weight} for text, weight in value.items()]
    if not isinstance(value, list):
        return []
    found: list[tuple[object, float | None]] = []
    for entry in value[:READ]:
        if isinstance(entry, Mapping):
            text = next((entry[k] for k in ("text", "query", "subquery", "sub_query") if k in entry), None)
            found.append((text, _number(entry.get("weight"))))
        else:
            found.append((entry, None))
    return found


def _number(value: object) -> float | None:
    """A weight >= 0; None where there is none. "40 %" and "0.4" are numbers too."""
    if isinstance(value, str):
        value = value.strip().removesuffix("%").strip()
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _checked(raw: object, foreign: bool) -> tuple[str, str | None]:
    """(phrase, None), or ("", the notice that says why it is left out)."""
    if llm_text.is_code(raw):
        return "", say.NOT_PHRASES
    text = llm_text.phrase(raw)
    if not any(char.isalnum() for char in text):
        return "", say.EMPTY_PARTS
    if foreign or not llm_text.is_english(text):
        return "", say.NOT_ENGLISH
    found = llm_text.alone(text)
    return (found, None) if found else ("", say.NOT_ALONE)


def _filled(weights: list[float | None], off: bool, notes: list[Message]) -> list[float]:
    """Every part with a weight, an average one where there is none. `off`: those given are not 1 in all."""
    known = [weight for weight in weights if weight is not None]
    if not any(known):
        known = []
    missing = len(weights) - len(known)
    if missing:
        notes.append(message(say.FILLED, count=missing))
    elif known and off:
        notes.append(message(say.SCALED))
    if not known:
        return [1.0] * len(weights)
    average = math.fsum(weight / len(known) for weight in known)
    return [average if weight is None else weight for weight in weights]


def _shares(weights: list[float]) -> list[float]:
    """Weights in proportion, summing to 1; equal ones where all are 0."""
    top = max(weights)
    scaled = [weight / top for weight in weights] if top > 0 else [1.0] * len(weights)
    total = math.fsum(scaled)
    return [weight / total for weight in scaled]


def _distinct(parts: list[tuple[str, float]], notes: list[Message]) -> list[tuple[str, float]]:
    """Parts that ask for the same picture as one, with the weight of both."""
    kept: list[tuple[str, float]] = []
    for text, weight in parts:
        twin = next((i for i, (other, _) in enumerate(kept) if llm_text.same_picture(text, other)), None)
        if twin is None:
            kept.append((text, weight))
        else:
            kept[twin] = (kept[twin][0], min(kept[twin][1] + weight, 1e300))
    if len(kept) < len(parts):
        notes.append(message(say.MERGED, count=len(parts) - len(kept)))
    return kept


def _counted(
    parts: list[tuple[str, float]], summary: str, notes: list[Message], wishes: set[Wish]
) -> list[tuple[str, float]]:
    """At most six: the heaviest. At least three: from the summary where the model gave fewer."""
    fewest, most = SUBQUERIES
    if len(parts) > most:
        notes.append(message(say.TOO_MANY, count=len(parts), limit=most))
        heaviest = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:most]
        return [parts[i] for i in sorted(heaviest)]
    if len(parts) < fewest:
        wishes.add(Wish.COUNT)
        missing = fewest - len(parts)
        weight = min((weight for _, weight in parts), default=1.0)
        more = _more(parts, summary)[:missing]
        parts = [*parts, *((text, weight) for text in more)]
        if len(parts) < fewest:
            raise Unusable(frozenset(wishes))
        notes.append(message(say.ADDED, count=len(more)))
    return parts


def _more(parts: list[tuple[str, float]], summary: str) -> list[str]:
    """Noun phrases of the summary that say something new."""
    found = [text for text, _ in parts]
    for candidate in chunks.phrases(summary):
        text, fault = _checked(candidate, foreign=False)
        if fault is None and not any(llm_text.same_picture(text, other) for other in found):
            found.append(text)
    return found[len(parts) :]


# --- summary, headline, language ----------------------------------------------------------------


def _summary(value: object, texts: list[str], notes: list[Message], wishes: set[Wish]) -> str:
    """One English sentence: the generator is given it as well as the reader."""
    given = "" if llm_text.is_code(value) else llm_text.one_line(value)
    words = len(given.split())
    if words >= MIN_SUMMARY_WORDS and llm_text.is_english(given):
        if words > SUMMARY_WORDS:
            notes.append(message(say.SUMMARY_SHORTENED))
        return finish(given)
    if given and not llm_text.is_english(given):
        wishes.add(Wish.ENGLISH)
    if not texts:
        return ""  # nothing to make one from: too few parts, and no plan
    notes.append(message(say.SUMMARY_MADE))
    return finish(", ".join([texts[0], *(text[:1].lower() + text[1:] for text in texts[1:3])]))


def _headline(value: object, code: str, notes: list[Message], wishes: set[Wish]) -> str:
    """A proposal that fits, in the brief's language; "" where there is none."""
    text = llm_text.unquoted(llm_text.one_line(value))
    readable = any(char.isalnum() for char in text)
    if readable and not llm_text.is_code(value) and llm_text.in_language(text, code):
        short = llm_text.clip(text, HEADLINE_CHARS)
        if short != text:
            notes.append(message(say.HEADLINE_SHORTENED))
        return short
    if readable and not llm_text.is_code(value):
        wishes.add(Wish.HEADLINE)
    if value not in (None, ""):
        notes.append(message(say.HEADLINE_DROPPED))
    return ""


def _language(value: object, detected: str) -> str:
    """Letters decide where they can: Korean is seen. Among Latin languages the model knows better."""
    claimed = value.strip() if isinstance(value, str) else ""
    if detected in language.SCRIPTS.values() or not _CODE.fullmatch(claimed):
        return detected
    code = claimed.partition("-")[0].lower()
    return code if code in language.LATIN else detected
