"""BLIP-2 (Li et al., 2023) through transformers: what a picture shows, in words and in answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PIL import Image

from services.models.clip import pixels
from services.models.device import Placement
from services.models.pretrained import Opened, Pretrained

if TYPE_CHECKING:
    from torch import Tensor


class Blip2(Pretrained):
    """A Blip2ForConditionalGeneration with a decoder-only language model (OPT), and its processor."""

    part: ClassVar[str] = "caption"

    def _read(self, folder: Path, placement: Placement) -> tuple[Any, Any]:
        from transformers import Blip2ForConditionalGeneration, Blip2Processor

        network = Blip2ForConditionalGeneration.from_pretrained(
            folder, dtype=placement.torch_dtype, local_files_only=True
        )
        processor = Blip2Processor.from_pretrained(folder, local_files_only=True)
        if not network.config.use_decoder_only_language_model:
            raise ValueError("only BLIP-2 with a decoder-only language model (OPT) is supported")
        _know_the_image_token(network, processor)
        return network, processor


def picture_features(opened: Opened, images: Sequence[Image.Image]) -> Any:
    """What the vision side gives the language model for each picture: the costly half, done once.

    `pooler_output` is (n, query tokens, language width).
    """
    return opened.network.get_image_features(pixel_values=pixels(opened, images), return_dict=True)


def first_token_logits(opened: Opened, features: Any, rows: Sequence[int], prompts: Sequence[str]) -> Tensor:
    """(n, vocabulary) float32 logits of the token that follows prompts[i], about picture rows[i]."""
    seen = type(features)(pooler_output=features.pooler_output[list(rows)])
    ids, mask = _prompt_tokens(opened, prompts)
    output = opened.network(
        pixel_values=None,
        input_ids=ids,
        attention_mask=mask,
        mm_encoder_outputs={"image": seen},
        logits_to_keep=1,
    )
    logits: Tensor = output.logits[:, -1].float()
    return logits


def _prompt_tokens(opened: Opened, prompts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Image places first, then the text, padded on the left so that its end is the row's end."""
    import torch

    tokens = opened.processor.tokenizer(
        list(prompts), padding=True, padding_side="left", return_tensors="pt", return_token_type_ids=False
    )
    config = opened.network.config
    places = torch.full((len(prompts), config.num_query_tokens), config.image_token_id)
    ids = torch.cat([places, tokens["input_ids"]], dim=1)
    mask = torch.cat([torch.ones_like(places), tokens["attention_mask"]], dim=1)
    return ids.to(opened.placement.device), mask.to(opened.placement.device)


def _know_the_image_token(network: Any, processor: Any) -> None:
    """Folders saved before transformers 4.46 do not say which token stands for the picture."""
    if network.config.image_token_id is not None:
        return
    tokenizer = processor.tokenizer  # Blip2Processor has added "<image>" to it
    number = tokenizer.convert_tokens_to_ids("<image>")
    if number >= network.get_input_embeddings().num_embeddings:
        network.resize_token_embeddings(len(tokenizer), pad_to_multiple_of=64)
    network.config.image_token_id = number
