"""Asking until there is a plan, or no more sense in asking: retries, backoff and the budget of time.

A refused parameter is asked for differently at once. A fault that may pass is tried again after a pause
that doubles, with jitter, or as long as the service asks for. An answer with faults of its own is sent back
once with what to do better. Whatever happens it ends within the budget.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from services.choices import Usage
from services.domain import Brief
from services.planning import llm_client
from services.planning.llm_client import Tick
from services.planning.llm_dialect import Dialect
from services.planning.llm_faults import ChatFailure, Fault, Tokens
from services.planning.llm_prices import cost
from services.planning.llm_prompt import Wish, messages
from services.planning.llm_repair import Draft, Unusable, repair
from services.planning.llm_schema import read_answer
from services.planning.llm_target import Target

FIRST_PAUSE = 0.5
MAX_PAUSE = 8.0
"""Seconds before another attempt: doubled each time up to this."""

JITTER = 0.25
"""Share of a pause that is drawn: several sessions that failed together do not come back together."""

LONGEST_WAIT = 20.0
"""A service that asks for a longer wait than a person has patience is not waited for."""

UNREACHED = 2
"""Attempts to connect. Without a network the local planner takes over in less than ten seconds."""

_HELP = {
    Fault.UNREADABLE: Wish.JSON,
    Fault.EMPTY: Wish.JSON,
    Fault.TRUNCATED: Wish.SHORT,
}


@dataclass
class Tally:
    """What the attempts took, failed ones too."""

    calls: int = 0
    given: int = 0
    made: int = 0
    uncounted: bool = False
    model: str = ""
    begun: float = field(default_factory=time.monotonic)

    def add(self, tokens: Tokens) -> None:
        self.given += tokens.given
        self.made += tokens.made
        self.uncounted = self.uncounted or not tokens.known

    def usage(self, where: Target) -> Usage:
        """`cost` is None where the price is unknown, or the service did not count its tokens."""
        price = None if self.uncounted else cost(where, self.given, self.made)
        seconds = time.monotonic() - self.begun
        return Usage(self.model or where.model, self.given, self.made, price, seconds, self.calls)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The plan that came of it, or the `fault` of the last attempt. `dialect` is what the server takes."""

    draft: Draft | None
    fault: Fault | None
    dialect: Dialect
    tally: Tally


class Attempts:
    """All attempts at one plan."""

    def __init__(
        self, where: Target, brief: Brief, language: str, dialect: Dialect, rng: random.Random
    ) -> None:
        self._where = where
        self._brief = brief
        self._language = language
        self._dialect = dialect
        self._rng = rng
        self._tally = Tally()
        self._wishes: frozenset[Wish] = frozenset()
        self._best: Draft | None = None
        self._tries = 0
        self._unreached = 0

    def run(self, tick: Callable[[float], None]) -> Outcome:
        """`tick` is called while waiting with the share of the budget that is gone; it may raise."""
        fault: Fault | None = None
        while True:
            try:
                draft = self._attempt(lambda: tick(self._share))
                self._best = self._best if self._best and self._better(self._best, draft) else draft
                if not draft.wishes or self._asked_again or not self._may_retry():
                    break
                self._wishes = draft.wishes
            except ChatFailure as failure:
                fault = failure.fault
                if self._humbler(failure):
                    continue
                pause = None if self._best else self._pause(failure)
                if pause is None:  # or there is a plan already that only could be better
                    break
                self._sleep(pause, lambda: tick(self._share))
        return Outcome(self._best, None if self._best else fault, self._dialect, self._tally)

    def _attempt(self, tick: Tick) -> Draft:
        """One request and its repair. Raises ChatFailure."""
        self._tries += 1
        self._tally.calls += 1
        told = messages(self._brief, self._wishes)
        seconds = min(self._where.timeout, max(self._left, 0.01))
        try:
            reply = llm_client.ask(self._where, told, self._dialect, seconds, tick)
        except ChatFailure as failure:
            if failure.tokens is not None:
                self._tally.add(failure.tokens)
            raise
        self._tally.add(reply.tokens)
        self._tally.model = reply.model or self._tally.model
        return repair(read_answer(reply.content), self._language)

    def _humbler(self, failure: ChatFailure) -> bool:
        """Whether to ask again at once for less. A refused parameter is no attempt at the plan."""
        if failure.fault is not Fault.REQUEST or self._left <= 0:
            return False
        less = self._dialect.humbler(failure.about)
        if less is None:
            return False
        self._dialect = less
        self._tries -= 1
        return True

    def _pause(self, failure: ChatFailure) -> float | None:
        """Seconds until the next attempt; None: there is none."""
        self._unreached += failure.fault is Fault.CONNECTION
        if not failure.again or not self._may_retry() or self._unreached >= UNREACHED:
            return None
        if isinstance(failure, Unusable):
            self._wishes = failure.wishes
        elif failure.fault in _HELP:
            self._wishes = frozenset({_HELP[failure.fault]})
        pause = min(FIRST_PAUSE * 2 ** (self._tries - 1), MAX_PAUSE)
        pause *= 1 + JITTER * self._rng.uniform(-1, 1)
        if failure.retry_after is not None:
            if failure.retry_after > LONGEST_WAIT:
                return None
            pause = max(pause, failure.retry_after)
        return pause if pause < self._left else None

    def _may_retry(self) -> bool:
        return self._tries <= self._where.retries and self._left > 0

    @property
    def _asked_again(self) -> bool:
        return bool(self._wishes)

    @staticmethod
    def _better(one: Draft, other: Draft) -> bool:
        return len(one.wishes) < len(other.wishes)

    @property
    def _left(self) -> float:
        return self._tally.begun + self._where.budget - time.monotonic()

    @property
    def _share(self) -> float:
        return min(1.0, max(0.0, 1 - self._left / self._where.budget))

    @staticmethod
    def _sleep(seconds: float, tick: Tick) -> None:
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0:
            tick()
            time.sleep(min(rest, llm_client.TICK_SECONDS))
