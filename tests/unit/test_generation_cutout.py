"""A product is cut out only where that is sure, and then cleanly."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from services.generation.compositor.colour import to_oklab
from services.generation.compositor.cutout import SURE, cut_out
from services.generation.compositor.harmonise import LARGEST_SHIFT, harmonise
from services.generation.compositor.product import look
from services.generation.compositor.shadow import ground_shadow
from tests.unit import generation_pictures as pictures


@pytest.mark.parametrize("ground", ["#dcdcd8", "#ffffff", "#20242c", "#7fb0d8"])
def test_a_plain_background_is_accepted(ground: str) -> None:
    cut = cut_out(look(pictures.bottle(ground=ground)))
    assert cut is not None
    assert cut.confidence >= SURE
    alpha = np.asarray(cut.image.getchannel("A")) > 128
    # The body is 112 x 250 px, the neck 40 x 70 px.
    assert alpha.sum() == pytest.approx(112 * 250 + 40 * 70, rel=0.06)


@pytest.mark.parametrize(
    "photo",
    [
        pictures.bottle_on_noise(),
        pictures.noise((300, 300)),
        pictures.checkerboard((300, 300), 20),
        pictures.halves((300, 300)),
        pictures.scene(5, (400, 300)),
        Image.new("RGB", (300, 300), "#c8c8c8"),
    ],
    ids=["bottle on noise", "noise", "checkerboard", "halves", "landscape", "nothing at all"],
)
def test_a_busy_or_empty_photo_is_refused(photo: Image.Image) -> None:
    assert cut_out(look(photo)) is None


def test_a_product_of_the_background_s_own_colour_is_refused() -> None:
    photo = pictures.bottle(ground="#e8e8e6")
    ImageDraw.Draw(photo).ellipse((60, 80, 340, 420), fill="#e2e2e0")
    ImageDraw.Draw(photo).ellipse((180, 200, 220, 240), fill="#d0d0ce")
    assert cut_out(look(photo)) is None


def test_transparency_is_used_as_it_is() -> None:
    cut = cut_out(look(pictures.transparent_bottle()))
    assert cut is not None
    assert cut.confidence == 1.0


def test_no_trace_of_the_old_background_is_left_on_the_rim() -> None:
    """A red bottle from a bright green ground: no pixel that shows may be green."""
    cut = cut_out(look(pictures.bottle(ground="#30d040")))
    assert cut is not None
    rgba = np.asarray(cut.image).astype(int)
    shown = rgba[rgba[..., 3] > 24]
    assert (shown[:, 1] > shown[:, 0] + 10).mean() < 0.001


def test_harmonising_is_gentle_and_moves_towards_the_scene() -> None:
    cut = cut_out(look(pictures.bottle()))
    assert cut is not None
    blue = Image.new("RGB", cut.image.size, "#4a78b8")
    before, after = np.asarray(cut.image), np.asarray(harmonise(cut.image, blue))
    assert np.array_equal(before[..., 3], after[..., 3])
    inside = before[..., 3] > 200
    shift = to_oklab(after[inside][:, :3]).mean(0) - to_oklab(before[inside][:, :3]).mean(0)
    assert shift[2] < -0.005  # bluer
    assert np.abs(shift).max() <= LARGEST_SHIFT + 0.01


def test_a_shadow_lies_at_the_foot_and_fades() -> None:
    alpha = Image.new("L", (40, 100), 255)
    shade = np.asarray(ground_shadow((200, 200), alpha, (80, 60), (0, 0, 0), lean=0.0).getchannel("A"))
    assert shade[157:161, 90:110].mean() > 80  # under the foot (y = 160)
    assert shade[:120].mean() < 2  # nothing in the air
    assert shade[195:].mean() < 4
