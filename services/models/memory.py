"""How much memory is left, where a model computes, and what the process keeps of it between two passes."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

KEPT_BYTES = 256 * 2**20
"""Of freed memory. Less is given back between two passes of the small networks: 128 MB changed nothing."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of mallopt(3)
_LARGEST_MMAP_THRESHOLD = 32 * 2**20


@cache
def keep_freed_memory() -> None:
    """Have glibc keep what is freed, up to `KEPT_BYTES`, for the next pass of a model on the processor.

    By itself it returns each layer's result to the system, which hands out the next one page by page, zeroed:
    a quarter of the lite classifier's time. Elsewhere (macOS, Windows, musl) nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(_ARENA_MAX, 1)  # what a thread has of its own is given back in any case


def free_bytes(device: str = "cpu") -> int:
    """Bytes that can be had on `device` ("cpu", "cuda:0", "mps") without pushing anything out.

    What torch keeps for itself on an accelerator counts as free: it gives it out again.
    """
    if device.startswith("cuda"):
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    import psutil

    return int(psutil.virtual_memory().available)  # Apple's accelerator shares the processor's
