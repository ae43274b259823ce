"""Tiny Kandinsky priors of diffusers' and transformers' own classes: same code paths, seeded weights.

`save_tiny_prior(folder, "kandinsky21")` writes what `save_pretrained` writes, under 2 MB; the product
loads it as it loads the real one. The two families differ in width, as the real ones do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny_models import clip_tokenizer

DIMS = {"kandinsky21": 24, "kandinsky22": 40}
IMAGE_SIDE = 32
PATCH = 8
TEXT_TOKENS = 77


def save_tiny_prior(folder: Path, family: str, seed: int = 0) -> Path:
    """Prior, text and image encoder, tokenizer, image processor and scheduler of `family`."""
    from diffusers import KandinskyPriorPipeline, KandinskyV22PriorPipeline

    kind = KandinskyPriorPipeline if family == "kandinsky21" else KandinskyV22PriorPipeline
    kind(**prior_parts(DIMS[family], seed)).save_pretrained(folder)
    return folder


def prior_parts(dim: int, seed: int = 0) -> dict[str, Any]:
    """The components of a prior pipeline, by the names that its class gives them."""
    from diffusers import PriorTransformer, UnCLIPScheduler
    from transformers import CLIPImageProcessor

    tokenizer = clip_tokenizer(TEXT_TOKENS)
    crop = {"height": IMAGE_SIDE, "width": IMAGE_SIDE}
    return {
        "prior": _seeded(
            lambda: PriorTransformer(
                num_attention_heads=2, attention_head_dim=12, embedding_dim=dim, num_layers=2
            ),
            seed,
        ),
        "text_encoder": _seeded(lambda: _text_encoder(tokenizer, dim), seed + 1),
        "image_encoder": _seeded(lambda: _image_encoder(dim), seed + 2),
        "tokenizer": tokenizer,
        "image_processor": CLIPImageProcessor(size={"shortest_edge": IMAGE_SIDE}, crop_size=crop),
        "scheduler": UnCLIPScheduler(
            variance_type="fixed_small_log",
            prediction_type="sample",
            num_train_timesteps=1000,
            clip_sample_range=5.0,
        ),
    }


def _text_encoder(tokenizer: Any, dim: int) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=TEXT_TOKENS,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        hidden_size=dim,
        projection_dim=dim,
        intermediate_size=2 * dim,
        num_hidden_layers=2,
        num_attention_heads=4,
    )
    return CLIPTextModelWithProjection(config)


def _image_encoder(dim: int) -> Any:
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    config = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        projection_dim=dim,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=IMAGE_SIDE,
        patch_size=PATCH,
    )
    return CLIPVisionModelWithProjection(config)


def _seeded(build: Any, seed: int) -> Any:
    """Weights from `seed`, all of them: the class starts several at zero, such as clip_mean and clip_std."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build()
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if name.endswith("clip_std"):
                    weight.copy_(torch.rand(weight.shape) * 0.3 + 0.2)
                elif weight.ndim > 1:
                    weight.copy_(torch.randn(weight.shape) * 0.3)
    return model.eval()
