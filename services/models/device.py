"""Where the full engine's models run, and in which number format.

CUDA first, in bfloat16 where the card has it, else float16; then Apple's MPS in float16; else the
processor in float32. Each can be overridden by AIM_STUDIO_DEVICE and AIM_STUDIO_DTYPE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.errors import EngineUnavailable, InvalidInput
from services.messages import N_

if TYPE_CHECKING:
    import torch

AUTO = "auto"
DTYPES = ("float32", "float16", "bfloat16")


@dataclass(frozen=True, slots=True)
class Placement:
    """A torch device ("cpu", "cuda:0", "mps") and a dtype's name ("float32" ...)."""

    device: str
    dtype: str

    @property
    def torch_dtype(self) -> torch.dtype:
        import torch

        found: torch.dtype = getattr(torch, self.dtype)
        return found


def place(device: str = AUTO, dtype: str = AUTO) -> Placement:
    """The placement asked for, "auto" filled in from what this machine has. Imports torch.

    Raises InvalidInput for a device or dtype that does not exist, EngineUnavailable for a device that
    this machine lacks.
    """
    chosen = _best_device() if device == AUTO else _checked(device)
    if dtype != AUTO and dtype not in DTYPES:
        raise InvalidInput(
            N_("There is no number format {name!r}: choose one of {known}."),
            name=dtype,
            known=", ".join((AUTO, *DTYPES)),
        )
    return Placement(chosen, _best_dtype(chosen) if dtype == AUTO else dtype)


def give_back(placement: Placement) -> None:
    """Let other programs have the accelerator memory of models that nothing refers to any more."""
    if placement.device.startswith("cuda"):
        import torch

        torch.cuda.empty_cache()


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _best_dtype(device: str) -> str:
    import torch

    if device.startswith("cuda"):
        # Without emulation: cards before Ampere compute bfloat16 in software, slower than float32.
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    return "float16" if device == "mps" else "float32"


def _checked(device: str) -> str:
    import torch

    try:
        parsed = torch.device(device)
    except RuntimeError as error:
        raise InvalidInput(
            N_("There is no device {name!r}: choose auto, cpu, cuda, cuda:1 or mps."), name=device
        ) from error
    index = parsed.index or 0
    here = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and index < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not here.get(parsed.type, False):
        raise EngineUnavailable(
            N_("This machine has no device {name!r}. Set AIM_STUDIO_DEVICE=auto to use what there is."),
            name=device,
        )
    return f"cuda:{index}" if parsed.type == "cuda" else parsed.type
