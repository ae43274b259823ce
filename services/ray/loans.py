"""Workers' places that Ray Data may use for a while: it could start no encoder where all are claimed."""

from __future__ import annotations

import time
from collections.abc import Sequence

LOAN_SECONDS = 60.0
"""A borrower renews at every batch; one that died gives back by silence."""


class Loans:
    def __init__(self) -> None:
        self._out: dict[str, tuple[str, float]] = {}

    def pick(self, borrower: str, idle: Sequence[str], places: Sequence[str], count: int) -> list[str]:
        """Idle places of the borrower's kind, the last ones first; of three places one stays."""
        kind = borrower.partition("-")[0]
        alike = [place for place in places if place.partition("-")[0] == kind]
        free = [place for place in reversed(alike) if place in idle and place != borrower]
        return free[: min(count, max(0, len(free) - (len(alike) > 2)))]

    def make(self, borrower: str, places: Sequence[str]) -> None:
        until = time.monotonic() + LOAN_SECONDS
        self._out |= dict.fromkeys(places, (borrower, until))

    def renew(self, borrower: str) -> None:
        self.make(borrower, [place for place, (who, _) in self._out.items() if who == borrower])

    def end(self, borrower: str) -> None:
        self._out = {place: loan for place, loan in self._out.items() if loan[0] != borrower}

    def out(self, place: str) -> bool:
        return place in self._out and self._out[place][1] > time.monotonic()
