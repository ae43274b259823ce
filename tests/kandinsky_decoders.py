"""Tiny Kandinsky decoders of diffusers' own classes: same code paths as the real ones, seeded weights.

`save_tiny_decoder(folder, "kandinsky22", dim)` writes what `save_pretrained` writes, about 1 MB: UNet,
MoVQ and scheduler; for 2.1 the MultilingualCLIP text encoder with its XLM-R tokenizer as well. MoVQ has
the real one's four levels, so that 8 px make one latent and sizes behave as in earnest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

LATENT_CHANNELS = 4
TEXT_WIDTH = 16
WORDS = ("a", "the", "of", "on", "in", "dog", "cat", "hoodie", "sofa", "cozy", "yellow", "red", "blurry")


def save_tiny_decoder(
    folder: Path, family: str, dim: int, inpaint: bool = False, seed: int = 0, weight: float = 1.0
) -> Path:
    """A decoder of `family` ("kandinsky21", "kandinsky22") for image embeddings of width `dim`.

    `inpaint`: its UNet reads the masked picture and the mask beside the latents.
    """
    from diffusers import (
        KandinskyInpaintPipeline,
        KandinskyPipeline,
        KandinskyV22InpaintPipeline,
        KandinskyV22Pipeline,
    )

    unet = _seeded(lambda: _unet(family, dim, inpaint), seed, weight)
    movq = _seeded(_movq, seed + 1, weight)
    if family == "kandinsky22":
        kind = KandinskyV22InpaintPipeline if inpaint else KandinskyV22Pipeline
        kind(unet=unet, scheduler=_ddpm(), movq=movq).save_pretrained(folder)
        return folder
    text_encoder = _seeded(lambda: _text_encoder(dim), seed + 2, weight)
    kind = KandinskyInpaintPipeline if inpaint else KandinskyPipeline
    kind(
        unet=unet, scheduler=_ddim(), movq=movq, text_encoder=text_encoder, tokenizer=_tokenizer()
    ).save_pretrained(folder)
    return folder


def _unet(family: str, dim: int, inpaint: bool) -> Any:
    from diffusers import UNet2DConditionModel

    reads_text = family == "kandinsky21"
    return UNet2DConditionModel(
        in_channels=2 * LATENT_CHANNELS + 1 if inpaint else LATENT_CHANNELS,
        out_channels=2 * LATENT_CHANNELS,
        addition_embed_type="text_image" if reads_text else "image",
        encoder_hid_dim=TEXT_WIDTH if reads_text else dim,
        encoder_hid_dim_type="text_image_proj" if reads_text else "image_proj",
        cross_attention_dim=dim,
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=8,
        resnet_time_scale_shift="scale_shift",
    )


def _movq() -> Any:
    from diffusers import VQModel

    return VQModel(
        block_out_channels=(32, 32, 32, 32),  # spatial norm has 32 groups
        down_block_types=("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
        up_block_types=("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
        latent_channels=LATENT_CHANNELS,
        layers_per_block=1,
        norm_num_groups=8,
        norm_type="spatial",
        num_vq_embeddings=12,
        vq_embed_dim=LATENT_CHANNELS,
    )


def _ddpm() -> Any:
    from diffusers import DDPMScheduler

    return DDPMScheduler(**_betas(), variance_type="learned_range")


def _ddim() -> Any:
    from diffusers import DDIMScheduler

    return DDIMScheduler(**_betas(), set_alpha_to_one=False, steps_offset=1)


def _betas() -> dict[str, Any]:
    """The published decoders' noise schedule."""
    return {
        "num_train_timesteps": 1000,
        "beta_schedule": "linear",
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "clip_sample": False,
        "prediction_type": "epsilon",
        "thresholding": False,
    }


def _text_encoder(dim: int) -> Any:
    from diffusers.pipelines.kandinsky.text_encoder import MCLIPConfig, MultilingualCLIP

    return MultilingualCLIP(
        MCLIPConfig(
            transformerDimSize=TEXT_WIDTH,
            imageDimSize=dim,
            hidden_size=TEXT_WIDTH,
            intermediate_size=2 * TEXT_WIDTH,
            num_attention_heads=2,
            num_hidden_layers=2,
            vocab_size=5 + 2 * len(WORDS),
            max_position_embeddings=80,
            pad_token_id=1,
        )
    )


def _tokenizer() -> Any:
    from transformers import XLMRobertaTokenizer

    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    words = [f"▁{word}" for word in WORDS] + list(WORDS)
    vocabulary = [(mark, 0.0) for mark in marks] + [(word, -1.0) for word in words] + [("<mask>", 0.0)]
    return XLMRobertaTokenizer(vocab=vocabulary, model_max_length=77)


def _seeded(build: Any, seed: int, weight: float) -> Any:
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build()
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.ndim > 1:
                    parameter.mul_(weight)
    return model.eval()
