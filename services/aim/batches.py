"""One model over many inputs: in batches, with a failure kept to the inputs that cause it.

A failure is a `Message` in the place of the value, never a number. Cancelled always passes through.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from services.errors import Cancelled, EngineUnavailable, StudioError
from services.messages import N_, Message, message

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Value = TypeVar("Value", float, str)
Tick = Callable[[int], None]
"""Told how many more inputs are done; may raise Cancelled."""

BATCH = 16
"""Inputs per call: progress and cancellation come in between."""

_DETAIL_CHARS = 160
"""Of a library's error text: enough to search for, not a page of it."""


def measure(
    items: Sequence[Item], call: Callable[[Sequence[Item]], Sequence[Value]], tick: Tick, batch: int = BATCH
) -> list[Value | Message]:
    """The value of each item, or the reason why it has none; in order, as many as `items`.

    Out of memory halves the batch once. Any other error is tried again one item at a time, so that one
    bad input does not take its neighbours along. A model that is not available ends the pass at once.
    """
    outcomes: list[Value | Message] = []
    halved = False
    while len(outcomes) < len(items):
        now = items[len(outcomes) : len(outcomes) + batch]
        try:
            values: Sequence[Value | Message] = _counted(call(now), len(now))
        except Cancelled:
            raise
        except EngineUnavailable as error:
            return outcomes + [error.message] * (len(items) - len(outcomes))
        except Exception as error:
            logger.warning("a batch of %d failed", len(now), exc_info=error)
            if is_out_of_memory(error) and not halved and len(now) > 1:
                halved, batch = True, (len(now) + 1) // 2
                continue
            values = _one_by_one(now, call, error)
        outcomes += values
        tick(len(now))
    return outcomes


def reason_for(error: Exception) -> Message:
    """Why something is not scored, for people: our own sentence, or the library's error named."""
    if isinstance(error, StudioError):
        return error.message
    if is_out_of_memory(error):
        return message(
            N_("There was not enough memory, even for fewer pictures at once: close other programs.")
        )
    detail = " ".join(str(error).split())[:_DETAIL_CHARS]
    return message(
        N_("The model failed on this picture ({kind}: {detail})."), kind=type(error).__name__, detail=detail
    )


def is_out_of_memory(error: Exception) -> bool:
    """True for Python's MemoryError and for torch's errors on processor and accelerator."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)


def _one_by_one(
    items: Sequence[Item], call: Callable[[Sequence[Item]], Sequence[Value]], first: Exception
) -> list[Value | Message]:
    if len(items) == 1 or is_out_of_memory(first):
        return [reason_for(first)] * len(items)
    outcomes: list[Value | Message] = []
    for item in items:
        try:
            outcomes += _counted(call([item]), 1)
        except Cancelled:
            raise
        except Exception as error:
            logger.warning("one input failed", exc_info=error)
            outcomes.append(reason_for(error))
    return outcomes


def _counted(values: Sequence[Value], expected: int) -> Sequence[Value]:
    if len(values) != expected:
        raise ValueError(f"the model gave {len(values)} values for {expected} inputs")
    return values
