"""What an engine is made of. Lite, full and test parts all satisfy these protocols.

A part is built without loading weights and loads them at first use, once, under a lock. `ref` names
the part and the model for every result it makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.domain import Brief, Condition, ModelRef, Plan, Recipe
from services.messages import Message

Vectors = NDArray[np.float32]
"""Shape (n, dim), float32, at the encoder's own scale (not unit length unless it says so)."""

ImageSource = Callable[[str], Image.Image]
"""SHA-256 -> decoded picture (RGB, or RGBA where it has transparency). Raises NotFound."""

Progress = Callable[[float], None]
"""Called with the share done, 0..1. May raise Cancelled: let it pass."""


class Planner(Protocol):
    @property
    def ref(self) -> ModelRef: ...

    def plan(self, brief: Brief, progress: Progress | None = None) -> Plan:
        """Sub-queries, keywords and summary of `brief.product_text`. Raises InvalidInput on empty text.

        A planner that waits for a service calls `progress` while it does.
        """
        ...


class Encoder(Protocol):
    """Pictures and words into one space, where cosine means relevance."""

    @property
    def ref(self) -> ModelRef: ...

    @property
    def dim(self) -> int: ...

    @property
    def relevance_floor(self) -> float:
        """Cosine below which a match to a text is more likely wrong than right in this space."""
        ...

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors: ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors: ...


class Generator(Protocol):
    @property
    def ref(self) -> ModelRef: ...

    def recipes(self, brief: Brief, conditions: Sequence[Condition]) -> list[Recipe]:
        """`brief.variants` recipes, one per variant, each with a seed of its own, none alike."""
        ...

    def more_like(self, recipe: Recipe, count: int, seed: int) -> list[Recipe]:
        """`count` recipes close to `recipe`, all unlike it, with seeds from `seed` on."""
        ...

    def generate(self, recipe: Recipe, source: ImageSource, progress: Progress | None = None) -> Image.Image:
        """The picture of `recipe`, RGB, of `recipe.size`. Deterministic."""
        ...


@runtime_checkable
class BatchGenerator(Generator, Protocol):
    """A generator that makes several pictures in one go for less than one after the other."""

    def batch_size(self, recipe: Recipe) -> int:
        """How many pictures such as `recipe` fit at once, 1 at least."""
        ...

    def generate_many(
        self, recipes: Sequence[Recipe], source: ImageSource, progress: Progress | None = None
    ) -> Iterator[Image.Image]:
        """The pictures of `recipes` in their order, each as soon as it is there. As `generate`."""
        ...


class ClipScorer(Protocol):
    @property
    def ref(self) -> ModelRef: ...

    def similarities(self, images: Sequence[Image.Image], text: str) -> list[float]:
        """cosine(image, text) of each image, -1..1, higher is better."""
        ...

    def notices(self, text: str) -> tuple[Message, ...]:
        """What the reader should know about how `text` was read, such as in chunks; () when whole."""
        ...


class Captioner(Protocol):
    @property
    def ref(self) -> ModelRef: ...

    def captions(self, images: Sequence[Image.Image]) -> list[str]: ...


class TopicSimilarity(Protocol):
    @property
    def ref(self) -> ModelRef: ...

    def similarities(self, captions: Sequence[str], topic: str) -> list[float]:
        """cosine(sentence embedding of each caption, of the topic), -1..1, higher is better."""
        ...

    def notices(self, topic: str) -> tuple[Message, ...]:
        """What the reader should know about how `topic` was read; () when whole."""
        ...


class PerceptualDistance(Protocol):
    @property
    def ref(self) -> ModelRef: ...

    def distances(self, images: Sequence[Image.Image], reference: Image.Image) -> list[float]:
        """LPIPS of each image to the reference, >= 0, lower is more alike."""
        ...
