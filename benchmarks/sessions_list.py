"""How the list of sessions, and one session, grow with what is stored.

    python -m benchmarks.sessions_list

Times `sessions.search`, `sessions.load` and `campaigns.list_campaigns` on 200 sessions with 5,000
variants in ten campaigns, and on ten times as many sessions. Medians, and their ratio: 1 means independent
of size. The pages themselves: benchmarks/campaigns.py.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from benchmarks._filled import VARIANTS_EACH, filled_studio
from services import campaigns, sessions

SESSIONS = 200
CAMPAIGNS = 10
FACTOR = 10
REPEATS = 15


def main() -> int:
    small, large = measure(SESSIONS), measure(SESSIONS * FACTOR)
    print(f"{SESSIONS} sessions with {SESSIONS * VARIANTS_EACH:,} variants, and {FACTOR} times as many")
    print(f"{'':16}{'small':>10}{'large':>10}{'ratio':>8}")
    for name, before in small.items():
        after = large[name]
        print(f"{name:16}{before * 1000:8.1f}ms{after * 1000:8.1f}ms{after / before:8.2f}")
    return 0


def measure(count: int) -> dict[str, float]:
    """Name -> median seconds, in a studio of its own with `count` sessions."""
    with filled_studio(count, CAMPAIGNS) as ids:
        calls: dict[str, Callable[[], object]] = {
            "first page": sessions.search,
            "last page": lambda: sessions.search(page=-(-count // 24)),
            "by words": lambda: sessions.search("hoodie 17"),
            "one session": lambda: sessions.load(ids[count // 2]),
            "campaigns": campaigns.list_campaigns,
        }
        return {name: median_seconds(call) for name, call in calls.items()}


def median_seconds(call: Callable[[], object]) -> float:
    call()
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    sys.exit(main())
