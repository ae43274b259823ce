"""The CLIP score of aim.md: cosine(image, text) of CLIP ViT-B/32, through transformers."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.aim.text_chunks import MARKERS, long_text_notice, unit
from services.domain import ModelRef
from services.messages import Message
from services.models.clip import Clip


class ClipTransformers:
    """ClipScorer by a CLIPModel. Text beyond its 77 tokens is read in chunks, and the notice says so."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._lock = Lock()
        self._text: tuple[str, NDArray[np.float32]] | None = None

    @property
    def ref(self) -> ModelRef:
        ref = self._clip.ref
        return ModelRef("clip", ref.id, ref.revision)

    def similarities(self, images: Sequence[Image.Image], text: str) -> list[float]:
        """cosine(image, text) of each image, -1..1, higher is better. The text is embedded once.

        Raises ValueError for empty text, EngineUnavailable without weights.
        """
        if not images:
            return []
        vector = self._embedded(text)
        return [float(cosine) for cosine in unit(self._clip.encode_images(images)) @ vector]

    def notices(self, text: str) -> tuple[Message, ...]:
        return long_text_notice(len(self._clip.chunks(text)), self._clip.token_limit + MARKERS)

    def _embedded(self, text: str) -> NDArray[np.float32]:
        with self._lock:
            if self._text is None or self._text[0] != text:
                self._text = (text, self._clip.embed_text(text))
            return self._text[1]
