"""What can go wrong between the studio and a chat model, and the sentence for each.

The sentences never hold the key, the brief or the service's own words: those may repeat either.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.messages import N_


class Fault(StrEnum):
    """Why an attempt gave no plan."""

    BUSY = "busy"  # 429
    SERVER = "server"  # 5xx, or the connection broke off
    TIMEOUT = "timeout"  # connected, and no whole answer in time
    CONNECTION = "connection"  # refused, no such host, no network
    UNREADABLE = "unreadable"  # no JSON, or not the plan's JSON
    UNUSABLE = "unusable"  # the plan's JSON, and no plan can be made of it
    REFUSED = "refused"  # the model declined
    FILTERED = "filtered"  # the service's content filter
    EMPTY = "empty"  # an answer without words
    TRUNCATED = "truncated"  # cut off at the limit of tokens
    NO_API = "no api"  # answered, but not as a chat API does
    KEY = "key"  # 401
    FORBIDDEN = "forbidden"  # 403
    NOT_FOUND = "not found"  # 404
    NO_CREDIT = "no credit"  # 402, or 429 that waiting does not help
    REQUEST = "request"  # other refusals of the request itself


AGAIN = frozenset(Fault) - {Fault.KEY, Fault.FORBIDDEN, Fault.NOT_FOUND, Fault.NO_CREDIT, Fault.REQUEST}
"""Another attempt may go better. The others need a person."""

SENTENCES = {
    Fault.BUSY: N_(
        "The chat model at {host} takes no more requests just now, so this plan was made on this machine. "
        "Plan again in a minute for the model's own."
    ),
    Fault.SERVER: N_(
        "The chat model at {host} had a fault, so this plan was made on this machine. Plan again later for "
        "the model's own."
    ),
    Fault.TIMEOUT: N_(
        "The chat model at {host} did not answer in time, so this plan was made on this machine. A slow "
        "model needs a larger AIM_STUDIO_LLM_TIMEOUT_SECONDS."
    ),
    Fault.CONNECTION: N_(
        "The chat model at {host} cannot be reached, so this plan was made on this machine. Check the "
        "network, and AIM_STUDIO_LLM_BASE_URL."
    ),
    Fault.UNREADABLE: N_(
        "The chat model {model} did not answer with a plan, so this one was made on this machine. A larger "
        "model, named in AIM_STUDIO_LLM_MODEL, may do better."
    ),
    Fault.UNUSABLE: N_(
        "The plan of the chat model {model} could not be used, so this one was made on this machine. Plan "
        "again, or name a larger model in AIM_STUDIO_LLM_MODEL."
    ),
    Fault.REFUSED: N_(
        "The chat model {model} declined to plan this brief, so this plan was made on this machine. Other "
        "words in the product text may help."
    ),
    Fault.FILTERED: N_(
        "The content filter at {host} stopped this brief, so this plan was made on this machine. Other words "
        "in the product text may help."
    ),
    Fault.EMPTY: N_(
        "The chat model {model} gave an empty answer, so this plan was made on this machine. Plan again, or "
        "name another model in AIM_STUDIO_LLM_MODEL."
    ),
    Fault.TRUNCATED: N_(
        "The answer of the chat model {model} was cut off, so this plan was made on this machine. Set "
        "AIM_STUDIO_LLM_MAX_TOKENS higher."
    ),
    Fault.NO_API: N_(
        "{host} answered, but not as a chat model does, so this plan was made on this machine. Check "
        "AIM_STUDIO_LLM_BASE_URL: it usually ends in /v1."
    ),
    Fault.KEY: N_(
        "{host} did not accept the key, so this plan was made on this machine. Correct "
        "AIM_STUDIO_LLM_API_KEY and start the studio again."
    ),
    Fault.FORBIDDEN: N_(
        "The key may not use the model {model} at {host}, so this plan was made on this machine. Choose "
        "another AIM_STUDIO_LLM_MODEL, or ask the account's owner for access."
    ),
    Fault.NOT_FOUND: N_(
        "There is no model {model} at {host}, so this plan was made on this machine. Correct "
        "AIM_STUDIO_LLM_MODEL, or AIM_STUDIO_LLM_BASE_URL: it usually ends in /v1."
    ),
    Fault.NO_CREDIT: N_(
        "The account at {host} has no credit left, so this plan was made on this machine. Add credit there, "
        "then plan again."
    ),
    Fault.REQUEST: N_(
        "{host} does not accept what the studio asks of the model {model}, so this plan was made on this "
        "machine. Try another model in AIM_STUDIO_LLM_MODEL."
    ),
}
"""Each names what happened, what was done, and what to correct."""

FALLBACK_TEMPLATES = frozenset(SENTENCES.values())
"""A plan with one of these notices was made by the local planner in the chat model's place."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one answer, as the service counts them; `known` is False where it did not say."""

    given: int = 0
    made: int = 0
    known: bool = False


class ChatFailure(Exception):
    """One attempt failed. `about` is the service's own wording, in lower case: for decisions, never shown."""

    def __init__(
        self,
        fault: Fault,
        *,
        retry_after: float | None = None,
        tokens: Tokens | None = None,
        about: str = "",
        again: bool | None = None,
    ) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.retry_after = retry_after
        self.tokens = tokens
        self.about = about
        self.again = fault in AGAIN if again is None else again
