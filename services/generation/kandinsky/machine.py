"""What pictures would be made on here, found out without torch: a page cannot wait seconds for it.

The worker, which has torch, writes down what it computes on; before it has, `nvidia-smi` is asked once.
"""

from __future__ import annotations

import json
import logging
import platform
import subprocess
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from services.models.threads import cores
from services.settings import Settings, get_settings
from services.storage.files import write_whole

if TYPE_CHECKING:
    from services.models.device import Placement

logger = logging.getLogger(__name__)

FILE = "machine.json"

ASK_SECONDS = 3.0
"""nvidia-smi answers in a tenth of that; a driver that hangs must not hold a page."""

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the models compute: `kind` is "cuda", "mps" or "cpu"; `memory` its bytes in all; `name` for
    people; `dtype` the number format; `asked` the settings that this follows from."""

    kind: str
    name: str
    memory: int
    dtype: str
    asked: str = ""

    @property
    def half(self) -> bool:
        return self.dtype != "float32"


def machine() -> Machine:
    """This machine as the settings use it. Quick; imports no torch."""
    settings = get_settings()
    return _written(settings) or _guessed(settings.device, settings.dtype)


def write_down(placement: Placement) -> Machine:
    """Note for pages what the worker computes on. Imports torch."""
    import torch

    settings, kind = get_settings(), placement.device.partition(":")[0]
    if kind == "cuda":
        facts = torch.cuda.get_device_properties(placement.device)
        found = Machine(kind, facts.name, facts.total_memory, placement.dtype, _asked(settings))
    else:
        found = Machine(kind, _processor(), _main_memory(), placement.dtype, _asked(settings))
    if found != _written(settings):
        write_whole(_path(settings), json.dumps(asdict(found)).encode())
    return found


def _written(settings: Settings) -> Machine | None:
    try:
        found = Machine(**json.loads(_path(settings).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.asked == _asked(settings) else None


def _path(settings: Settings) -> Path:
    return settings.home / FILE


def _asked(settings: Settings) -> str:
    return f"{settings.device} {settings.dtype}"


@lru_cache(maxsize=8)
def _guessed(device: str, dtype: str) -> Machine:
    """From what the machine says of itself. Once a process and setting."""
    gpu = _nvidia() if device == "auto" or device.startswith("cuda") else None
    if gpu is not None:
        name, memory = gpu
        return Machine("cuda", name, memory, "float16" if dtype == "auto" else dtype)
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    if device == "mps" or (device == "auto" and apple):
        return Machine("mps", "Apple", _main_memory(), "float16" if dtype == "auto" else dtype)
    return Machine("cpu", _processor(), _main_memory(), "float32" if dtype == "auto" else dtype)


def _nvidia() -> tuple[str, int] | None:
    """(name, bytes) of the first card, None without one."""
    question = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, timeout=ASK_SECONDS, check=True)
        name, _, mebibytes = answer.stdout.splitlines()[0].rpartition(",")
        return name.strip(), int(mebibytes) * _MIB
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        return None


def _main_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().total)


def _processor() -> str:
    return f"{platform.processor() or platform.machine()}, {cores(get_settings().threads)} cores"
