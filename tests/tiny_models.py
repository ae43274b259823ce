"""Tiny models of the classes that the full engine uses: same code paths, seeded weights, under 1 MB.

`save_tiny_clip(folder)` and `save_tiny_blip2(folder)` write what `save_pretrained` writes; tests load
them through `services.models.hub`, as the studio does with the real ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

IMAGE_SIDE = 32
PATCH = 8
LAYERS = 3
HEADS = 4
WIDTH = 32

SENTENCES = (
    "a photo of the cat and dog in red green blue picture with coffee cup on wooden",
    "a wooden cabin with smoking chimney stands among snow covered trees and forest mountain .",
    "question : does this image show it ? answer : yes , no is",
)
"""The words that the tiny BLIP-2 knows."""


def save_tiny_clip(folder: Path, seed: int = 0, text_tokens: int = 77) -> Path:
    """A CLIPModel (4 x 4 patches, 3 layers of 4 heads) with processor and byte-level tokenizer."""
    from transformers import CLIPConfig, CLIPModel, CLIPProcessor

    tokenizer = clip_tokenizer(text_tokens)
    marks = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    config = CLIPConfig(
        text_config={
            **_widths(),
            **marks,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": text_tokens,
        },
        vision_config={**_widths(), "image_size": IMAGE_SIDE, "patch_size": PATCH},
        projection_dim=WIDTH // 2,
    )
    model = _seeded(lambda: CLIPModel(config), seed)
    model.save_pretrained(folder)
    CLIPProcessor(image_processor=_clip_images(), tokenizer=tokenizer).save_pretrained(folder)
    return folder


def save_tiny_blip2(folder: Path, seed: int = 0) -> Path:
    """A Blip2ForConditionalGeneration over OPT with 4 query tokens, a word-level tokenizer, processor."""
    from transformers import (
        Blip2Config,
        Blip2ForConditionalGeneration,
        Blip2Processor,
        Blip2QFormerConfig,
        Blip2VisionConfig,
        BlipImageProcessor,
        OPTConfig,
    )

    tokenizer = _word_tokenizer()
    processor = Blip2Processor(
        BlipImageProcessor(size={"height": IMAGE_SIDE, "width": IMAGE_SIDE}), tokenizer, num_query_tokens=4
    )
    text = OPTConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=HEADS,
        ffn_dim=2 * WIDTH,
        max_position_embeddings=128,
        word_embed_proj_dim=WIDTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    config = Blip2Config(
        vision_config=Blip2VisionConfig(**_widths(), image_size=IMAGE_SIDE, patch_size=PATCH).to_dict(),
        qformer_config=Blip2QFormerConfig(
            vocab_size=8, **_widths(), encoder_hidden_size=WIDTH, cross_attention_frequency=1
        ).to_dict(),
        text_config=text.to_dict(),
        num_query_tokens=4,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    model = _seeded(lambda: Blip2ForConditionalGeneration(config), seed)
    _let_it_look(model, seed)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def noise_images(count: int, size: tuple[int, int] = (48, 48), seed: int = 0) -> list[Image.Image]:
    """RGB pictures of coarse coloured blocks, all different."""
    random = np.random.default_rng(seed)
    return [
        Image.fromarray(random.integers(0, 256, (6, 6, 3), np.uint8)).resize(size, Image.Resampling.NEAREST)
        for _ in range(count)
    ]


def _widths() -> dict[str, int]:
    return {
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
    }


def _seeded(build: Any, seed: int) -> Any:
    """Weights from `seed`, larger than a trained start: attention and answers differ from flat."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build()
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if weight.ndim > 1:
                    weight.copy_(torch.randn(weight.shape) * _spread(name))
    return model.eval()


def _spread(name: str) -> float:
    """Enough that softmaxes are not flat, little enough that they are not all or nothing."""
    if name.startswith("language_model"):
        return 0.2
    return 0.6 if "embed" in name else 0.35


def _let_it_look(model: Any, seed: int) -> None:
    """Query tokens start at zero in the class itself: give them values, or every picture looks alike."""
    import torch

    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        model.query_tokens.copy_(torch.randn(model.query_tokens.shape, generator=generator))


def _clip_images() -> Any:
    from transformers import CLIPImageProcessor

    return CLIPImageProcessor(
        size={"shortest_edge": IMAGE_SIDE}, crop_size={"height": IMAGE_SIDE, "width": IMAGE_SIDE}
    )


def clip_tokenizer(text_tokens: int) -> Any:
    """CLIP's own tokenizer class over single bytes, with a few merged words."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "ca", "cat</w>"]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=[("c", "a"), ("ca", "t</w>")], model_max_length=text_tokens)


def _word_tokenizer() -> Any:
    """Whole words, OPT's marks: "</s>" starts and ends, "<pad>" fills."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    marks = ["<pad>", "</s>", "<unk>", "<image>"]
    words = dict.fromkeys(word for sentence in SENTENCES for word in sentence.split())
    vocabulary = {token: number for number, token in enumerate([*marks, *words])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="</s> $A", special_tokens=[("</s>", vocabulary["</s>"])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="</s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
    )
