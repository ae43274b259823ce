"""The lite CLIP score: cosine of picture and text in the ConSE space (Norouzi et al., 2014).

It stands in for CLIP through the same protocol. Its values are cosines too, but of another model: the
scorer's id tells them apart, and they are not compared with CLIP's.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.aim.text_chunks import (
    MARKERS,
    TokenCounter,
    chunked_embedding,
    long_text_notice,
    split_text,
    unit,
)
from services.domain import ModelRef
from services.messages import Message
from services.parts import Vectors


class ImageTextSpace(Protocol):
    """What is needed of ConSE: one space for pictures and words; vectors (n, dim)."""

    @property
    def ref(self) -> ModelRef: ...

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors: ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors: ...


class ConseClip:
    """ClipScorer over an ImageTextSpace whose text side reads `limit` tokens at once, markers left out."""

    def __init__(self, space: ImageTextSpace, count: TokenCounter, limit: int) -> None:
        self._space = space
        self._count = count
        self._limit = limit
        self._lock = Lock()
        self._text: tuple[str, NDArray[np.float32]] | None = None

    @property
    def ref(self) -> ModelRef:
        return ModelRef("clip", self._space.ref.id, self._space.ref.revision)

    def similarities(self, images: Sequence[Image.Image], text: str) -> list[float]:
        """cosine(image, text) of each image, -1..1, higher is better. The text is embedded once.

        Raises ValueError for empty text, or for a picture without a direction in the space.
        """
        if not images:
            return []
        vector = self._embedded(text)
        return [float(cosine) for cosine in unit(self._space.encode_images(images)) @ vector]

    def notices(self, text: str) -> tuple[Message, ...]:
        return long_text_notice(len(self._chunks(text)), self._limit + MARKERS)

    def _chunks(self, text: str) -> list[str]:
        return split_text(text, self._count, self._limit)

    def _embedded(self, text: str) -> NDArray[np.float32]:
        with self._lock:
            if self._text is None or self._text[0] != text:
                self._text = (text, chunked_embedding(self._chunks(text), self._space.encode_texts))
            return self._text[1]
