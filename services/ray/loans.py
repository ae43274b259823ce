"""Workers' places that Ray Data may use for a while: it could start no encoder where all are claimed."""

from __future__ import annotations

from collections.abc import Collection, Sequence


class Loans:
    """Who uses which place. Kept in memory alone: forgotten, the place is filled when it is free again."""

    def __init__(self) -> None:
        self._out: dict[str, str] = {}

    def pick(self, borrower: str, idle: Collection[str], places: Sequence[str], count: int) -> list[str]:
        """Idle places of the borrower's kind, the last ones first; of three places one stays."""
        kind = borrower.partition("-")[0]
        alike = [place for place in places if place.partition("-")[0] == kind]
        free = [place for place in reversed(alike) if place in idle and place != borrower]
        return free[: min(count, max(0, len(free) - (len(alike) > 2)))]

    def make(self, borrower: str, places: Sequence[str]) -> None:
        self._out |= dict.fromkeys(places, borrower)

    def end(self, borrower: str) -> None:
        self._out = {place: who for place, who in self._out.items() if who != borrower}

    def end_all_but(self, busy: Collection[str]) -> None:
        """A borrower that is at no step died, or forgot: its encoders died with it."""
        self._out = {place: who for place, who in self._out.items() if who in busy}

    def out(self, place: str) -> bool:
        return place in self._out
