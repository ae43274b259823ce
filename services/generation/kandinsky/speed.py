"""How fast this machine drew so far: measured at each run, remembered per model and device.

A small JSON file in the studio's home. Times are per picture and per megapixel that is decoded, so that
they serve every placement. Loading weights is no part of them.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from services.choices import GenerationOptions
from services.errors import StorageError
from services.generation.kandinsky.machine import Machine
from services.settings import get_settings
from services.storage.files import write_whole

logger = logging.getLogger(__name__)

FILE = "kandinsky_speed.json"

MEGAPIXEL = 1_000_000

NEWEST = 0.5
"""Share of the newest run in what is remembered: it follows a changed machine, and forgets an odd run."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds of one picture: `step` of a decoder's step and `finish` of the rest (both per megapixel),
    `prior` of one of the prior's steps. Steps are counted without guidance: with it, each is two."""

    step: float
    finish: float
    prior: float


class Stopwatch:
    """Times one batch. `prior` and `decoder` are progress functions to be called through."""

    def __init__(self) -> None:
        self._prior: list[float] = []
        self._decoder: list[float] = []

    def prior(self, tell: Callable[[float], None]) -> Callable[[float], None]:
        def told(share: float) -> None:
            self._prior.append(time.perf_counter())
            tell(share)

        return told

    def decoder(self, tell: Callable[[int, int], None]) -> Callable[[int, int], None]:
        def told(step: int, total: int) -> None:
            self._decoder.append(time.perf_counter())
            tell(step, total)

        return told

    def speed(self, options: GenerationOptions, pixels: int, count: int) -> Speed | None:
        """Of the batch of `count` pictures that ends now; None where it was too short to tell."""
        end, size = time.perf_counter(), count * pixels / MEGAPIXEL
        if len(self._decoder) < 2:
            return None
        step = _each(self._decoder) / size / rows(options.guidance)
        prior = _each(self._prior) / count / rows(options.prior_guidance) if len(self._prior) > 1 else 0.0
        return Speed(step, (end - self._decoder[-1]) / size, prior)


def rows(guidance: float) -> int:
    """How often a network runs per step: guidance (above 1) compares with a pass without conditions."""
    return 2 if guidance > 1 else 1


def recall(name: str, machine: Machine) -> Speed | None:
    """What the family `name` took here, None before its first run."""
    found = _all().get(_key(name, machine))
    try:
        return Speed(**found) if isinstance(found, dict) else None
    except TypeError:
        return None


def remember(name: str, machine: Machine, speed: Speed) -> None:
    """Take a run into account. A disk that refuses costs an estimate, not the picture."""
    before = recall(name, machine)
    if before is not None:
        mixed = {
            key: NEWEST * value + (1 - NEWEST) * getattr(before, key) for key, value in asdict(speed).items()
        }
        speed = Speed(**mixed)
    known = _all() | {_key(name, machine): asdict(speed)}
    try:
        write_whole(_path(), json.dumps(known, indent=1, sort_keys=True).encode())
    except StorageError:
        logger.warning("the speed could not be written down", exc_info=True)


def _each(times: list[float]) -> float:
    return (times[-1] - times[0]) / (len(times) - 1)


def _all() -> dict[str, object]:
    try:
        found = json.loads(_path().read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _key(name: str, machine: Machine) -> str:
    return f"{name} on {machine.name} in {machine.dtype}"


def _path() -> Path:
    return get_settings().home / FILE
