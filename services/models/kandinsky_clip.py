"""The CLIP (Radford et al., 2021) inside a Kandinsky prior: pictures and words into the decoder's space.

The functions work on opened components and give tensors, for conditioning; `KandinskyClip` gives arrays,
for retrieval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from services.aim.text_chunks import MARKERS, chunked_embedding, split_text
from services.models.clip_input import as_array, pixel_values
from services.models.diffusion import Components, DiffusionModel
from services.parts import Vectors

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 16
"""Pictures or texts in one forward pass."""


@dataclass(frozen=True)
class TextStates:
    """What the prior reads of n texts: (n, dim), (n, tokens, width) and (n, tokens)."""

    embeddings: Tensor
    hidden: Tensor
    mask: Tensor


class KandinskyClip:
    """Text and image encoder of a prior's pipeline. Vectors are at the model's own scale."""

    def __init__(self, model: DiffusionModel, dim: int) -> None:
        """`dim` is assumed where there is no local copy that says it."""
        self._model = model
        self._dim = dim

    @property
    def dim(self) -> int:
        """Width of the vectors. Loads nothing."""
        return int(self._model.config("image_encoder").get("projection_dim", self._dim))

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, dim). Pictures of any mode and size; what is transparent is seen on white."""
        if not images:
            return np.zeros((0, self.dim), np.float32)
        with self._model.opened() as parts:
            return as_array(image_embeddings(parts, images))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim). A text beyond the token limit is the mean of its parts, at unit length."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        with self._model.opened() as parts:
            rows = [_pieces(parts, text) for text in texts]
            vectors = as_array(text_states(parts, [chunk for row in rows for chunk in row]).embeddings)
        pieces = np.split(vectors, np.cumsum([len(row) for row in rows])[:-1])
        return np.stack([_joined(row, piece) for row, piece in zip(rows, pieces, strict=True)])

    def text_parts(self, text: str) -> list[str]:
        """`text` in the pieces in which it is read; one for a text that fits."""
        with self._model.opened() as parts:
            return _pieces(parts, text)


def _pieces(parts: Components, text: str) -> list[str]:
    limit = token_limit(parts) - MARKERS
    return split_text(text, lambda piece: count_tokens(parts, piece), limit) or [text]


def _joined(row: Sequence[str], vectors: Vectors) -> Vectors:
    """(dim,) of one text from the vectors of its parts."""
    whole: Vectors = vectors[0]
    return whole if len(row) == 1 else chunked_embedding(row, lambda _: vectors)


def image_embeddings(parts: Components, images: Sequence[Image.Image]) -> Tensor:
    """(n, dim) image embeddings of at least one picture, on the device."""
    import torch

    with torch.no_grad(), parts.on_device("image_encoder") as network:
        processor = parts.get("image_processor")
        batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        return torch.cat(
            [network(pixel_values(processor, batch, parts.placement)).image_embeds for batch in batches]
        )


def blank_embedding(parts: Components) -> Tensor:
    """(1, dim) of a picture whose pixels are all 0 after the processor: diffusers' empty negative."""
    import torch

    with torch.no_grad(), parts.on_device("image_encoder") as network:
        side = network.config.image_size
        blank = torch.zeros(1, 3, side, side, device=parts.placement.device, dtype=network.dtype)
        found: Tensor = network(blank).image_embeds
        return found


def text_states(parts: Components, texts: Sequence[str]) -> TextStates:
    """What the text encoder says of at least one text; beyond the token limit it is cut off."""
    import torch

    device = parts.placement.device
    tokens = parts.get("tokenizer")(
        list(texts),
        padding="max_length",
        max_length=token_limit(parts),
        truncation=True,
        return_tensors="pt",
    )
    with torch.no_grad(), parts.on_device("text_encoder") as network:
        pieces = [network(ids.to(device)) for ids in tokens.input_ids.split(BATCH)]
        return TextStates(
            torch.cat([piece.text_embeds for piece in pieces]),
            torch.cat([piece.last_hidden_state for piece in pieces]),
            tokens.attention_mask.bool().to(device),
        )


def token_limit(parts: Components) -> int:
    """Tokens that the text encoder reads at once, markers counted: 77."""
    return int(parts.get("tokenizer").model_max_length)


def count_tokens(parts: Components, text: str) -> int:
    """Tokens of `text` without its markers."""
    return len(parts.get("tokenizer")(text, add_special_tokens=False, verbose=False)["input_ids"])
