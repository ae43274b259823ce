"""Recipes -> image embeddings for the decoder: what a variant shall show, as one point in CLIP's space.

The embedding of a recipe is the weighted sum of the prior's output for each text, the image encoder's
output for each product photo, and each reference's stored vector at the encoder's own scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain import Condition, Recipe
from services.messages import Message
from services.parts import ImageSource, Progress

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Embeddings:
    """One row per recipe, in its order: (n, dim), on the decoder's device and in its dtype."""

    positive: Tensor
    negative: Tensor


def embed(
    name: str, recipes: Sequence[Recipe], source: ImageSource, progress: Progress | None = None
) -> Embeddings:
    """The embeddings of `recipes`, made for the decoder of the family `name`.

    A recipe's row depends on its own seed, conditions and settings alone, not on who shares the call.
    `progress` is called after each step of the prior with the share done, and may raise Cancelled.
    Raises InvalidInput for weights that are negative or all 0, EngineUnavailable without weights.
    """
    raise NotImplementedError


def cut_texts(name: str, conditions: Sequence[Condition]) -> tuple[Message, ...]:
    """What to tell the reader about texts that are longer than the prior reads; () when none is."""
    raise NotImplementedError
