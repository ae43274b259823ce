"""Models of the reference classes with random weights, saved as the hub's are: for timing, not for scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WIDTH, LAYERS, HEADS = 512, 6, 8
WORDS = 50_272
"""OPT's vocabulary: the last layer is the largest matrix of each step."""


def save_clip(folder: Path, text: str) -> Path:
    """CLIPConfig's defaults, ViT-B/32; the tokenizer has a token for each word of `text`."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor

    tokenizer = clip_tokenizer(text)
    marks = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        CLIPModel(CLIPConfig(text_config=marks)).save_pretrained(folder)
    CLIPProcessor(image_processor=CLIPImageProcessor(), tokenizer=tokenizer).save_pretrained(folder)
    return folder


def save_blip2(folder: Path) -> Path:
    """Six layers of 512 in each part, 224 px in patches of 14, 32 query tokens, OPT's vocabulary."""
    import torch
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
    widths = {
        "hidden_size": WIDTH,
        "intermediate_size": 4 * WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
    }
    text = OPTConfig(
        vocab_size=WORDS,
        hidden_size=WIDTH,
        word_embed_proj_dim=WIDTH,
        ffn_dim=4 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=256,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    config = Blip2Config(
        vision_config=Blip2VisionConfig(**widths, image_size=224, patch_size=14).to_dict(),
        qformer_config=Blip2QFormerConfig(**widths, encoder_hidden_size=WIDTH).to_dict(),
        text_config=text.to_dict(),
        num_query_tokens=32,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Blip2ForConditionalGeneration(config)
        with torch.no_grad():  # they start at zero, and every picture would look alike
            model.query_tokens.normal_()
    model.save_pretrained(folder)
    images = BlipImageProcessor(size={"height": 224, "width": 224})
    Blip2Processor(images, tokenizer, num_query_tokens=32).save_pretrained(folder)
    return folder


def clip_tokenizer(text: str) -> Any:
    """CLIP's own class, with merges that make one token of each word of `text`, as the trained one has."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    tokens = dict.fromkeys([*letters, *(f"{letter}</w>" for letter in letters)])
    merges = []
    for word in dict.fromkeys("".join(c if c.isalpha() else " " for c in text.lower()).split()):
        left = word[0]
        for place, letter in enumerate(word[1:], start=1):
            right = letter + ("</w>" if place == len(word) - 1 else "")
            if (left, right) not in merges:
                merges.append((left, right))
            left += right
            tokens[left] = None
    names = [*tokens, "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={t: n for n, t in enumerate(names)}, merges=merges, model_max_length=77)


def _word_tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    marks = ["<pad>", "</s>", "<unk>", "<image>"]
    words = [f"w{number}" for number in range(WORDS - len(marks))]
    vocabulary = {token: number for number, token in enumerate([*marks, *words])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="</s>", eos_token="</s>", unk_token="<unk>", pad_token="<pad>"
    )
