"""How many cores the models may use."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def cores(threads: int = 0) -> int:
    """`threads`, or the cores this process may run on when it is 0."""
    if threads > 0:
        return threads
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def limit_torch_threads(threads: int) -> None:
    """Tell torch how many threads one operation may use; 0 leaves its own choice (OMP_NUM_THREADS)."""
    if threads > 0:
        import torch

        torch.set_num_threads(threads)


def side_by_side(work: Callable[[T], R], tasks: Sequence[T], threads: int = 0) -> list[R]:
    """`work(task)` of each, in order: one after the other in each of `threads` (0: all) cores.

    That is a little quicker than every core at one task, and stays so where other work runs beside it: the
    threads of one operation wait for each other, tasks do not.
    """
    if len(tasks) < 2:
        return [work(task) for task in tasks]
    with ThreadPoolExecutor(cores(threads)) as pool:
        return list(pool.map(work, tasks))


class SparedCores:
    """While open, torch leaves cores to `busy` other threads of ours. Say `now()` before each use of a model.

    An operation's threads wait for each other by spinning: two of them beside two busy threads on two cores
    took three times as long as one (400 photos into a library: 31 s against 10 s).
    """

    def __init__(self, busy: int) -> None:
        self._wanted, self._before = max(1, cores() - busy), 0

    def __enter__(self) -> SparedCores:
        return self

    def now(self) -> None:
        """Only where somebody has imported torch: a model that has none of it is left alone."""
        torch = sys.modules.get("torch")
        if torch is None or self._before:
            return
        self._before = torch.get_num_threads()
        torch.set_num_threads(min(self._before, self._wanted))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before:
            sys.modules["torch"].set_num_threads(self._before)
