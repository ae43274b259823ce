"""From a brief to N recipes that differ in their seed, and from a recipe back to what it says.

`Recipe.settings` holds every option that decides pixels by its own name (`options.py`), and beside them
    decode size     what the decoder makes before the crop, "768x768"
    photo           the hero photo that VARIATION and KEEP begin with, by SHA-256
    mask_sha256     for KEEP the finished mask: the one chosen, else the cut-out as it was at the time
    prior, sampler, dtype    the model and revision, the scheduler's class, the number format
    near            the seed of the variant that "more like this" began from
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.choices import GenerationMode, GenerationOptions
from services.domain import Brief, Condition, ConditionKind, ModelRef, Recipe
from services.errors import InvalidInput
from services.generation.compositor.choices import variant_seed
from services.generation.kandinsky.options import from_settings, to_settings
from services.generation.kandinsky.schedulers import SCHEDULERS
from services.generation.kandinsky.sizes import decode_size
from services.messages import N_

STEPS = (2, 200)
"""Fewer than two leave the sampler no way to go; more than 200 change nothing any more."""

STRENGTH = (0.05, 1.0)
GUIDANCE = (0.0, 20.0)


@dataclass(frozen=True, slots=True)
class Made:
    """What makes the recipes' pictures: the decoder, and what its pixels depend on beside the options."""

    decoder: ModelRef
    prior: ModelRef
    sampler: str
    dtype: str

    def pairs(self) -> dict[str, str]:
        return {
            "prior": f"{self.prior.id} {self.prior.revision}".strip(),
            "sampler": self.sampler,
            "dtype": self.dtype,
        }


def make_recipes(
    brief: Brief, conditions: Sequence[Condition], made: Made, side: int, mask: str | None
) -> list[Recipe]:
    """`brief.variants` recipes that differ in their seeds alone. `mask`: KEEP's finished mask.

    Raises InvalidInput for options out of range, and for VARIATION and KEEP without a photo.
    """
    check(brief.options)
    width, height = decode_size(brief.placement.pixels, side)
    extra = made.pairs() | {"decode size": f"{width}x{height}"}
    if brief.options.mode is not GenerationMode.SCENE:
        extra["photo"] = _hero(brief)
    options = replace(brief.options, mask_sha256=mask if brief.options.mode is GenerationMode.KEEP else None)
    settings = _joined(dict(to_settings(options)) | extra)
    return [
        Recipe(
            generator=made.decoder,
            seed=variant_seed(brief.seed, index),
            placement=brief.placement,
            size=brief.placement.pixels,
            conditions=tuple(conditions),
            settings=settings,
        )
        for index in range(brief.variants)
    ]


def make_near(recipe: Recipe, count: int, seed: int) -> list[Recipe]:
    """`count` recipes with `recipe`'s embedding and much of its first noise, each with more of its own.

    A variation of a variation stays near the first: the chain does not drift away.
    """
    near = near_seed(recipe)
    settings = _joined(dict(recipe.settings) | {"near": str(recipe.seed if near is None else near)})
    taken = {recipe.seed, near}
    seeds = (s for s in (variant_seed(seed, index) for index in range(count + 2)) if s not in taken)
    return [replace(recipe, seed=s, settings=settings) for s, _ in zip(seeds, range(count), strict=False)]


def check(options: GenerationOptions) -> None:
    """Raise InvalidInput for what the pipelines do not take. (The prior checks its own steps.)"""
    if not STEPS[0] <= options.steps <= STEPS[1]:
        raise InvalidInput(
            N_("The decoder takes {least} to {most} steps. Choose a number between."),
            least=STEPS[0],
            most=STEPS[1],
        )
    if not STRENGTH[0] <= options.strength <= STRENGTH[1]:
        raise InvalidInput(N_("The strength goes from 5 to 100 per cent. Choose a value between."))
    if not all(GUIDANCE[0] <= g <= GUIDANCE[1] for g in (options.guidance, options.prior_guidance)):
        raise InvalidInput(
            N_("Guidance goes from 0 to {most}. Choose a value between."), most=int(GUIDANCE[1])
        )
    if options.scheduler not in SCHEDULERS:
        raise InvalidInput(
            N_("There is no sampler {name!r}. Choose one of: {known}."),
            name=options.scheduler,
            known=", ".join(SCHEDULERS),
        )


def read(recipe: Recipe) -> GenerationOptions:
    """The recipe's options. Raises InvalidInput for one that no diffusion made."""
    if recipe.layout or "decode size" not in dict(recipe.settings):
        raise InvalidInput(
            N_("This recipe was not made by a diffusion model; it cannot be drawn again here.")
        )
    return from_settings(recipe.settings)


def steps_of(options: GenerationOptions) -> int:
    """How many steps the decoder takes: image-to-image skips those before its starting point."""
    if options.mode is not GenerationMode.VARIATION:
        return options.steps
    return min(max(int(options.steps * options.strength), 1), options.steps)


def decoded_size(recipe: Recipe) -> tuple[int, int]:
    """(width, height) that the decoder makes. Raises InvalidInput for a size that cannot be read."""
    width, _, height = dict(recipe.settings).get("decode size", "").partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise InvalidInput(N_("This variant's recipe has a setting that cannot be read. Generate again."))
    return int(width), int(height)


def near_seed(recipe: Recipe) -> int | None:
    found = dict(recipe.settings).get("near", "")
    return int(found) if found.isdigit() else None


def for_embedding(recipe: Recipe) -> Recipe:
    """The recipe that the prior sees: a near one takes the embedding of the variant that it is near to."""
    near = near_seed(recipe)
    return recipe if near is None else replace(recipe, seed=near)


def words(conditions: Sequence[Condition]) -> str:
    """The text for a decoder that reads one: that of the largest weight, the first of equals; "" without."""
    texts = [c for c in conditions if c.kind is ConditionKind.TEXT]
    return max(texts, key=lambda c: c.weight).ref if texts else ""


def kin(recipe: Recipe) -> tuple[object, ...]:
    """Equal for recipes that can be drawn in one batch: they differ in seed and weights alone."""
    shared = {k: v for k, v in recipe.settings if k != "near"}
    return recipe.generator, recipe.size, words(recipe.conditions), tuple(sorted(shared.items()))


def _hero(brief: Brief) -> str:
    if brief.hero is None:
        raise InvalidInput(
            N_("This way of making the picture begins with a product photo. Add one, or choose a new scene.")
        )
    return brief.hero.sha256


def _joined(settings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(settings.items()))
