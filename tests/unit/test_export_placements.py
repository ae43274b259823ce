"""A variant in the size of a placement: composed again, cropped or continued, the product whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from services.domain import ModelRef, Placement, Recipe, Variant
from services.errors import NotFound
from services.export.placements import How, fit
from services.export.safe_zones import SAFE_ZONES, preview
from services.generation.compositor.compositor import VERSION
from services.parts import ImageSource
from tests.builders import a_recipe
from tests.unit import generation_pictures as pictures

LAYOUT = replace(a_recipe(), generator=ModelRef("generator", "layout-compositor", VERSION))
DIFFUSION = replace(a_recipe(), layout="", generator=ModelRef("generator", "kandinsky"))


class Composer:
    def __init__(self, lost: bool = False) -> None:
        self.asked: list[Recipe] = []
        self._lost = lost

    def generate(self, recipe: Recipe, source: ImageSource) -> Image.Image:
        self.asked.append(recipe)
        if self._lost:
            raise NotFound("The picture is gone.")
        return Image.new("RGB", recipe.size, "teal")


def variant(recipe: Recipe) -> Variant:
    return Variant(1, 0, recipe.seed, "0" * 64, *recipe.size, recipe)


def nothing(sha256: str) -> Image.Image:
    raise AssertionError("the composer of this test reads no picture")


def red(image: Image.Image) -> np.ndarray:
    """Where the test's bottle is: its red, whatever its size."""
    rgb = np.asarray(image.convert("RGB"), np.int16)
    return (rgb[..., 0] > rgb[..., 1] + 60) & (rgb[..., 0] > rgb[..., 2] + 60)


@pytest.mark.parametrize("placement", Placement)
def test_a_layout_is_composed_again_in_the_new_size(placement: Placement) -> None:
    composer = Composer()
    picture = Image.new("RGB", (1080, 1080))
    fitted = fit(variant(LAYOUT), picture, placement, composer, nothing)
    assert fitted.image.size == placement.pixels
    if placement is Placement.SQUARE:
        assert (fitted.how, fitted.recipe, composer.asked) == (How.ORIGINAL, LAYOUT, [])
        assert fitted.image is picture
    else:
        assert fitted.how is How.COMPOSED
        assert composer.asked == [fitted.recipe]
        assert fitted.recipe == replace(LAYOUT, placement=placement, size=placement.pixels)


@pytest.mark.parametrize("placement", [p for p in Placement if p is not Placement.SQUARE])
def test_a_picture_without_layout_is_cropped_around_its_product(placement: Placement) -> None:
    picture = pictures.bottle((1080, 1080), at=(0.35, 0.5))
    composer = Composer()
    fitted = fit(variant(DIFFUSION), picture, placement, composer, nothing)
    assert fitted.image.size == placement.pixels
    assert fitted.how in (How.CROPPED, How.EXTENDED)
    assert (fitted.recipe, composer.asked) == (None, [])
    share = red(fitted.image).sum() / red(picture).sum()
    scale = _scale(picture, fitted.image)
    assert share == pytest.approx(scale**2, rel=0.06), "part of the product is gone"


def _scale(before: Image.Image, after: Image.Image) -> float:
    """Of the product, by its height."""
    heights = [np.flatnonzero(red(image).any(1)) for image in (before, after)]
    spans = [float(rows[-1] - rows[0] + 1) for rows in heights]
    return spans[1] / spans[0]


def test_what_no_crop_can_hold_is_shown_whole() -> None:
    tall = pictures.bottle((600, 1200))
    fitted = fit(variant(DIFFUSION), tall, Placement.WIDE, Composer(), nothing)
    assert fitted.how is How.EXTENDED
    assert red(fitted.image)[0].sum() == 0
    assert red(fitted.image)[-1].sum() == 0
    assert fitted.image.size == (1920, 1080)


def test_a_layout_of_another_version_is_composed_by_this_one_which_is_said() -> None:
    old = replace(LAYOUT, generator=ModelRef("generator", "layout-compositor", "0"))
    fitted = fit(variant(old), pictures.bottle((1080, 1080)), Placement.PORTRAIT, Composer(), nothing)
    assert fitted.how is How.COMPOSED
    assert fitted.recipe is not None
    assert fitted.recipe.generator.revision == VERSION


def test_a_layout_that_is_not_known_is_cropped() -> None:
    composer, newer = Composer(), replace(LAYOUT, layout="carousel")
    fitted = fit(variant(newer), pictures.bottle((1080, 1080)), Placement.PORTRAIT, composer, nothing)
    assert fitted.how is not How.COMPOSED
    assert composer.asked == []


def test_where_a_reference_is_lost_the_picture_itself_is_cropped() -> None:
    fitted = fit(variant(LAYOUT), pictures.bottle((1080, 1080)), Placement.PORTRAIT, Composer(True), nothing)
    assert fitted.how is How.CROPPED


@pytest.mark.parametrize("size", [(24, 24), (3000, 40), (40, 3000)])
def test_odd_pictures_are_fitted_too(size: tuple[int, int]) -> None:
    for placement in Placement:
        fitted = fit(variant(DIFFUSION), pictures.scene(2, size), placement, Composer(), nothing)
        assert fitted.image.size == placement.pixels


@pytest.mark.parametrize("placement", Placement)
def test_a_preview_veils_what_is_not_safe_and_nothing_else(placement: Placement) -> None:
    white = Image.new("RGB", placement.pixels, "white")
    shown = np.asarray(preview(white, placement, 480).convert("L"), np.int16)
    assert max(shown.shape) == 480
    zone = SAFE_ZONES[placement][0]
    height, width = shown.shape
    assert shown[round(height * (zone.top / 2)), width // 2] < 140
    assert shown[round(height * (1 - zone.bottom / 2)), width // 2] < 140
    assert shown[height // 2, width // 2] == 255


def test_every_zone_names_its_source_and_leaves_room() -> None:
    assert set(SAFE_ZONES) == set(Placement)
    for zones in SAFE_ZONES.values():
        for zone in zones:
            assert zone.source
            assert zone.top + zone.bottom < 0.6
            assert zone.left + zone.right < 0.6
