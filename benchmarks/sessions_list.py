"""How the list of sessions, and one session, grow with what is stored.

    python -m benchmarks.sessions_list

Times `sessions.search`, `sessions.load` and `campaigns.list_campaigns` on 200 sessions with 5,000
variants, and on ten times as many. Medians, and their ratio: 1 means independent of size.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

from db import tables
from services import campaigns, score_records, sessions
from services.database import reset_database, unit_of_work
from services.domain import (
    AimScore,
    Brief,
    Condition,
    ConditionKind,
    MetricScore,
    ModelRef,
    Photo,
    Placement,
    Recipe,
)
from services.settings import get_settings

SESSIONS = 200
VARIANTS_EACH = 25
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
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIM_STUDIO_HOME"] = home
        get_settings.cache_clear()
        reset_database()
        ids = fill(count)
        calls: dict[str, Callable[[], object]] = {
            "first page": sessions.search,
            "last page": lambda: sessions.search(page=-(-count // 24)),
            "by words": lambda: sessions.search("hoodie 17"),
            "one session": lambda: sessions.load(ids[count // 2]),
            "campaigns": campaigns.list_campaigns,
        }
        times = {name: median_seconds(call) for name, call in calls.items()}
        reset_database()
        return times


def median_seconds(call: Callable[[], object]) -> float:
    call()
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def fill(count: int) -> list[str]:
    """Scored sessions in ten campaigns; their ids. Variants are written in bulk."""
    ids = [sessions.create(_brief(i), f"Campaign {i % CAMPAIGNS}") for i in range(count)]
    for session_id in ids:
        with unit_of_work() as work:
            rows = [_variant(session_id, i) for i in range(VARIANTS_EACH)]
            work.session.add_all(rows)
            work.session.flush()
            work.session.add_all(
                score_records.score_row(row.id, _score(90.0 - row.position), "t", "p", None) for row in rows
            )
            work.session.get_one(tables.Session, session_id).best_final = 90.0
            work.commit()
    return ids


def _brief(number: int) -> Brief:
    photo = Photo(_sha(f"photo {number}"), "hoodie.png", 800, 800, hero=True)
    return Brief(
        f"A hoodie on street {number}", "Heavy cotton, worn in the rain. " * 10, (photo,), "Stay dry"
    )


def _variant(session_id: str, position: int) -> tables.Variant:
    conditions = tuple(Condition(ConditionKind.TEXT, f"text {i}", 0.1, "text") for i in range(10))
    recipe = Recipe(
        ModelRef("generator", "bench"), position, Placement.SQUARE, (1080, 1080), conditions, layout="hero"
    )
    return tables.Variant(
        session_id=session_id,
        position=position,
        seed=position,
        sha256=_sha(f"{session_id} {position}"),
        width=1080,
        height=1080,
        recipe=recipe.to_json(),
        recipe_sha256=recipe.sha256,
        rank=position + 1,
    )


def _score(final: float) -> AimScore:
    metric = MetricScore(0.3, 0.7, text="a hoodie")
    return AimScore("bench", metric, metric, metric, final)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
