"""Kandinsky priors of any size with random weights, as diffusers' classes: for timing, not for pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Size:
    """Widths and depths of a prior and its CLIP. `dim` is the width of CLIP's common space."""

    dim: int
    prior: tuple[int, int, int]
    """Heads, their width, layers."""
    text: tuple[int, int, int]
    """Hidden width is `dim`. Intermediate width, layers, heads."""
    image: tuple[int, int, int, int, int]
    """Hidden width, intermediate width, layers, heads, patch."""
    image_act: str = "gelu"


MIDDLE = Size(512, (8, 64, 8), (2048, 6, 8), (512, 2048, 6, 8, 32))

KANDINSKY_22 = Size(1280, (32, 64, 20), (5120, 32, 20), (1664, 8192, 48, 16, 14))
"""As published: PriorTransformer of 1 B parameters beside CLIP ViT-bigG/14."""


def save_prior(folder: Path, size: Size, text: str) -> Path:
    """The pipeline folder of KandinskyV22PriorPipeline with components of `size`."""
    import torch
    from diffusers import KandinskyV22PriorPipeline

    torch.manual_seed(0)
    parts = prior_parts(size, text)
    KandinskyV22PriorPipeline(**parts).save_pretrained(folder)
    return folder


def prior_parts(size: Size, text: str) -> dict[str, Any]:
    """The components by their names; the tokenizer has a token for each word of `text`."""
    from diffusers import PriorTransformer, UnCLIPScheduler
    from transformers import (
        CLIPImageProcessor,
        CLIPTextConfig,
        CLIPTextModelWithProjection,
        CLIPVisionConfig,
        CLIPVisionModelWithProjection,
    )

    from benchmarks._random_models import clip_tokenizer

    tokenizer = clip_tokenizer(text)
    heads, head, layers = size.prior
    prior = PriorTransformer(
        num_attention_heads=heads, attention_head_dim=head, num_layers=layers, embedding_dim=size.dim
    )
    prior.clip_std.data.fill_(1.0)
    return {
        "prior": prior,
        "text_encoder": CLIPTextModelWithProjection(
            CLIPTextConfig(
                vocab_size=len(tokenizer),
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
                hidden_size=size.dim,
                projection_dim=size.dim,
                intermediate_size=size.text[0],
                num_hidden_layers=size.text[1],
                num_attention_heads=size.text[2],
            )
        ),
        "image_encoder": CLIPVisionModelWithProjection(
            CLIPVisionConfig(
                projection_dim=size.dim,
                hidden_size=size.image[0],
                intermediate_size=size.image[1],
                num_hidden_layers=size.image[2],
                num_attention_heads=size.image[3],
                image_size=224,
                patch_size=size.image[4],
                hidden_act=size.image_act,
            )
        ),
        "tokenizer": tokenizer,
        "image_processor": CLIPImageProcessor(),
        "scheduler": UnCLIPScheduler(
            variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=5.0
        ),
    }
