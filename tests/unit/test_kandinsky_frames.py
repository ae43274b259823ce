"""Decode sizes, where a photo lies in the picture, and the mask of the pixels that stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from services.domain import Placement
from services.errors import InvalidInput
from services.generation.compositor.smartcrop import Box, Edges
from services.generation.kandinsky import masks
from services.generation.kandinsky.framing import around, covering
from services.generation.kandinsky.masks import Shape, product_box, shaped, uploaded
from services.generation.kandinsky.sizes import STEP, crop_loss, decode_size, deliver

SIZES = {
    Placement.SQUARE: (768, 768),
    Placement.PORTRAIT: (704, 896),
    Placement.STORY: (576, 1024),
    Placement.WIDE: (1024, 576),
    Placement.LINK: (1088, 576),
}


@pytest.mark.parametrize("placement", Placement)
def test_every_placement_is_decoded_near_the_trained_area_and_delivered_whole(placement: Placement) -> None:
    made = decode_size(placement.pixels)
    assert made == SIZES[placement]
    assert made[0] % STEP == made[1] % STEP == 0
    assert 0.95 <= made[0] * made[1] / 768**2 <= 1.1
    assert crop_loss(made, placement.pixels) < 0.02
    assert deliver(Image.new("RGB", made), placement.pixels).size == placement.pixels


@given(st.sampled_from(list(Placement)), st.integers(64, 1024))
def test_a_smaller_side_never_needs_more(placement: Placement, side: int) -> None:
    width, height = decode_size(placement.pixels, side)
    assert width % STEP == height % STEP == 0
    assert width * height <= 1.1 * max(side, STEP) ** 2


def test_delivery_crops_around_the_centre() -> None:
    made = Image.new("RGB", (200, 100))
    made.paste((255, 0, 0), (50, 0, 150, 100))
    cut = np.asarray(deliver(made, (100, 100)))
    assert (cut[..., 0] > 250).mean() > 0.97


# --- frames ------------------------------------------------------------------------------------

BOTTLE = Box(150, 100, 250, 500)


@pytest.mark.parametrize("placement", Placement)
def test_a_covering_photo_leaves_no_gap_and_keeps_the_product_in_the_middle(placement: Placement) -> None:
    frame = covering((400, 600), BOTTLE, placement.pixels)
    width, height = placement.pixels
    assert frame.box.x0 <= 0
    assert frame.box.y0 <= 0
    assert frame.box.x1 >= width
    assert frame.box.y1 >= height


@pytest.mark.parametrize("placement", Placement)
def test_around_keeps_the_whole_product_within_the_margins(placement: Placement) -> None:
    frame, (width, height) = around((400, 600), BOTTLE, Edges(), placement.pixels), placement.pixels
    scale = frame.box.width / 400
    left, top = frame.box.x0 + 150 * scale, frame.box.y0 + 100 * scale
    right, bottom = left + 100 * scale, top + 400 * scale
    assert min(left, width - right) > 0.03 * width
    assert min(top, height - bottom) > 0.03 * height
    assert max((right - left) / width, (bottom - top) / height) > 0.45  # and is no speck
    assert frame.box.height / frame.box.width == pytest.approx(1.5, rel=0.01)


@pytest.mark.parametrize("placement", Placement)
def test_a_side_that_the_photo_cuts_lies_on_the_edge(placement: Placement) -> None:
    size = placement.pixels
    standing = around((400, 600), Box(100, 200, 300, 600), Edges(bottom=True), size)
    assert standing.box.y1 == pytest.approx(size[1], abs=1)
    across = around((400, 600), Box(0, 200, 400, 500), Edges(left=True, right=True), size)
    assert across.box.x0 <= 0
    assert across.box.x1 >= size[0]


def test_a_frame_means_the_same_place_for_the_decoder_and_for_delivery() -> None:
    photo = Image.new("RGB", (400, 600), (255, 255, 255))
    ImageDraw.Draw(photo).rectangle((150, 100, 250, 500), fill=(200, 0, 0))
    frame = around(photo.size, BOTTLE, Edges(), (1080, 1350))
    final = np.asarray(frame.draw(photo, Image.new("RGB", (1080, 1350))), np.int16)
    small = frame.at((704, 896)).draw(photo, Image.new("RGB", (704, 896)))
    seen = np.asarray(deliver(small, (1080, 1350)), np.int16)
    assert (np.abs(final - seen).max(axis=2) > 60).mean() < 0.01  # the rims alone


# --- masks -------------------------------------------------------------------------------------


def a_mask(
    box: tuple[int, int, int, int] = (100, 50, 200, 250), size: tuple[int, int] = (300, 300)
) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


def kept(mask: Image.Image) -> int:
    return int((np.asarray(mask) >= masks.SOLID).sum())


def test_a_mask_fades_inwards_alone() -> None:
    soft = np.asarray(shaped(a_mask(), Shape(feather=30)))
    assert (soft[np.asarray(a_mask()) == 0] == 0).all()
    assert soft[150, 150] == 255
    assert 0 < soft[150, 101] < 128
    hard = np.asarray(shaped(a_mask(), Shape(feather=0)))
    assert set(np.unique(hard)) == {0, 255}
    assert (hard == np.asarray(a_mask())).all()


def test_growing_shrinking_and_inverting() -> None:
    plain = kept(shaped(a_mask(), Shape(feather=0)))
    wide = kept(shaped(a_mask(), Shape(feather=0, grow=20)))
    thin = kept(shaped(a_mask(), Shape(feather=0, grow=-20)))
    assert (plain, thin) == (100 * 200, (100 - 12) * (200 - 12))
    assert 110 * 210 < wide < 114 * 214  # corners are rounded
    assert kept(shaped(a_mask(), Shape(feather=0, invert=True))) == 300 * 300 - plain


@pytest.mark.parametrize("shape", [Shape(grow=-500), Shape(threshold=1.0, grow=900), Shape(grow=900)])
def test_a_mask_of_nothing_or_of_all_is_refused(shape: Shape) -> None:
    with pytest.raises(InvalidInput, match=r"keeps (nothing|the whole photo)"):
        shaped(a_mask(), shape)


def test_a_mask_picture_is_read_by_its_transparency_or_its_brightness() -> None:
    drawn = a_mask().convert("RGB")
    clear = Image.new("RGBA", (300, 300))
    clear.paste((10, 10, 10, 255), (100, 50, 200, 250))
    for picture in (drawn, clear, drawn.resize((600, 600))):
        assert kept(uploaded(picture, (300, 300))) == pytest.approx(100 * 200, rel=0.02)
    with pytest.raises(InvalidInput, match="differ in shape"):
        uploaded(drawn.resize((300, 200)), (300, 300))


def test_the_box_of_what_stays_and_the_edges_that_cut_it() -> None:
    assert product_box(a_mask()) == (Box(100, 50, 200, 250), Edges())
    box, edges = product_box(a_mask((0, 100, 150, 300)))
    assert (box, edges) == (Box(0, 100, 150, 300), Edges(left=True, bottom=True))
    with pytest.raises(InvalidInput, match="keeps nothing"):
        product_box(Image.new("L", (50, 50)))


def test_the_cut_out_of_a_transparent_photo_is_its_transparency() -> None:
    photo = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    photo.paste((200, 30, 30, 255), (100, 50, 200, 250))
    raw = masks.automatic(photo)
    assert raw is not None
    assert raw.size == photo.size
    assert kept(raw) == 100 * 200
    assert masks.flattened(photo).getpixel((0, 0)) == (238, 238, 236)
    noise = np.random.default_rng(1).integers(0, 255, (120, 120, 3), np.uint8)
    assert masks.automatic(Image.fromarray(noise)) is None


def test_a_mask_is_finished_at_the_photos_own_size() -> None:
    large = a_mask((1000, 500, 2000, 2500), (3000, 3000))
    mask = shaped(large)
    assert mask.size == (3000, 3000)
    assert kept(mask) == pytest.approx(1000 * 2000, rel=0.02)
    assert np.asarray(mask)[1500, 1500] == 255
