"""The full planner: any chat model behind an OpenAI-compatible API. Implements `parts.Planner`.

The model proposes; `llm_repair` decides what of it becomes the plan. When it cannot be had, the local
planner makes the plan and a notice says why. Building one loads nothing and needs no key.

Keywords stay the local planner's (KeyBERT): the strategy of keywords and the summary's weight in the
conditions (`generation/conditioning.py`) want cosines to the text, which a chat model cannot give. Where
the brief is not in English they are taken from the plan's own English words instead, which is what a
generator reads.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Protocol, runtime_checkable

from services.domain import Brief, Keyword, ModelRef, Plan
from services.errors import EngineUnavailable
from services.messages import message
from services.parts import Planner, Progress
from services.planning import language, llm_target
from services.planning.llm_attempts import Attempts, Outcome
from services.planning.llm_dialect import Dialect
from services.planning.llm_faults import SENTENCES, Fault
from services.planning.llm_repair import Draft
from services.planning.llm_target import Target
from services.planning.text import readable


@runtime_checkable
class FindsKeywords(Protocol):
    """A local planner that can name the keywords of an English text."""

    def keywords(self, text: str) -> tuple[Keyword, ...]: ...


class LlmPlanner:
    """Plans with the chat model of the settings, read anew for every plan."""

    def __init__(self, fallback: Planner, rng: random.Random | None = None) -> None:
        """`fallback` plans when the model cannot; `rng` draws the jitter of retries."""
        self._fallback = fallback
        self._rng = rng or random.Random()
        self._dialects: dict[tuple[str, str], Dialect] = {}

    @property
    def ref(self) -> ModelRef:
        """The model of the settings. Raises EngineUnavailable where none is set up."""
        where = llm_target.target()
        return _ref(where, "")

    def require(self) -> None:
        """Raise EngineUnavailable unless a chat model is set up. Quick: nothing is sent."""
        llm_target.require()

    def plan(self, brief: Brief, progress: Progress | None = None) -> Plan:
        """The model's plan, repaired where it has to be; the local planner's when there is none.

        `usage` holds calls, tokens and cost of all attempts. Raises InvalidInput for an empty or too long
        product text, EngineUnavailable where no model is set up, and what `progress` raises.
        """
        where = llm_target.target()
        text = readable(brief.product_text)
        detected = language.detect(text)
        known = self._dialects.get((where.base_url, where.model), Dialect())
        attempts = Attempts(where, brief, detected, known, self._rng)
        outcome = attempts.run(progress or (lambda share: None))
        if outcome.draft is None:
            return self._local(brief, where, outcome)
        self._dialects[where.base_url, where.model] = outcome.dialect
        return self._own(text, where, outcome.draft, outcome)

    def _own(self, text: str, where: Target, draft: Draft, outcome: Outcome) -> Plan:
        return Plan(
            summary=draft.summary,
            subqueries=draft.subqueries,
            keywords=self._keywords(text, draft),
            language=draft.language,
            notices=draft.notices,
            planner=_ref(where, outcome.tally.model),
            headline=draft.headline,
            usage=outcome.tally.usage(where),
        )

    def _local(self, brief: Brief, where: Target, outcome: Outcome) -> Plan:
        plan = self._fallback.plan(brief)
        sentence = SENTENCES[outcome.fault or Fault.UNUSABLE]
        notice = message(sentence, host=where.host, model=where.model)
        return replace(plan, notices=(notice, *plan.notices), usage=outcome.tally.usage(where))

    def _keywords(self, text: str, draft: Draft) -> tuple[Keyword, ...]:
        """() where there is no local model for them: the conditions do without."""
        if not isinstance(self._fallback, FindsKeywords):
            return ()
        english = [draft.summary, *(f"{query.text}." for query in draft.subqueries)]
        try:
            return self._fallback.keywords(text if draft.language == "en" else " ".join(english))
        except EngineUnavailable:
            return ()


def _ref(where: Target, served: str) -> ModelRef:
    """The model as it was asked for; its revision is what the service calls it, and where that is."""
    return ModelRef("planner", f"chat:{where.model}", f"{served} at {where.host}" if served else where.host)
