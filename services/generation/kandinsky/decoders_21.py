"""Kandinsky 2.1's pipelines: they read the text beside the image embedding, through MultilingualCLIP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.choices import GenerationMode


def pipeline_of(mode: GenerationMode) -> Any:
    """diffusers' class for `mode`."""
    from diffusers import KandinskyImg2ImgPipeline, KandinskyInpaintPipeline, KandinskyPipeline

    return {
        GenerationMode.SCENE: KandinskyPipeline,
        GenerationMode.VARIATION: KandinskyImg2ImgPipeline,
        GenerationMode.KEEP: KandinskyInpaintPipeline,
    }[mode]


def arguments(
    words: str, negative_prompt: str, count: int, after_step: Callable[[int], None]
) -> dict[str, Any]:
    """What the call takes beside what all take: the words once per picture."""
    return {
        "prompt": [words] * count,
        "negative_prompt": [negative_prompt] * count,
        "callback": lambda step, _time, _latents: after_step(step),
    }
