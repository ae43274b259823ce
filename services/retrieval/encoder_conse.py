"""The lite retrieval encoder: pictures and words in the ConSE space. Implements `parts.Encoder`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.domain import ModelRef
from services.models.conse import ConseSpace, LabelScore
from services.models.lite import conse_space
from services.parts import Vectors

RELEVANCE_FLOOR = 0.46
"""Cosine of even odds between a right photo and the four best of a library that has none right,
both counted the same: 0.464 on the tuning queries, 0.477 on the check queries. On those it keeps 62 and
68 % of the right photos, and drops 62 and 55 % of the wrong: a cautious default, and the user moves it.
Other readings of "more likely wrong" give 0.29 (against any photo) to 0.59 (top ten of this set, where
few are right): `benchmarks/retrieval_encoder.py`. Not calibrated on drawn backdrops."""


class ConseEncoder:
    """`parts.Encoder` over the process's ConSE space. Building one loads nothing."""

    reads_english_only = True

    def __init__(self, space: ConseSpace | None = None) -> None:
        self._space = space or conse_space()

    @property
    def ref(self) -> ModelRef:
        return self._space.ref

    @property
    def dim(self) -> int:
        return self._space.dim

    @property
    def relevance_floor(self) -> float:
        return RELEVANCE_FLOOR

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, 384), norm below 1."""
        return self._space.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, 384), unit length."""
        return self._space.encode_texts(texts)

    def text_parts(self, text: str) -> list[str]:
        """`text` in pieces that are read whole, 256 word pieces each; one for a text that fits."""
        from services.aim.text_chunks import split_text
        from services.aim.topic_minilm import WORD_PIECES, word_piece_counter

        return split_text(text, word_piece_counter(), WORD_PIECES) or [text]

    def label_shares(self, pictures: Vectors, query: NDArray[np.float32]) -> list[list[tuple[str, float]]]:
        """Per stored picture vector its labels and what each adds to the cosine to the unit `query`."""
        return [[(s.name, s.score) for s in row] for row in self._space.label_shares(pictures, query)]

    def nearest_labels(self, vector: Vectors, k: int = 5) -> list[LabelScore]:
        """What a stored picture's vector says it shows: the k closest labels, by cosine."""
        return self._space.nearest_labels(vector, k)
