"""How many cores the models may use."""

from __future__ import annotations

import os


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
