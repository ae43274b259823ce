"""CLIP (Radford et al., 2021) through transformers: pictures and words into one space.

Loaded with eager attention: the heatmaps need the attention weights, and over 50 patches and 77 tokens
the fused kernels gain nothing worth a second copy of the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.aim.text_chunks import chunked_embedding, split_text
from services.models.clip_input import as_array, pixel_values
from services.models.device import Placement
from services.models.pretrained import Opened, Pretrained
from services.parts import Vectors

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 16
"""Pictures or texts in one forward pass."""

MARKERS = 2
"""Tokens that mark the start and the end of a text."""


class Clip(Pretrained):
    """A CLIPModel and its processor."""

    part: ClassVar[str] = "clip"

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, dim) image embeddings at the model's own scale. Pictures of any mode and size."""
        rows = [self._images(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, self.dim), np.float32)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) text embeddings at the model's own scale; what exceeds the token limit is cut off."""
        rows = [self._texts(list(texts[start : start + BATCH])) for start in range(0, len(texts), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, self.dim), np.float32)

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """(dim,) unit vector of a text of any length: the mean of its chunks where it is long.

        Raises ValueError for empty text.
        """
        return chunked_embedding(self.chunks(text), self.encode_texts)

    def chunks(self, text: str) -> list[str]:
        """`text` in pieces that the model reads whole."""
        return split_text(text, self.count_tokens, self.token_limit)

    def count_tokens(self, text: str) -> int:
        with self.opened() as clip:
            return len(clip.processor.tokenizer(text, add_special_tokens=False)["input_ids"])

    @property
    def token_limit(self) -> int:
        """Tokens of text the model reads at once, markers not counted: 75 of 77."""
        with self.opened() as clip:
            return int(clip.network.config.text_config.max_position_embeddings) - MARKERS

    @property
    def dim(self) -> int:
        with self.opened() as clip:
            return int(clip.network.config.projection_dim)

    def _images(self, images: Sequence[Image.Image]) -> Vectors:
        import torch

        with self.opened() as clip, torch.inference_mode():
            return as_array(clip.network.get_image_features(pixel_values=pixels(clip, images)).pooler_output)

    def _texts(self, texts: list[str]) -> Vectors:
        import torch

        with self.opened() as clip, torch.inference_mode():
            limit = self.token_limit + MARKERS
            tokens = clip.processor.tokenizer(
                texts, padding=True, truncation=True, max_length=limit, return_tensors="pt"
            )
            return as_array(clip.network.get_text_features(**tokens.to(clip.placement.device)).pooler_output)

    def _read(self, folder: Path, placement: Placement) -> tuple[Any, Any]:
        from transformers import CLIPModel, CLIPProcessor

        network = CLIPModel.from_pretrained(
            folder, dtype=placement.torch_dtype, attn_implementation="eager", local_files_only=True
        )
        return network, CLIPProcessor.from_pretrained(folder, local_files_only=True)


def pixels(opened: Opened, images: Sequence[Image.Image]) -> Tensor:
    """(n, 3, h, w): the processor's view of each picture, where and as the model wants it."""
    return pixel_values(opened.processor.image_processor, images, opened.placement)
