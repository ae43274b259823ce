"""Embeddings to pictures with diffusers' own pipelines, around the weights that the process shares.

What 2.1 and 2.2 have in common; `decoders_21.py` and `decoders_22.py` know their pipelines.

Seeds: each picture has a generator of its own, on the processor, which draws the first noise (float32)
and then the sampler's, in the order in which diffusers' pipelines draw. So the same seed means the same
noise on every machine and in every batch, and one picture alone on the processor is what
`KandinskyV22Pipeline(..., generator=torch.Generator().manual_seed(seed))` gives, bit for bit. In a batch
matrix products may round their last bits otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from services.choices import GenerationMode, GenerationOptions
from services.errors import EngineUnavailable
from services.generation.kandinsky import decoders_21, decoders_22
from services.generation.kandinsky.conditions import Embeddings
from services.generation.kandinsky.memory import place_weights, taken_back
from services.generation.kandinsky.recipes import steps_of
from services.generation.kandinsky.schedulers import scheduler
from services.messages import N_

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from services.models.diffusion import Components
    from services.models.kandinsky import Family

NEARNESS = 0.7
"""Share of a variant's first noise, by variance, that "more like this" keeps: the composition stays, and
everything finer moves."""

LATENT_PX = 8
"""MoVQ halves a picture three times."""

Told = Callable[[int, int], None]
"""Called after each step with (steps done, steps in all); may raise Cancelled, which stops at once."""


@dataclass(frozen=True, slots=True)
class Seed:
    """What a picture's noise comes from: its own number, and that of the variant it shall resemble."""

    own: int
    near: int | None = None


@dataclass(frozen=True)
class Job:
    """Pictures to be made in one go, one per seed. They share all else but their embeddings.

    `start` (RGB, of `size`) is what VARIATION and KEEP begin with, `repaint` (L, of `size`) is white
    where KEEP paints. `words` are for 2.1, which reads the text beside the embedding.
    """

    seeds: tuple[Seed, ...]
    size: tuple[int, int]
    options: GenerationOptions
    embeddings: Embeddings
    words: str = ""
    start: Image.Image | None = None
    repaint: Image.Image | None = None


def draw(made: Family, job: Job, told: Told) -> list[Image.Image]:
    """The pictures of `job`, RGB of `job.size`, in the order of its seeds.

    Raises EngineUnavailable without weights or for a number format in which the decoder fails; what
    `told` raises passes through. Out of memory is the caller's to handle.
    """
    model = made.inpainter() if job.options.mode is GenerationMode.KEEP else made.decoder()
    with model.opened() as parts:
        pipeline = _pipeline(made, parts, job)
        offload = place_weights(pipeline, parts)
        try:
            return _pictures(pipeline(**_arguments(made, parts, pipeline, job, told)).images)
        finally:
            if not taken_back(pipeline, offload):
                model.free()


def _pipeline(made: Family, parts: Components, job: Job) -> Any:
    """diffusers' pipeline for the job's mode, around the shared weights. Costs nothing to build."""
    from diffusers.image_processor import VaeImageProcessor

    kind = (decoders_21 if made.reads_text else decoders_22).pipeline_of(job.options.mode)
    own = parts.get("scheduler")
    components = {name: parts.get(name) for name in parts.classes if name != "scheduler"}
    pipeline = kind(**components, scheduler=scheduler(job.options.scheduler, own))
    pipeline.set_progress_bar_config(disable=True)
    # The image-to-image pipelines hand (width, height) to a processor that takes (height, width): a
    # picture that is no square comes out lying down. Ours has its size already; nothing is to be resized.
    pipeline.image_processor = VaeImageProcessor(vae_latent_channels=_latent_channels(parts), do_resize=False)
    return pipeline


def _arguments(made: Family, parts: Components, pipeline: Any, job: Job, told: Told) -> dict[str, Any]:
    """What every pipeline takes, and what the family's own call adds."""
    noise = [_noise(seed, _latent_shape(parts, job)) for seed in job.seeds]
    options, count = job.options, len(job.seeds)
    dtype, device = parts.placement.torch_dtype, parts.placement.device
    given: dict[str, Any] = {
        "image_embeds": job.embeddings.positive.to(device, dtype),
        "negative_image_embeds": job.embeddings.negative.to(device, dtype),
        "width": job.size[0],
        "height": job.size[1],
        "num_inference_steps": options.steps,
        "guidance_scale": options.guidance,
        "generator": [generator for _, generator in noise],
        "output_type": "np",
    }
    if options.mode is GenerationMode.VARIATION:
        # It draws its noise itself, from fresh generators; and where the strength is too small for a
        # single step, diffusers would have no timestep to begin at.
        least = 1.5 / options.steps
        given |= {
            "generator": [_generator(seed.own) for seed in job.seeds],
            "strength": options.strength if int(options.steps * options.strength) else least,
        }
    else:
        import torch

        given["latents"] = torch.stack([first for first, _ in noise]).to(device, dtype)
    if job.start is not None:
        given["image"] = [job.start] * count
    if job.repaint is not None:
        given["mask_image"] = [job.repaint] * count
    family = decoders_21 if made.reads_text else decoders_22
    own: dict[str, Any] = family.arguments(job.words, options.negative_prompt, count, _counting(job, told))
    return given | own


def _counting(job: Job, told: Told) -> Callable[[int], None]:
    total = steps_of(job.options)
    return lambda step: told(min(step + 1, total), total)


def _noise(seed: Seed, shape: tuple[int, int, int]) -> tuple[Tensor, Generator]:
    """(channels, h, w) float32 first noise, and the generator that goes on from there."""
    import torch

    generator = _generator(seed.own)
    first = torch.randn(shape, generator=generator)
    if seed.near is not None:
        base = torch.randn(shape, generator=_generator(seed.near))
        first = NEARNESS**0.5 * base + (1 - NEARNESS) ** 0.5 * first
    return first, generator


def _generator(seed: int) -> Generator:
    import torch

    return torch.Generator().manual_seed(seed)


def _latent_shape(parts: Components, job: Job) -> tuple[int, int, int]:
    return _latent_channels(parts), job.size[1] // LATENT_PX, job.size[0] // LATENT_PX


def _latent_channels(parts: Components) -> int:
    return int(parts.get("movq").config.latent_channels)


def _pictures(arrays: Sequence[Any]) -> list[Image.Image]:
    """(h, w, 3) floats 0..1 as RGB. Raises EngineUnavailable where the numbers ran over."""
    if not all(np.isfinite(array).all() for array in arrays):
        raise EngineUnavailable(
            N_(
                "The decoder's numbers ran over, which leaves a black picture. "
                "Set AIM_STUDIO_DTYPE=float32 and try again."
            )
        )
    return [Image.fromarray((np.asarray(array) * 255).round().astype(np.uint8)) for array in arrays]
