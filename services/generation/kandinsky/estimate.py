"""How long a brief's pictures will take here and how much memory, told before anything starts.

From this machine's own runs where there were any; else from the models' arithmetic (multiply-adds counted
on the published shapes) over what such a machine does at least. Imports no torch: pages ask it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from services.choices import EngineChoice, GenerationOptions
from services.domain import Brief
from services.generation.kandinsky.machine import Machine, machine
from services.generation.kandinsky.memory import MOST_AT_ONCE, working_bytes
from services.generation.kandinsky.recipes import steps_of
from services.generation.kandinsky.sizes import decode_size
from services.generation.kandinsky.speed import MEGAPIXEL, Speed, recall, rows
from services.models.threads import cores
from services.settings import get_settings

LONG_SECONDS = 10 * 60
"""A variant that takes longer than this is told of first, and lite is offered beside it."""

VERY_LONG_SECONDS = 3600

UNET_OPERATIONS = 2.0e12 / (768 * 768 / MEGAPIXEL)
"""Per megapixel and forward pass: 2.0e12 at 768 x 768, counted with torch's FlopCounterMode on the
published UNet (1.25e9 weights)."""

MOVQ_OPERATIONS = 4.9e12 / (768 * 768 / MEGAPIXEL)
"""Per megapixel to decode, counted likewise."""

PRIOR_OPERATIONS = 1.7e11
"""Per forward pass of one text: 81 tokens through 1.0e9 weights, two operations each."""

LOADING_SECONDS = 40.0
"""Reading some 15 GB of weights once; paid by the first picture alone."""

OPERATIONS_PER_CORE = 4.0e10
"""Of a processor's core in float32. One core did 5.3e10 (MoVQ) to 8.6e10 (the UNet, guided) at true size."""

OPERATIONS = {"cuda": 1.5e13, "mps": 3.0e12}
"""Of an accelerator in half precision: a slower card of recent years, an Apple M1."""

WEIGHTS = {
    "kandinsky21": {"prior": 1.5e9, "decoder": 1.86e9, "largest": 1.23e9},
    "kandinsky22": {"prior": 3.56e9, "decoder": 1.32e9, "largest": 1.84e9},
}
"""Numbers in the published models: prior with both encoders, decoder with MoVQ (and 2.1's text encoder),
and the largest network of them, which alone has to fit where they take turns."""


class Basis(StrEnum):
    """What an estimate rests on."""

    MEASURED = "measured"  # this machine's own runs
    COUNTED = "counted"  # the models' arithmetic, and a cautious figure for such a machine


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of a whole run. `seconds` are for all variants, `first` of them loading; `memory_bytes` is the most
    at a time on `device` (a `kind` of machine.py), which has `device_bytes`. `fits` is False where weights
    have to take turns on an accelerator, and where a processor's memory will not do."""

    seconds: float
    per_variant: float
    loading: float
    memory_bytes: int
    kind: str
    device: str
    device_bytes: int
    basis: Basis

    @property
    def fits(self) -> bool:
        return self.memory_bytes <= self.device_bytes

    @property
    def long(self) -> bool:
        return self.per_variant > LONG_SECONDS

    @property
    def very_long(self) -> bool:
        return self.per_variant > VERY_LONG_SECONDS


def estimate(choice: EngineChoice, brief: Brief) -> Estimate | None:
    """For `brief.variants` pictures by the generator of `choice`; None for one that needs no estimate."""
    if choice.generator not in WEIGHTS:
        return None
    here = machine()
    name, options = choice.generator, brief.options
    width, height = decode_size(brief.placement.pixels, get_settings().diffusion_side)
    speed = recall(name, here)
    used = speed or _counted(here)
    each = _seconds(used, options, width * height / MEGAPIXEL)
    memory = _memory(name, here, width * height, brief.variants)
    return Estimate(
        seconds=LOADING_SECONDS + each * brief.variants,
        per_variant=each,
        loading=LOADING_SECONDS,
        memory_bytes=memory,
        kind=here.kind,
        device=here.name,
        device_bytes=here.memory,
        basis=Basis.MEASURED if speed else Basis.COUNTED,
    )


def _seconds(speed: Speed, options: GenerationOptions, megapixels: float) -> float:
    """One picture: the prior's steps, the decoder's, and MoVQ."""
    passes = speed.step * steps_of(options) * rows(options.guidance) + speed.finish
    return speed.prior * options.prior_steps * rows(options.prior_guidance) + megapixels * passes


def _counted(here: Machine) -> Speed:
    """From the arithmetic. A prior's step reads about five texts."""
    rate = OPERATIONS.get(here.kind) or OPERATIONS_PER_CORE * cores(get_settings().threads)
    rate = rate if here.half or here.kind == "cpu" else rate / 2
    return Speed(UNET_OPERATIONS / rate, MOVQ_OPERATIONS / rate, PRIOR_OPERATIONS * 5 / rate)


def _memory(name: str, here: Machine, pixels: int, variants: int) -> int:
    """All weights and what works beside them, at the batch that would be made; on a processor, one."""
    weights, bytes_each = WEIGHTS[name], 2 if here.half else 4
    count = 1 if here.kind == "cpu" else min(variants, MOST_AT_ONCE)
    whole = math.ceil((weights["prior"] + weights["decoder"]) * bytes_each)
    return whole + working_bytes(pixels, count, here.half)
