"""Clustered unit vectors, and what a process takes: for benchmarks of indexes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

SPREAD = 1.0
"""Length of the noise around a kind's centre of length 1: cosine 0.71 to the centre, 0.5 within a kind."""


def in_process(work: Any, home: Path) -> dict[str, Any]:
    """Run `work` in a child, so that each size is measured in memory of its own."""
    sys.stdout.flush()
    if (child := os.fork()) == 0:
        try:
            (home / "built.json").write_text(json.dumps(work()))
            status = 0
        except BaseException:  # noqa: BLE001 - the child must not run on as if it were the parent
            import traceback

            traceback.print_exc()
            status = 1
        os._exit(status)
    if os.waitpid(child, 0)[1]:
        raise SystemExit("the index was not built")
    built: dict[str, Any] = json.loads((home / "built.json").read_text())
    return built


def around(centres: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    return unit_rows(centres[rng.choice(len(centres), count)] + noise(count, centres.shape[1], rng))


def noise(count: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    drawn: np.ndarray = rng.standard_normal((count, dim), dtype=np.float32) * np.float32(SPREAD / dim**0.5)
    return drawn


def unit_rows(rows: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled.astype(np.float32)


def middle_and_slow(seconds: list[float]) -> tuple[float, float]:
    return float(np.percentile(seconds, 50)) * 1e3, float(np.percentile(seconds, 95)) * 1e3


def memory() -> tuple[float, float]:
    """MB of this process: (its own, mapped from files)."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return tuple(int(lines[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))  # type: ignore[return-value]


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024
