"""From a brief to N recipes that differ to the eye, and from a recipe back to its choices.

Rules, all of the brief's seed and nothing else:
- variant i has the seed `SeedSequence((brief.seed, i)).generate_state(1)`; it decides what is continuous
  (crops, light);
- layouts come in a shuffled round, so no layout returns before all have had their turn;
- scheme, type, side, alignment and place of the headline are each the least used so far, first within
  the layout, then over all, ties by lot;
- the single scene of a layout is drawn by systematic sampling in proportion to the references' weights:
  a reference of a third of the weight is in a third of the scenes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from services.domain import Brief, Condition, ConditionKind, ModelRef, Recipe
from services.errors import InvalidInput
from services.generation.compositor.brand import brand_settings
from services.generation.compositor.fonts import drawable
from services.generation.compositor.layouts import LAYOUTS
from services.generation.compositor.type import STYLES
from services.messages import N_

WITHOUT_CUT_OUT = "the photo in an arched window"
CHOICES = {
    "side": ("left", "right"),
    "alignment": ("left", "centre"),
    "headline": ("top", "bottom"),
    "split": ("rows", "columns"),
}


def variant_seed(seed: int, index: int) -> int:
    """Seed of variant `index` (0-based) of a brief's `seed`; 0..2³²-1."""
    return int(np.random.SeedSequence((seed % 2**63, index)).generate_state(1)[0])


def make_recipes(
    brief: Brief, conditions: Sequence[Condition], model: ModelRef, sure_cut_out: bool | None
) -> list[Recipe]:
    """`brief.variants` recipes. `sure_cut_out`: whether the hero can be cut out, None where not known yet.

    Raises InvalidInput without a product photo, or for a headline that no font can draw.
    """
    if not of_kind(conditions, ConditionKind.PHOTO):
        raise InvalidInput(N_("Add at least one product photo; every layout is built on it."))
    headline = _headline(brief.headline)
    rng = np.random.default_rng((brief.seed % 2**63, 0xA1))
    names = _rounds(_possible(conditions, sure_cut_out), brief.variants, rng)
    scenes = _scenes(conditions, [LAYOUTS[n].scene for n in names], rng)
    used: Counter[tuple[str, ...]] = Counter()
    recipes = []
    for index, (name, scene) in enumerate(zip(names, scenes, strict=True)):
        settings = _settings(name, used, rng)
        settings += _named(conditions, scene, name, sure_cut_out)
        settings += brand_settings(brief.brand)
        recipes.append(
            Recipe(
                generator=model,
                seed=variant_seed(brief.seed, index),
                placement=brief.placement,
                size=brief.placement.pixels,
                conditions=tuple(conditions),
                headline=headline,
                layout=name,
                settings=tuple(settings),
            )
        )
    return recipes


def of_kind(conditions: Sequence[Condition], kind: ConditionKind) -> list[Condition]:
    return [c for c in conditions if c.kind is kind]


def chosen(conditions: Sequence[Condition], kind: ConditionKind, setting: str) -> Condition | None:
    """The condition that a setting such as "2: sofa.jpg" names: the second of its kind."""
    number = setting.partition(":")[0]
    found = of_kind(conditions, kind)
    return found[int(number) - 1] if number.isdigit() and 0 < int(number) <= len(found) else None


def _headline(text: str) -> str:
    """The headline as it will be drawn. Emoji and scripts without a face are left out."""
    kept, lost = drawable(text, STYLES["bold grotesque"].faces)
    if lost and not any(c.isalnum() for c in kept):
        raise InvalidInput(
            N_("The studio's fonts cannot draw this headline; use Latin, Greek, Cyrillic or CJK letters.")
        )
    return kept


def _possible(conditions: Sequence[Condition], sure_cut_out: bool | None) -> list[str]:
    references = any(c.weight > 0 for c in of_kind(conditions, ConditionKind.MATCH))
    several = len(of_kind(conditions, ConditionKind.PHOTO)) > 1
    return [
        name
        for name, layout in LAYOUTS.items()
        if (references or several or not layout.needs_references)
        and not (name == "cut-out on scene" and (not references or sure_cut_out is False))
    ]


def _rounds(names: list[str], count: int, rng: np.random.Generator) -> list[str]:
    """`count` names: shuffled rounds of all, no name twice in a row."""
    order: list[str] = []
    while len(order) < count:
        turn = [names[i] for i in rng.permutation(len(names))]
        if order and turn[0] == order[-1] and len(turn) > 1:
            turn = [*turn[1:], turn[0]]
        order += turn
    return order[:count]


def _scenes(
    conditions: Sequence[Condition], wanted: Sequence[bool], rng: np.random.Generator
) -> list[int | None]:
    """For each variant the index of its scene among the references, or None.

    Systematic sampling: n evenly spaced points with one random start on the cumulated weights, dealt out
    in random order.
    """
    weights = np.array([c.weight for c in of_kind(conditions, ConditionKind.MATCH)], np.float64)
    count = sum(wanted)
    if not count or not weights.size or weights.sum() <= 0:
        return [None] * len(wanted)
    points = (np.arange(count) + rng.random()) / count * weights.sum()
    drawn = np.minimum(np.searchsorted(np.cumsum(weights), points, side="right"), len(weights) - 1)
    deal = iter(rng.permutation(drawn).tolist())
    return [int(next(deal)) if want else None for want in wanted]


def _settings(name: str, used: Counter[tuple[str, ...]], rng: np.random.Generator) -> list[tuple[str, str]]:
    """One value per choice, the least used first."""
    layout = LAYOUTS[name]
    options = {"palette": layout.schemes, "type": layout.styles, **{k: CHOICES[k] for k in layout.choices}}
    settings = []
    for key, values in options.items():
        lots = rng.random(len(values))
        best = min(
            range(len(values)),
            key=lambda i: (used[name, key, values[i]], used[key, values[i]], lots[i]),
        )
        used[name, key, values[best]] += 1
        used[key, values[best]] += 1
        settings.append((key, values[best]))
    return settings


def _named(
    conditions: Sequence[Condition], scene: int | None, name: str, sure_cut_out: bool | None
) -> list[tuple[str, str]]:
    """The pictures that the layout shows, by their number among the conditions and their name."""
    photos, matches = of_kind(conditions, ConditionKind.PHOTO), of_kind(conditions, ConditionKind.MATCH)
    named = [("photo", f"1: {photos[0].label}")]
    if scene is not None:
        named.append(("scene", f"{scene + 1}: {matches[scene].label}"))
    if name in ("cut-out on scene", "studio") and sure_cut_out is not True:
        named.append(("without a sure cut-out", WITHOUT_CUT_OUT))
    return named
