"""Headlines can be read on any photo: contrast is measured on the pixels behind them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.domain import Placement
from services.generation.compositor import LayoutCompositor
from services.generation.compositor.contrast import (
    AA,
    TARGET,
    best_scrim,
    needed_alpha,
    ratio,
    veil,
    worst_contrast,
)
from services.generation.compositor.layouts import LAYOUTS
from services.generation.compositor.palette import SCHEMES, palette_of, scheme_of
from tests.unit import generation_pictures as pictures

INK, PAPER = (20, 16, 12), (250, 247, 240)
colours = st.tuples(*[st.integers(0, 255)] * 3)


def test_published_ratios() -> None:
    assert ratio((0, 0, 0), (255, 255, 255)) == pytest.approx(21.0)
    assert ratio((119, 119, 119), (255, 255, 255)) == pytest.approx(
        4.48, abs=0.01
    )  # WCAG's well-known near miss
    assert ratio((255, 0, 0), (255, 255, 255)) == pytest.approx(4.0, abs=0.01)


@given(colours, colours)
def test_ratio_is_symmetric_and_in_range(a: tuple[int, int, int], b: tuple[int, int, int]) -> None:
    assert ratio(a, b) == pytest.approx(ratio(b, a))
    assert 1.0 <= ratio(a, b) <= 21.0
    assert ratio(a, a) == pytest.approx(1.0)


ADVERSARIAL = {
    "noise": pictures.noise((90, 60)),
    "checkerboard": pictures.checkerboard((90, 60), 3),
    "left black, right white": pictures.halves((90, 60)),
    "mid grey": Image.new("RGB", (90, 60), (119, 119, 119)),
    "white": Image.new("RGB", (90, 60), "white"),
    "black": Image.new("RGB", (90, 60), "black"),
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_a_scrim_passes_and_is_no_stronger_than_needed(name: str) -> None:
    behind = np.asarray(ADVERSARIAL[name])
    scrim = best_scrim(behind, [(PAPER, INK), (INK, PAPER)])
    assert worst_contrast(veil(behind, scrim.colour, scrim.alpha), scrim.text) >= AA
    if scrim.alpha > 0.02:
        weaker = veil(behind, scrim.colour, scrim.alpha - 0.02)
        assert worst_contrast(weaker, scrim.text) < 4.7


def test_no_scrim_where_none_is_needed() -> None:
    assert needed_alpha(np.full((8, 8, 3), 8, np.uint8), PAPER, INK) == 0.0


PHOTOS = {
    "noise": pictures.noise((700, 700), 1),
    "checkerboard": pictures.checkerboard((700, 700), 16),
    "upright halves": pictures.halves((700, 700)),
    "level halves": pictures.halves((700, 700), upright=False),
    "bottle": pictures.bottle((700, 700)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", PHOTOS)
def test_every_layout_reaches_aa_behind_its_headline_on_any_photo(layout: str, name: str) -> None:
    """Measured twice: on what was behind the text, and on the delivered pixels that are not letters."""
    references = {"a": PHOTOS["noise"], "b": PHOTOS["checkerboard"]}
    source = pictures.source_of({"photo": PHOTOS[name], **references})
    compositor = LayoutCompositor()
    conditions = pictures.conditions_of({"a": 0.2, "b": 0.1})
    for placement in (Placement.SQUARE, Placement.LINK, Placement.STORY):
        recipe = pictures_recipe(compositor, layout, conditions, placement)
        canvas = compositor.compose(recipe, source)
        (text,) = canvas.texts
        assert worst_contrast(np.asarray(text.behind), text.colour) >= AA, (layout, placement)
        delivered = np.asarray(canvas.image.crop(text.box.ints()))
        untouched = np.asarray(text.behind) == delivered
        rest = delivered[untouched.all(-1)].reshape(-1, 1, 3)
        assert rest.size, "the headline covers its whole box"
        assert worst_contrast(rest, text.colour) >= AA, (layout, placement)
        assert (~untouched).any(), "no letter was drawn"


def pictures_recipe(compositor, layout, conditions, placement):  # type: ignore[no-untyped-def]
    brief = pictures.brief_of(placement=placement, variants=24)
    recipe = next(r for r in compositor.recipes(brief, conditions) if r.layout == layout)
    width, height = placement.pixels
    return replace(recipe, size=(width // 3, height // 3))


@given(st.tuples(*[st.integers(0, 255)] * 3), st.sampled_from(SCHEMES))
def test_every_scheme_of_every_product_colour_can_be_read(colour: tuple[int, int, int], name: str) -> None:
    pixels = np.full((4, 4, 3), colour, np.uint8)
    scheme = scheme_of(palette_of(pixels, np.ones((4, 4), np.float32)), name)
    assert ratio(scheme.text, scheme.ground) >= TARGET
