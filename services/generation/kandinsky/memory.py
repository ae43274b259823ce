"""Fitting the machine: where the decoder's weights wait, and how many pictures go at once.

On an accelerator with room for everything nothing moves. With less, whole networks take turns on it
(model offload); where even the UNet does not fit, its layers do (sequential offload, many times slower).
The settings can decide instead. On a processor pictures are made one by one: a batch is no quicker
there, and one picture alone is the same bits every time.
"""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from services.choices import GenerationMode
from services.models.memory import free_bytes
from services.settings import get_settings

if TYPE_CHECKING:
    from services.models.diffusion import Components
    from services.models.kandinsky import Family

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 8
"""Beyond this a GPU is busy already, and a cancelled batch loses more."""

UNET_BYTES_PER_PIXEL = 500
"""Working memory of one picture in the UNet, guidance included, per decoded pixel and in half precision.
Measured at true size in float32 on a processor: 0.49 GB at 768 x 768, 410 bytes by half; a reserve on top."""

MOVQ_BYTES_PER_PIXEL = 2_900
"""Of the one picture that MoVQ decodes at a time. Measured likewise: 3.2 GB, 2700 bytes by half."""

_LEFT_FREE = 0.9
"""Of free memory that is planned with: the rest goes to fragments and to the screen."""

_LARGEST = "unet"


class Offload(StrEnum):
    """Where weights wait while they are not used."""

    NONE = "none"  # on the accelerator, or there is none
    MODEL = "model"  # in main memory, network by network
    SEQUENTIAL = "sequential"  # in main memory, layer by layer


def working_bytes(pixels: int, count: int, half: bool) -> int:
    """What `count` pictures of `pixels` each need beside the weights."""
    unet, movq = UNET_BYTES_PER_PIXEL * pixels * count, MOVQ_BYTES_PER_PIXEL * pixels
    return (unet + movq) * (1 if half else 2)


def batch_size(pixels: int, parts: Components) -> int:
    """How many pictures of `pixels` each to make at once on the device of `parts`, 1 at least."""
    asked = get_settings().diffusion_batch
    if asked:
        return asked
    if parts.placement.device == "cpu":
        return 1
    for name in parts.classes:
        parts.get(name)  # what they take is no longer free
    half = parts.placement.dtype != "float32"
    waiting = largest_bytes(parts) if offload_of(parts) is Offload.MODEL else 0
    room = free_bytes(parts.placement.device) * _LEFT_FREE - waiting
    one = working_bytes(pixels, 1, half)
    each = working_bytes(pixels, 2, half) - one
    return min(max(1 + int((room - one) // each), 1), MOST_AT_ONCE)


def offload_of(parts: Components) -> Offload:
    """Where the weights of `parts` wait: as the settings say, else as memory allows."""
    if not parts.placement.device.startswith(("cuda", "mps")):
        return Offload.NONE
    asked = get_settings().offload
    if asked != "auto":
        return Offload(asked)
    if not parts.short:
        return Offload.NONE
    room = free_bytes(parts.placement.device) * _LEFT_FREE
    return Offload.MODEL if largest_bytes(parts) < room else Offload.SEQUENTIAL


def largest_bytes(parts: Components) -> int:
    """Of the largest network, in the number format it is used in."""
    return sum(value.numel() * value.element_size() for value in parts.get(_LARGEST).parameters())


def place_weights(pipeline: Any, parts: Components) -> Offload:
    """Put the weights where they are to wait, and set what saves memory or time. Undo with `taken_back`."""
    offload, device, settings = offload_of(parts), parts.placement.device, get_settings()
    if offload is Offload.MODEL:
        pipeline.enable_model_cpu_offload(device=device)
    elif offload is Offload.SEQUENTIAL:
        pipeline.enable_sequential_cpu_offload(device=device)
    else:
        pipeline.to(device)
    sliced = settings.attention_slicing
    if sliced == "on" or (sliced == "auto" and (offload is Offload.SEQUENTIAL or device == "mps")):
        pipeline.enable_attention_slicing()
    if settings.compile and offload is not Offload.SEQUENTIAL:
        _compile(parts.get(_LARGEST))
    return offload


def taken_back(pipeline: Any, offload: Offload) -> bool:
    """After a run, and after one that was broken off: nothing offloaded stays on the accelerator.

    False where that failed and the weights have to be loaded anew. Raises nothing: what broke the run
    off is what is to be told.
    """
    if offload is Offload.NONE:
        return True
    try:
        pipeline.remove_all_hooks()
        pipeline.to("cpu", silence_dtype_warnings=True)
    except Exception:
        logger.warning("offloaded weights could not be taken back: loading them anew", exc_info=True)
        return False
    return True


def make_room(made: Family, mode: GenerationMode, pixels: int) -> None:
    """Let go of the prior where the decoder would not fit beside it; it loads again for the next batch."""
    decoder = made.inpainter() if mode is GenerationMode.KEEP else made.decoder()
    with decoder.opened() as parts:
        placement = parts.placement
        if not placement.device.startswith("cuda") or parts.short:
            return
        for name in parts.classes:
            parts.get(name)
        needed = working_bytes(pixels, 1, placement.dtype != "float32")
        if free_bytes(placement.device) * _LEFT_FREE < needed:
            logger.info("memory is short: the prior gives way to the decoder")
            made.prior().free()


def _compile(network: Any) -> None:
    """torch.compile in place, once a process; it happens at the first step."""
    if getattr(network, "_compiled_call_impl", None) is None:
        logger.info("compiling %s: the first picture takes minutes longer", type(network).__name__)
        network.compile()
