"""How much memory is left, where a model computes."""

from __future__ import annotations


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
