"""More like this: close to the recipe, never the same."""

from __future__ import annotations

import pytest

from services.domain import Brief, Condition, ConditionKind
from services.generation.compositor import LayoutCompositor

CONDITIONS = (
    Condition(ConditionKind.TEXT, "a mug", 0.3, "a mug"),
    Condition(ConditionKind.PHOTO, "a" * 64, 0.4, "mug.png"),
    Condition(ConditionKind.MATCH, "b" * 64, 0.3, "table.jpg"),
)
RECIPES = LayoutCompositor().recipes(
    Brief("A mug", "A mug on a table", headline="Hello", variants=7), CONDITIONS
)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda r: r.layout)
def test_variations_keep_layout_and_pictures_and_change_something(recipe):
    found = LayoutCompositor().more_like(recipe, 4, seed=99)
    assert len(found) == 4
    assert len({r.sha256 for r in [recipe, *found]}) == 5
    for each in found:
        assert (each.layout, each.conditions, each.headline) == (
            recipe.layout,
            recipe.conditions,
            recipe.headline,
        )
        assert dict(each.settings).get("scene") == dict(recipe.settings).get("scene")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda r: r.layout)
def test_the_first_variation_changes_one_choice(recipe):
    [first] = LayoutCompositor().more_like(recipe, 1, seed=5)
    changed = [k for k, v in first.settings if dict(recipe.settings)[k] != v]
    assert len(changed) == 1


def test_variations_are_reproducible_and_follow_the_seed():
    compositor = LayoutCompositor()
    assert compositor.more_like(RECIPES[0], 4, 1) == compositor.more_like(RECIPES[0], 4, 1)
    assert compositor.more_like(RECIPES[0], 4, 1) != compositor.more_like(RECIPES[0], 4, 2)
