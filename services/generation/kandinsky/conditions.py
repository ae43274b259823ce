"""Recipes -> image embeddings for the decoder: what a variant shall show, as one point in CLIP's space.

The embedding of a recipe is the weighted sum of the prior's output for each text, the image encoder's
output for each product photo, and each reference's stored vector at the encoder's own scale. All three
lie in one space: the prior's last step scales its output to the image encoder's (`post_process_latents`).
Weights are shares of 1, or as typed where the recipe says `raw_weights`, as in the original experiments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.aim.text_chunks import MARKERS
from services.choices import GenerationOptions
from services.domain import Condition, ConditionKind, Recipe
from services.generation.conditioning import normalise
from services.generation.kandinsky import prior
from services.generation.kandinsky.negative import Negative
from services.generation.kandinsky.options import from_settings
from services.generation.kandinsky.pictures import picture_vectors
from services.generation.kandinsky.prior import Row, Sampling
from services.messages import N_, Message, message
from services.models.kandinsky import family
from services.models.kandinsky_clip import KandinskyClip, blank_embedding, count_tokens, token_limit
from services.parts import ImageSource, Progress
from services.retrieval.vectors import encoder_key

if TYPE_CHECKING:
    from torch import Tensor

    from services.models.diffusion import Components
    from services.models.kandinsky import Family
    from services.parts import Vectors


@dataclass(frozen=True)
class Embeddings:
    """One row per recipe, in its order: (n, dim), on the decoder's device and in its dtype."""

    positive: Tensor
    negative: Tensor


def embed(
    name: str, recipes: Sequence[Recipe], source: ImageSource, progress: Progress | None = None
) -> Embeddings:
    """The embeddings of `recipes` (one at least), made for the decoder of the family `name`.

    A recipe's row depends on its own seed, conditions and settings alone, not on who shares the call
    (up to the last bits of a matrix product). `progress` is called after each step of the prior with the
    share done, and may raise Cancelled. Raises InvalidInput for weights that are negative or all 0,
    NotFound for a picture that is gone, EngineUnavailable without weights.
    """
    import torch

    made = family(name)
    wanted = [_wanted(recipe) for recipe in recipes]
    with made.prior().opened() as parts:
        pictures = _pictures(made, parts, wanted, source)
        said, negatives = _prior_outputs(made, parts, wanted, progress)
        rows = [_weighted_sum(one, said, pictures) for one in wanted]
        placement = parts.placement
        positive = torch.stack(rows).to(placement.device, placement.torch_dtype)
        negative = torch.cat(negatives).to(placement.device, placement.torch_dtype)
    return Embeddings(positive, negative)


def cut_texts(name: str, conditions: Sequence[Condition]) -> tuple[Message, ...]:
    """What to tell the reader about texts that are longer than the prior reads; () when none is.

    Reads the tokenizer alone. Raises EngineUnavailable without its files.
    """
    made = family(name)
    texts = {c.ref: c.label or c.ref[:60] for c in conditions if c.kind is ConditionKind.TEXT}
    with made.prior().opened() as parts:
        limit = token_limit(parts)
        cut = [label for text, label in texts.items() if count_tokens(parts, text) + MARKERS > limit]
    template = N_(
        "{model} reads {limit} tokens of a text, about 55 words: the end of {text!r} has no effect on the "
        "pictures. Shorten it, or split it."
    )
    return tuple(message(template, model=made.title, limit=limit, text=label) for label in cut)


# --- what goes in ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One recipe, read: its conditions with their final weights, and how the prior samples for it."""

    seed: int
    conditions: tuple[Condition, ...]
    sampling: Sampling
    negative_prompt: str

    @property
    def rows(self) -> list[tuple[Row, float]]:
        """The texts with their weights. One of weight 0 costs nothing, and keeps its place in the noise."""
        texts = [c for c in self.conditions if c.kind is ConditionKind.TEXT]
        return [(Row(c.ref, self.seed, place), c.weight) for place, c in enumerate(texts) if c.weight]

    @property
    def shown(self) -> list[Condition]:
        return [c for c in self.conditions if c.kind is not ConditionKind.TEXT and c.weight]


def _wanted(recipe: Recipe) -> _Wanted:
    options: GenerationOptions = from_settings(recipe.settings)
    shares = normalise(recipe.conditions)  # checks the weights as well
    return _Wanted(
        recipe.seed,
        tuple(recipe.conditions) if options.raw_weights else shares,
        Sampling(options.prior_steps, options.prior_guidance),
        options.negative_prompt.strip(),
    )


# --- what comes out ----------------------------------------------------------------------------

_Outputs = dict[tuple[Sampling, Row], "Tensor"]


def _pictures(
    made: Family, parts: Components, wanted: Sequence[_Wanted], source: ImageSource
) -> dict[tuple[ConditionKind, str], Vectors]:
    clip = KandinskyClip(made.prior(), made.dim)
    conditions = [condition for one in wanted for condition in one.shown]
    key = encoder_key(made.prior().ref("encoder"))
    return picture_vectors(conditions, key, clip.dim, parts.placement, source, clip.encode_images)


def _prior_outputs(
    made: Family, parts: Components, wanted: Sequence[_Wanted], progress: Progress | None
) -> tuple[_Outputs, list[Tensor]]:
    """What the prior says of each text, and the negative embedding (1, dim) of each recipe."""
    import torch

    asked = [_negative(made, parts, one) for one in wanted]
    known = {one: one.recall(KandinskyClip(made.prior(), made.dim).dim) for one in dict.fromkeys(asked)}
    batches: dict[Sampling, dict[Row, None]] = {}
    for one in wanted:
        batches.setdefault(one.sampling, {}).update((row, None) for row, _ in one.rows)
    passes = [(sampling, list(rows)) for sampling, rows in batches.items() if rows]
    for negative, vector in known.items():
        if vector is None and negative.row is not None:  # by itself: a batch of another height rounds
            passes.append((negative.sampling, [negative.row]))  # the texts otherwise than all later runs
    outputs = _run(parts, passes, progress)
    for negative, vector in known.items():
        if vector is None:
            known[negative] = _keep_negative(parts, negative, outputs)
    return outputs, [torch.from_numpy(known[one]) for one in asked]


def _run(
    parts: Components, batches: Sequence[tuple[Sampling, list[Row]]], progress: Progress | None
) -> _Outputs:
    total = sum(prior.passes(parts, rows, sampling) for sampling, rows in batches)
    tick = _counter(total, progress)
    outputs: _Outputs = {}
    for sampling, rows in batches:
        vectors = prior.sample(parts, rows, sampling, tick).cpu()
        outputs.update({(sampling, row): vector for row, vector in zip(rows, vectors, strict=True)})
    return outputs


def _counter(total: int, progress: Progress | None) -> Callable[[], None]:
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done / total)

    return tick


def _negative(made: Family, parts: Components, one: _Wanted) -> Negative:
    return Negative(made.prior().ref("prior"), parts.placement, one.negative_prompt, one.sampling)


def _keep_negative(parts: Components, negative: Negative, outputs: _Outputs) -> Vectors:
    row = negative.row
    vector = blank_embedding(parts) if row is None else outputs[negative.sampling, row][None]
    found: Vectors = vector.float().cpu().numpy()
    negative.keep(found)
    return found


def _weighted_sum(one: _Wanted, said: _Outputs, pictures: dict[tuple[ConditionKind, str], Vectors]) -> Tensor:
    """(dim,) float32."""
    import torch

    terms = [weight * said[one.sampling, row] for row, weight in one.rows]
    terms += [c.weight * torch.from_numpy(pictures[c.kind, c.ref].copy()) for c in one.shown]
    return torch.stack(terms).sum(dim=0)
