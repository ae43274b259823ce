"""What this process counts of itself: steps and their times, and how often a cache had the answer.

Counting takes a dictionary and a lock. A worker's heartbeat writes the snapshot into its row, so that one
exporter (`services.metrics`) tells of all workers, wherever they run.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from typing import Any

BUCKETS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Upper bounds in seconds: a layout takes one, a diffusion picture on a processor takes minutes."""

_lock = threading.Lock()
_caches: dict[str, list[int]] = {}
_steps: dict[str, dict[str, Any]] = {}


def cache(name: str, hit: bool) -> None:
    """One question to the cache `name`: was the answer there?"""
    with _lock:
        _caches.setdefault(name, [0, 0])[0 if hit else 1] += 1


def step(kind: str, outcome: str, seconds: float) -> None:
    """One attempt at a step: `outcome` is done, failed, stopped, released or lost; it took `seconds`."""
    with _lock:
        seen = _steps.setdefault(kind, {"outcomes": {}, "seconds": 0.0, "buckets": [0] * (len(BUCKETS) + 1)})
        seen["outcomes"][outcome] = seen["outcomes"].get(outcome, 0) + 1
        seen["seconds"] += seconds
        seen["buckets"][bisect_left(BUCKETS, seconds)] += 1


def snapshot() -> dict[str, Any]:
    """All counts since the process began, as JSON: {caches: {name: [hits, misses]}, steps: {kind: ...}}."""
    with _lock:
        return {
            "caches": {name: list(counts) for name, counts in _caches.items()},
            "steps": {
                kind: {
                    "outcomes": dict(seen["outcomes"]),
                    "seconds": round(seen["seconds"], 3),
                    "buckets": list(seen["buckets"]),
                }
                for kind, seen in _steps.items()
            },
        }


def reset() -> None:
    """Begin anew. For tests."""
    with _lock:
        _caches.clear()
        _steps.clear()
