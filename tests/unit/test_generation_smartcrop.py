"""The product is found, and no crop or placement ever cuts it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from services.generation.compositor.palette import scheme_of
from services.generation.compositor.photo_fill import photo_fill
from services.generation.compositor.product import look
from services.generation.compositor.smartcrop import (
    DECENT_UPSCALE,
    Box,
    Edges,
    cover_crop,
    frame_size,
    place,
)
from tests.unit import generation_pictures as pictures

sides = st.integers(40, 4000)


@st.composite
def photo_and_box(draw: st.DrawFn) -> tuple[tuple[int, int], Box]:
    width, height = draw(sides), draw(sides)
    x = sorted(draw(st.tuples(st.floats(0, 0.9), st.floats(0.05, 1))))
    y = sorted(draw(st.tuples(st.floats(0, 0.9), st.floats(0.05, 1))))
    x1, y1 = min(max(x[1], x[0] + 0.05), 1.0), min(max(y[1], y[0] + 0.05), 1.0)
    return (width, height), Box(x[0] * width, y[0] * height, x1 * width, y1 * height)


@given(
    photo_and_box(), st.tuples(sides, sides), st.tuples(st.floats(0, 1), st.floats(0, 1)), st.floats(0.3, 1)
)
def test_a_crop_holds_the_product_whole(
    given_photo: tuple[tuple[int, int], Box], target: tuple[int, int], focus: tuple[float, float], fill: float
) -> None:
    photo, box = given_photo
    crop = cover_crop(photo, box, target, focus, fill)
    if crop is None:
        return
    assert crop.holds(box, slack=1e-3)
    assert Box(0, 0, *photo).holds(crop, slack=1e-3)
    assert crop.width / crop.height == pytest.approx(target[0] / target[1], rel=0.0125)
    assert target[0] / crop.width <= DECENT_UPSCALE * 1.02


@given(photo_and_box(), st.tuples(st.integers(60, 2000), st.integers(60, 2000)))
def test_a_frame_can_be_filled_with_the_product_whole(
    given_photo: tuple[tuple[int, int], Box], room: tuple[int, int]
) -> None:
    photo, box = given_photo
    size = frame_size(photo, box, room)
    assert size[0] <= room[0] + 1
    assert size[1] <= room[1] + 1
    if min(size) >= 100:  # below that a pixel is more than the leeway for rounding
        assert cover_crop(photo, box, size) is not None


@given(photo_and_box(), st.sampled_from(["", "left", "right", "bottom", "top"]))
def test_a_placed_product_stays_on_the_page(given_photo: tuple[tuple[int, int], Box], edge: str) -> None:
    photo, box = given_photo
    reach = {"left": box._replace(x0=0), "top": box._replace(y0=0)}
    reach |= {"right": box._replace(x1=photo[0]), "bottom": box._replace(y1=photo[1])}
    box = reach.get(edge, box)
    area, room = Box(0, 0, 1000, 1000), Box(100, 300, 900, 950)
    at = place(photo, box, Edges(**{edge: True} if edge else {}), area, room)
    scale = at.width / photo[0]
    landed = Box(*(at[:2][i % 2] + v * scale for i, v in enumerate(box)))
    assert area.holds(landed, slack=0.5)
    assert scale <= DECENT_UPSCALE + 1e-6
    if not edge:
        assert room.holds(landed, slack=0.5)
    else:
        index = ["left", "top", "right", "bottom"].index(edge)
        assert landed[index] == pytest.approx(area[index], abs=0.5)


@pytest.mark.parametrize("at", [(0.5, 0.5), (0.25, 0.45), (0.8, 0.6)])
def test_the_box_is_found_on_a_plain_background(at: tuple[float, float]) -> None:
    product = look(pictures.bottle(at=at))
    x0, y0, x1, y1 = pictures.bottle_box(at=at)
    assert product.found == "plain background"
    assert product.box.holds(Box(x0, y0, x1, y1))
    assert product.box.width < (x1 - x0) * 1.35
    assert product.box.height < (y1 - y0) * 1.25


def test_transparency_tells_the_box_exactly() -> None:
    product = look(pictures.transparent_bottle())
    assert product.found == "transparency"
    assert product.box == pytest.approx(pictures.bottle_box(), abs=4)


def test_a_product_cut_by_its_photo_is_known_as_such() -> None:
    assert look(pictures.bottle(at=(0.5, 0.9))).edges == Edges(bottom=True)
    assert look(pictures.bottle()).edges == Edges()


def test_on_a_busy_background_the_estimate_holds_the_product() -> None:
    image = pictures.scene(4, (600, 400))
    ImageDraw.Draw(image).ellipse((240, 120, 380, 300), fill="#f2e205")
    assert look(image).box.holds(Box(240, 120, 380, 300))


@pytest.mark.parametrize("size", [(300, 300), (200, 480), (480, 160), (64, 400)])
@pytest.mark.parametrize("make", [pictures.bottle, pictures.bottle_on_tiles, pictures.transparent_bottle])
def test_the_whole_bottle_is_in_every_fill(size: tuple[int, int], make) -> None:  # type: ignore[no-untyped-def]
    """The bottle's dark neck and the foot of its body are both in the delivered picture."""
    product = look(make())
    filled = np.asarray(photo_fill(product, size, scheme_of(product.palette, "paper"))).astype(int)
    red = (filled[..., 0] > 120) & (filled[..., 1] < 70) & (filled[..., 2] < 70)
    assert filled.shape == (size[1], size[0], 3)
    rows, columns = np.flatnonzero(red.mean(1) > 0.02), np.flatnonzero(red.mean(0) > 0.02)
    body = (columns[-1] - columns[0] + 1) / (rows[-1] - rows[0] + 1)
    assert body == pytest.approx(0.28 * 400 / (0.5 * 500), rel=0.25)


def test_extreme_strips_and_tiny_photos_are_framed() -> None:
    for size in [(2000, 40), (30, 900), (18, 18)]:
        product = look(pictures.noise(size))
        assert photo_fill(product, (200, 200), scheme_of(product.palette, "deep")).size == (200, 200)


def test_a_greyscale_strip_has_a_palette() -> None:
    product = look(Image.linear_gradient("L").convert("RGB"))
    assert not product.palette.colourful
    assert len(product.palette.swatches) >= 3
