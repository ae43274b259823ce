"""Kandinsky models of any size with random weights, as diffusers' classes: for timing, not for pictures."""

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
    blocks: tuple[int, ...] = (32, 64)
    """Channels of the decoder's UNet."""


SMALL = Size(64, (2, 32, 2), (128, 2, 2), (64, 128, 2, 2, 32))
"""To see that a benchmark runs."""


MIDDLE = Size(512, (8, 64, 8), (2048, 6, 8), (512, 2048, 6, 8, 32))

KANDINSKY_22 = Size(
    1280, (32, 64, 20), (5120, 32, 20), (1664, 8192, 48, 16, 14), (384, 768, 1152, 1536)
)  # fmt: skip
"""As published: a PriorTransformer of 1 B parameters, CLIP ViT-bigG/14 (2.5 B), a UNet of 1.25 B."""


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
                hidden_act="gelu",
            )
        ),
        "tokenizer": tokenizer,
        "image_processor": CLIPImageProcessor(),
        "scheduler": UnCLIPScheduler(
            variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=5.0
        ),
    }


def save_decoder(folder: Path, size: Size) -> Path:
    """The pipeline folder of KandinskyV22Pipeline: UNet, MoVQ and scheduler."""
    import torch
    from diffusers import DDPMScheduler, KandinskyV22Pipeline

    torch.manual_seed(1)
    scheduler = DDPMScheduler(
        beta_schedule="linear", beta_start=0.00085, beta_end=0.012, clip_sample=False,
        variance_type="learned_range",
    )  # fmt: skip
    KandinskyV22Pipeline(unet=unet(size), scheduler=scheduler, movq=movq()).save_pretrained(folder)
    return folder


def unet(size: Size) -> Any:
    from diffusers import UNet2DConditionModel

    deeper = len(size.blocks) - 1
    return UNet2DConditionModel(
        sample_size=64,
        in_channels=4,
        out_channels=8,
        addition_embed_type="image",
        addition_embed_type_num_heads=64,
        encoder_hid_dim=size.dim,
        encoder_hid_dim_type="image_proj",
        cross_attention_dim=2 * size.blocks[0],
        down_block_types=("ResnetDownsampleBlock2D",) + ("SimpleCrossAttnDownBlock2D",) * deeper,
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D",) * deeper + ("ResnetUpsampleBlock2D",),
        block_out_channels=size.blocks,
        layers_per_block=3,
        attention_head_dim=min(64, size.blocks[0]),
        resnet_time_scale_shift="scale_shift",
    )


def movq() -> Any:
    from diffusers import VQModel

    return VQModel(
        block_out_channels=(128, 256, 256, 512),
        down_block_types=("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
        up_block_types=("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
        latent_channels=4,
        layers_per_block=2,
        norm_type="spatial",
        num_vq_embeddings=16384,
        vq_embed_dim=4,
    )
