"""The caption of aim.md: BLIP-2 says what a picture shows, without a prompt (Li et al., 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image

from services.domain import ModelRef
from services.models.blip2 import Blip2
from services.models.clip import pixels
from services.models.pretrained import Opened

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 8
"""Pictures decoded together: BLIP-2's language model reads its weights once per step for all of them."""

NEW_TOKENS = 30
"""A caption is a sentence; untold, the model may go on for ever."""


class Blip2Captioner:
    """Captioner by BLIP-2, greedy: the same picture gets the same caption."""

    def __init__(self, blip2: Blip2, batch: int = BATCH) -> None:
        self._blip2 = blip2
        self._batch = batch

    @property
    def ref(self) -> ModelRef:
        """The model; how it decodes is part of the revision, for it decides the words."""
        ref = self._blip2.ref
        return ModelRef("caption", ref.id, f"{ref.revision}, greedy {NEW_TOKENS}".lstrip(", "))

    def captions(self, images: Sequence[Image.Image]) -> list[str]:
        """One sentence for each image; "" if the model says nothing. Raises EngineUnavailable."""
        found: list[str] = []
        for start in range(0, len(images), self._batch):
            with self._blip2.opened() as opened:
                found += _captions(opened, images[start : start + self._batch])
        return found


def _captions(opened: Opened, images: Sequence[Image.Image]) -> list[str]:
    import torch

    ids = _start(opened, len(images))
    with torch.inference_mode():
        tokens = opened.network.generate(
            pixel_values=pixels(opened, images),
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=NEW_TOKENS,
            do_sample=False,
            num_beams=1,
        )
    if tokens.shape[1] >= ids.shape[1] and bool((tokens[:, : ids.shape[1]] == ids).all()):
        tokens = tokens[:, ids.shape[1] :]  # generate repeats what it was given to start from
    texts = opened.processor.tokenizer.batch_decode(tokens, skip_special_tokens=True)
    return [text.strip() for text in texts]


def _start(opened: Opened, count: int) -> Tensor:
    """(count, query tokens + 1): a place for each query token of the picture, then the start of text."""
    import torch

    config = opened.network.config
    row = [config.image_token_id] * config.num_query_tokens + [config.text_config.bos_token_id]
    return torch.tensor([row] * count, device=opened.placement.device)
