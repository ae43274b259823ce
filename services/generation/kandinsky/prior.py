"""The prior (Ramesh et al., 2022; Kandinsky's own): texts to image embeddings by diffusion, in one batch.

diffusers' `interpolate` runs the prior once per text and once more for the negative prompt. Here every
text of every recipe is one row of the same batch, the network runs once per step for all of them, and
what a step cannot change is computed once (`causal_prior`).

Noise: a row draws from a generator of its own, seeded with its recipe's seed and placed where
`interpolate(generator=torch.Generator().manual_seed(seed))` would stand when it comes to that text. So
one recipe gives what diffusers gives with the recipe's seed, and a row does not depend on who shares the
batch, up to the last bits of a matrix product. Noise is drawn in float32 on the processor, whatever
computes: the same seed means the same noise on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.errors import InvalidInput
from services.generation.kandinsky.causal_prior import CausalPrior, fits
from services.messages import N_
from services.models.diffusion import Components
from services.models.kandinsky_clip import TextStates, text_states
from services.models.memory import free_bytes

if TYPE_CHECKING:
    from torch import Generator, Tensor

STEPS = (2, 200)
"""Fewer than two leave the scheduler no way to go; more than 200 change nothing any more."""

_LAYER_COPIES = 16
"""Arrays of (tokens, width) that one block holds at its peak: attention and a feed-forward of 4 widths."""

Tick = Callable[[], None]
"""Called after each step; may raise Cancelled."""

Predict = Callable[["Tensor", "Tensor"], "Tensor"]
"""Latents (n, dim) and their time to predicted image embeddings (n, dim)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text of one recipe. `place` counts the recipe's texts from 0: it decides the noise."""

    text: str
    seed: int
    place: int = 0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the prior samples. Guidance up to 1 switches guidance off. Raises InvalidInput."""

    steps: int
    guidance: float

    def __post_init__(self) -> None:
        least, most = STEPS
        if not least <= self.steps <= most:
            raise InvalidInput(
                N_("The prior takes {least} to {most} steps. Choose a number between."),
                least=least,
                most=most,
            )

    @property
    def guided(self) -> bool:
        return self.guidance > 1.0


def passes(parts: Components, rows: Sequence[Row], sampling: Sampling) -> int:
    """How many times the network will run, and `tick` be called, for `rows`."""
    return len(_chunks(parts, rows, sampling)) * sampling.steps


def sample(parts: Components, rows: Sequence[Row], sampling: Sampling, tick: Tick) -> Tensor:
    """(n, dim) float32 image embeddings of `rows`, in their order, in the space of the image encoder."""
    import torch

    if not rows:
        return torch.zeros(0, int(parts.get("prior").config.embedding_dim))
    texts = list(dict.fromkeys(["", *(row.text for row in rows)]))
    states = text_states(parts, texts)
    with torch.no_grad(), parts.on_device("prior") as network:
        done = []
        for chunk in _chunks(parts, rows, sampling):
            places = [texts.index(row.text) for row in chunk]
            batch = [0] * len(places) + places if sampling.guided else places  # "" is what guides
            predict = _predictor(network, states, batch)
            done.append(_denoise(parts, predict, chunk, sampling, tick))
        latents = torch.cat(done)
        vectors: Tensor = network.post_process_latents(latents).float()
        return vectors


def _predictor(network: Any, states: TextStates, batch: Sequence[int]) -> Predict:
    """One pass over rows whose texts are those places of `states`."""
    if fits(network):
        return CausalPrior(network, states, batch).step

    def whole(latents: Tensor, time: Tensor) -> Tensor:
        found: Tensor = network(
            latents,
            timestep=time,
            proj_embedding=states.embeddings[batch],
            encoder_hidden_states=states.hidden[batch],
            attention_mask=states.mask[batch],
        ).predicted_image_embedding
        return found

    return whole


def _denoise(
    parts: Components, predict: Predict, rows: Sequence[Row], sampling: Sampling, tick: Tick
) -> Tensor:
    """(n, dim) float32 latents, by the scheduler's own steps."""
    import torch

    placement, dim = parts.placement, int(parts.get("prior").config.embedding_dim)
    scheduler = type(parts.get("scheduler")).from_config(parts.get("scheduler").config)
    scheduler.set_timesteps(sampling.steps)
    generators = [generator_of(row, sampling.steps, dim) for row in rows]
    latents = _first_noise(generators, dim).to(placement.device)
    for step, time in enumerate(scheduler.timesteps):
        seen = torch.cat([latents] * 2) if sampling.guided else latents
        predicted = predict(seen.to(placement.torch_dtype), time.to(placement.device)).float()
        if sampling.guided:
            without, with_text = predicted.chunk(2)
            predicted = without + sampling.guidance * (with_text - without)
        following = scheduler.timesteps[step + 1] if step + 1 < sampling.steps else None
        latents = scheduler.step(
            predicted, timestep=time, sample=latents, generator=generators, prev_timestep=following
        ).prev_sample
        tick()
    return latents


def generator_of(row: Row, steps: int, dim: int) -> Generator:
    """The row's own noise: `interpolate` draws `steps` times for each text that comes before."""
    import torch

    generator = torch.Generator().manual_seed(row.seed)
    for _ in range(row.place * steps):
        torch.randn((1, dim), generator=generator)
    return generator


def _first_noise(generators: Sequence[Generator], dim: int) -> Tensor:
    import torch

    return torch.cat([torch.randn((1, dim), generator=generator) for generator in generators])


def _chunks(parts: Components, rows: Sequence[Row], sampling: Sampling) -> list[Sequence[Row]]:
    """All rows together, unless memory is short."""
    config = parts.get("prior").config
    width = config.num_attention_heads * config.attention_head_dim
    tokens = config.num_embeddings + config.additional_embeddings
    values = tokens * width * (_LAYER_COPIES + 2 * config.num_layers)  # with all keys and values
    bytes_each = values * parts.placement.torch_dtype.itemsize * (2 if sampling.guided else 1)
    fit = max(1, free_bytes(parts.placement.device) // 2 // bytes_each)
    return [rows[start : start + fit] for start in range(0, len(rows), fit)]
