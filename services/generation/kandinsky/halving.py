"""Out of memory: a smaller batch once, then a clear failure (fault 13 of the reliability notes)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from PIL import Image

from services.aim.batches import is_out_of_memory
from services.domain import Recipe
from services.errors import EngineUnavailable
from services.messages import N_
from services.parts import Progress

logger = logging.getLogger(__name__)

Draw = Callable[[Sequence[Recipe], Progress], list[Image.Image]]


def in_halves(
    batch: Sequence[Recipe], draw: Draw, tell: Progress, halved: Callable[[int], None]
) -> Iterator[Image.Image]:
    """The pictures of `batch`; where memory runs out, of its two halves, each as soon as it is done.

    `halved` is told the smaller size. Raises EngineUnavailable when that does not fit either; pictures
    that came before stay.
    """
    images = _attempt(batch, draw, tell, last=len(batch) == 1)
    if images is not None:
        yield from images
        return
    half = (len(batch) + 1) // 2
    logger.warning("out of memory with %d pictures at once: going on with %d", len(batch), half)
    halved(half)
    for start in range(0, len(batch), half):
        part = batch[start : start + half]
        yield from _attempt(part, draw, share_of(tell, start, len(part), len(batch)), last=True) or []


def share_of(tell: Progress, done: int, count: int, total: int) -> Progress:
    """Progress of `count` of `total` pictures, `done` of which are finished."""
    return lambda share: tell((done + count * share) / total)


def _attempt(batch: Sequence[Recipe], draw: Draw, tell: Progress, last: bool) -> list[Image.Image] | None:
    """The pictures; None out of memory, or the failure where it was the `last` attempt."""
    try:
        return draw(batch, tell)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        if last:
            raise EngineUnavailable(
                N_(
                    "There is not enough memory for a picture of this size, even with fewer at once. Close "
                    "other programs, set AIM_STUDIO_DIFFUSION_SIDE=512, or use the lite generator. Finished "
                    "variants stay."
                )
            ) from error
    _give_back()  # after the error is gone: its traceback holds the tensors
    return None


def _give_back() -> None:
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
