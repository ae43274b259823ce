"""Heatmap values, the box a model sees, and the overlay: no model needed."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.aim.explain.colours import colour_bar, table
from services.aim.explain.geometry import Box, crop_box, middle, processor_box
from services.aim.explain.heatmap import Heatmap, HeatmapKind, legend, shares, unseen
from services.aim.explain.overlay import coloured, overlay, overlay_png
from services.domain import ModelRef

MODEL = ModelRef("clip", "tiny")
WHOLE = Box()


def heatmap(values: object, box: Box = WHOLE, kind: HeatmapKind = HeatmapKind.RELEVANCE) -> Heatmap:
    return Heatmap(kind, "a cup", shares(np.asarray(values, np.float32)), box, MODEL)


def picture(size: tuple[int, int] = (60, 40), seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels)


@given(st.lists(st.floats(-5, 5, width=32), min_size=12, max_size=12))
def test_shares_are_a_distribution_or_nothing(values: list[float]) -> None:
    grid = shares(np.array(values, np.float32).reshape(3, 4))
    assert grid.shape == (3, 4)
    assert (grid >= 0).all()
    if max(values) > 0:
        assert grid.sum() == pytest.approx(1, abs=1e-5)
    else:
        assert not grid.any()


def test_shares_refuse_what_is_not_finite() -> None:
    with pytest.raises(ValueError, match="not finite"):
        shares(np.array([[1.0, np.nan]]))


def test_a_grid_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="read-only"):
        heatmap([[1, 2]]).grid[0, 0] = 5


def test_the_middle_square_of_a_wide_picture() -> None:
    """1000 x 500 scaled to a shorter side of 256 and cropped to 224: 437.5 px of the original stay."""
    box = crop_box((1000, 500), 256, (224, 224))
    assert (box.left, box.right) == pytest.approx((0.5 - 0.21875, 0.5 + 0.21875))
    assert (box.top, box.bottom) == pytest.approx((0.0625, 0.9375))


@given(st.integers(16, 4000), st.integers(16, 4000), st.floats(0.1, 5000), st.floats(0.1, 5000))
def test_a_box_lies_within_its_picture(width: int, height: int, across: float, down: float) -> None:
    left, top, right, bottom = middle((width, height), across, down).pixels((width, height))
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


class Processor:
    """The fields of a transformers image processor that say what it crops."""

    def __init__(self, size: dict[str, int], crop: dict[str, int] | None, crops: bool) -> None:
        self.size, self.crop_size = size, crop
        self.do_center_crop, self.do_resize = crops, True


def test_boxes_of_image_processors() -> None:
    crop = {"height": 224, "width": 224}
    assert processor_box(Processor({"shortest_edge": 224}, crop, True), (448, 224)) == Box(0.25, 0, 0.75, 1)
    assert processor_box(Processor({"height": 224, "width": 224}, crop, True), (448, 224)) == Box()
    assert processor_box(Processor({"shortest_edge": 224}, crop, False), (448, 224)) == Box()


def test_alpha_runs_from_the_picture_to_the_colours() -> None:
    image, grid = picture(), heatmap([[0, 1], [2, 3]])
    assert np.array_equal(np.asarray(overlay(grid, image, 0.0)), np.asarray(image))
    assert np.array_equal(np.asarray(overlay(grid, image, 1.0)), np.asarray(coloured(grid.grid, image.size)))
    half = np.asarray(overlay(grid, image, 0.5), np.float32)
    mean = (np.asarray(image, np.float32) + np.asarray(coloured(grid.grid, image.size), np.float32)) / 2
    assert np.abs(half - mean).max() <= 1


@pytest.mark.parametrize("alpha", [-0.01, 1.01, float("nan")])
def test_alpha_outside_its_range_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        overlay(heatmap([[1, 2]]), picture(), alpha)


def test_the_brightest_colour_is_where_the_most_is() -> None:
    """A wide picture of which the right half of the middle square counts."""
    image = Image.new("RGB", (300, 100), "white")
    box = crop_box(image.size, 100, (100, 100))
    drawn = np.asarray(overlay(heatmap([[0, 0, 0, 1]] * 4, box), image, 1.0), np.float32).mean(axis=2)
    assert drawn[:, 185:199].min() > drawn[:, 101:150].max()
    assert (drawn[:, :99] == 255).all(), "outside the box the picture itself stays, in grey"
    assert (drawn[:, 202:] == 255).all()


def test_what_the_model_did_not_see_goes_grey() -> None:
    image = Image.new("RGB", (300, 100), (200, 30, 30))
    drawn = np.asarray(overlay(heatmap([[1, 2]], crop_box(image.size, 100, (100, 100))), image, 1.0))
    assert np.ptp(drawn[50, 20]) == 0
    assert unseen(heatmap([[1, 2]], Box(0.3, 0, 0.7, 1))) is not None
    assert unseen(heatmap([[1, 2]])) is None


def test_a_flat_map_marks_nothing() -> None:
    drawn = np.asarray(coloured(shares(np.full((7, 7), 0.3)), (50, 50)))
    assert (drawn == table()[0]).all()


def test_large_pictures_are_shrunk_unless_asked_otherwise() -> None:
    image = Image.new("RGB", (3000, 1500))
    assert overlay(heatmap([[1, 2]]), image).size == (1280, 640)
    assert overlay(heatmap([[1, 2]]), image, side=None).size == (3000, 1500)


def test_transparent_pictures_are_laid_on_white() -> None:
    drawn = overlay(heatmap([[1, 2]]), Image.new("RGBA", (20, 20), (0, 0, 0, 0)), 0.0)
    assert drawn.mode == "RGB"
    assert drawn.getpixel((5, 5)) == (255, 255, 255)


def test_png_bytes_are_the_overlay_and_always_the_same() -> None:
    image, grid = picture(), heatmap([[0, 1], [2, 3]])
    image.info["comment"] = "private"
    data = overlay_png(grid, image, 0.4)
    assert data == overlay_png(grid, image, 0.4)
    with Image.open(io.BytesIO(data)) as read:
        assert np.array_equal(np.asarray(read), np.asarray(overlay(grid, image, 0.4)))
        assert "comment" not in read.info


def linear(colours: np.ndarray) -> np.ndarray:
    values = colours / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


SEEN_BY = {
    # Viénot, Brettel and Mollon (1999), in linear RGB.
    "all": np.eye(3),
    "protanopes": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "deuteranopes": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
}


@pytest.mark.parametrize("who", SEEN_BY)
def test_brightness_rises_for_everybody(who: str) -> None:
    seen = linear(table().astype(np.float64)) @ SEEN_BY[who].T
    luminance = seen @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance[::4]) > 0).all()
    assert luminance[0] < 0.01
    assert luminance[-1] > 0.8


def test_the_legend_runs_from_least_to_most() -> None:
    bar = colour_bar(100, 5)
    assert bar.shape == (5, 100, 3)
    assert tuple(bar[0, 0]) == tuple(table()[0])
    assert tuple(bar[0, -1]) == tuple(table()[-1])


def test_legends_name_the_text_or_say_that_nothing_was_found() -> None:
    assert "“a cup”" in str(legend(heatmap([[1, 2]])))
    assert "whatever the text" in str(legend(heatmap([[1, 2]], kind=HeatmapKind.ATTENTION)))
    assert heatmap([[0, 0]]).empty
    assert "No part" in str(legend(heatmap([[0, 0]])))
