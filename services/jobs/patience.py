"""When a lease that has run out is believed: seen twice, a heartbeat apart, by a clock that never jumps.

Leases are of the database's clock. Where it jumps (a laptop that slept, a time server's correction), every
lease seems to have run out at once. A living worker renews its own within a third of a lease; so a lease
that is still the same after longer than that, by this machine's monotonic clock, is nobody's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from db.tables import RunStep


class Patience:
    """One reaper's memory of leases that looked run out. `seconds` must exceed the workers' heartbeat."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[tuple[int, int, datetime | None], float] = {}

    def is_over(self, steps: Sequence[RunStep]) -> list[RunStep]:
        """Of `steps`, whose leases have run out, those that were seen so long enough ago, unchanged since."""
        now = time.monotonic()
        leases = {(step.id, step.attempt, step.lease_until): step for step in steps}
        self._seen = {lease: self._seen.get(lease, now) for lease in leases}
        return [step for lease, step in leases.items() if now - self._seen[lease] >= self._seconds]


AT_ONCE = Patience(0.0)
"""A lease that has run out is believed at first sight."""

NEVER = Patience(float("inf"))
"""Leases are left to others: for who takes over from workers that are known to be gone, and from no other."""
