"""More recipes like one: the same layout and pictures, with the fewest changes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from services.domain import Recipe
from services.generation.compositor.choices import CHOICES, variant_seed
from services.generation.compositor.layouts import LAYOUTS


def make_variations(recipe: Recipe, count: int, seed: int) -> list[Recipe]:
    """`count` recipes that keep `recipe`'s layout, scene and words.

    Each changes as few of the layout's choices (palette, type, side ...) as possible: first one of them,
    then two; ties are broken by lot. When all combinations are used, crops alone differ. Seeds follow the
    rule of choices.py, from `seed`.
    """
    rng = np.random.default_rng((seed % 2**63, 0xA2))
    settings = _closest(recipe, count, rng)
    return [
        replace(recipe, seed=variant_seed(seed, index), settings=settings[index % len(settings)])
        for index in range(count)
    ]


def _closest(recipe: Recipe, count: int, rng: np.random.Generator) -> list[tuple[tuple[str, str], ...]]:
    """Settings beside the recipe's own, the closest first; its own where there is nothing to choose."""
    values = _options(recipe)
    now = [dict(recipe.settings)[key] for key in values]
    others = [combination for combination in product(*values.values()) if list(combination) != now]
    lots = rng.random(len(others))
    order = sorted(range(len(others)), key=lambda i: (_changes(others[i], now), lots[i]))
    chosen = [dict(zip(values, others[i], strict=True)) for i in order[:count]]
    return [tuple((k, new.get(k, v)) for k, v in recipe.settings) for new in chosen] or [recipe.settings]


def _options(recipe: Recipe) -> dict[str, Sequence[str]]:
    """What can be chosen in this recipe's layout, by the setting's name."""
    layout = LAYOUTS[recipe.layout]
    every = {"palette": layout.schemes, "type": layout.styles, **{k: CHOICES[k] for k in layout.choices}}
    return {key: values for key, values in every.items() if key in dict(recipe.settings)}


def _changes(combination: Sequence[str], now: Sequence[str]) -> int:
    return sum(a != b for a, b in zip(combination, now, strict=True))
