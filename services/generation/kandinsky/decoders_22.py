"""Kandinsky 2.2's pipelines: they read the image embedding alone, and report after each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.choices import GenerationMode


def pipeline_of(mode: GenerationMode) -> Any:
    """diffusers' class for `mode`."""
    from diffusers import KandinskyV22Img2ImgPipeline, KandinskyV22InpaintPipeline, KandinskyV22Pipeline

    return {
        GenerationMode.SCENE: KandinskyV22Pipeline,
        GenerationMode.VARIATION: KandinskyV22Img2ImgPipeline,
        GenerationMode.KEEP: KandinskyV22InpaintPipeline,
    }[mode]


def arguments(
    words: str, negative_prompt: str, count: int, after_step: Callable[[int], None]
) -> dict[str, Any]:
    """What the call takes beside what all take. The words are in the embedding already."""

    def at_step_end(_pipeline: Any, step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        after_step(step)
        return tensors

    return {"callback_on_step_end": at_step_end, "callback_on_step_end_tensor_inputs": []}
