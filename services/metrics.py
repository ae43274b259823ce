"""Metrics of queue, steps and caches, in Prometheus' own words.

Everything is read from the database when it is asked for: one exporter tells of all studios and workers on
it, and nothing has to be kept. Workers write what they count (`services.counters`) with their heartbeats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from db.repositories import queue_figures
from db.repositories.queue_figures import WorkerRow
from services.counters import BUCKETS
from services.database import read_session

SILENCE_SECONDS = 60.0
"""A worker that was not heard of for so long is gone; its lease has run out long before."""

PREFIX = "aim_studio_"


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue at a moment. `waiting` and `running` count steps by kind; `runs` by (kind, state)."""

    waiting: Mapping[str, int]
    running: Mapping[str, int]
    runs: Mapping[tuple[str, str], int]
    oldest_seconds: float
    rows: tuple[WorkerRow, ...]

    @property
    def workers(self) -> int:
        return len(self.rows)

    @property
    def idle_workers(self) -> int:
        return sum(row.state == "ready" for row in self.rows)


def read_queue() -> Queue:
    """Four small queries. Raises StorageError."""
    with read_session() as session:
        steps = queue_figures.steps_by_state(session)
        since, now = queue_figures.oldest_waiting(session)
        return Queue(
            {kind: count for (kind, state), count in steps.items() if state == "queued"},
            {kind: count for (kind, state), count in steps.items() if state == "running"},
            queue_figures.runs_by_state(session),
            max(0.0, (now - since).total_seconds()) if since is not None else 0.0,
            tuple(queue_figures.living_workers(session, SILENCE_SECONDS)),
        )


def exposition() -> bytes:
    """All metrics in Prometheus' text format. Raises StorageError."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    class Studio(Collector):
        def collect(self) -> Iterator[Any]:
            yield from _families(read_queue())

    registry = CollectorRegistry()
    registry.register(Studio())
    return generate_latest(registry)


def _families(queue: Queue) -> Iterator[Any]:
    from prometheus_client.core import GaugeMetricFamily

    runs = GaugeMetricFamily(PREFIX + "runs", "Unfinished runs", labels=["kind", "state"])
    for (kind, state), count in sorted(queue.runs.items()):
        runs.add_metric([kind, state], count)
    yield runs
    steps = GaugeMetricFamily(PREFIX + "steps", "Steps of unfinished runs", labels=["kind", "state"])
    for state, found in (("queued", queue.waiting), ("running", queue.running)):
        for kind, count in sorted(found.items()):
            steps.add_metric([kind, state], count)
    yield steps
    yield GaugeMetricFamily(
        PREFIX + "oldest_waiting_seconds",
        "How long the run has waited that waits for longest",
        value=queue.oldest_seconds,
    )
    workers = GaugeMetricFamily(PREFIX + "workers", "Living workers", labels=["host", "state"])
    for (host, state), count in sorted(_tally(queue.rows).items()):
        workers.add_metric([host, state], count)
    yield workers
    yield from _counted(queue.rows)


def _counted(rows: tuple[WorkerRow, ...]) -> Iterator[Any]:
    """What workers count of themselves; a worker that starts anew counts from zero, as Prometheus expects."""
    from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

    took = HistogramMetricFamily(
        PREFIX + "step_seconds", "Time of one attempt at a step", labels=["kind", "worker"]
    )
    ended = CounterMetricFamily(
        PREFIX + "step_attempts", "Attempts at steps by how they ended", labels=["kind", "outcome", "worker"]
    )
    asked = CounterMetricFamily(
        PREFIX + "cache_requests", "Questions to a cache", labels=["cache", "result", "worker"]
    )
    for row in rows:
        for kind, seen in sorted(row.counters.get("steps", {}).items()):
            took.add_metric([kind, row.slot], _cumulative(seen["buckets"]), seen["seconds"])
            for outcome, count in sorted(seen["outcomes"].items()):
                ended.add_metric([kind, outcome, row.slot], count)
        for name, (hits, misses) in sorted(row.counters.get("caches", {}).items()):
            asked.add_metric([name, "hit", row.slot], hits)
            asked.add_metric([name, "miss", row.slot], misses)
    yield from (took, ended, asked)


def _cumulative(counts: list[int]) -> list[tuple[str, float]]:
    """Prometheus' buckets hold everything up to their bound."""
    bounds = [str(bound) for bound in BUCKETS] + ["+Inf"]
    total, found = 0, []
    for bound, count in zip(bounds, counts, strict=True):
        total += count
        found.append((bound, float(total)))
    return found


def _tally(rows: tuple[WorkerRow, ...]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        found[(row.host, row.state)] = found.get((row.host, row.state), 0) + 1
    return found
