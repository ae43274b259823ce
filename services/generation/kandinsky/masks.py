"""Which pixels of a photo stay: a mask of the photo's size, white where they do, soft on the inside.

The first mask is the compositor's cut-out, where that is sure; sliders and a mask picture of one's own
change it. What is kept in the image store is the finished mask, so a recipe that names it needs no
cut-out to be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.errors import InvalidInput
from services.generation.compositor.cutout import cut_out
from services.generation.compositor.product import look
from services.generation.compositor.smartcrop import Box, Edges
from services.messages import N_

WORK_SIDE = 1600
"""px. Masks are shaped at no more than this on the longer side: finer than any placement shows."""

KEPT = (0.002, 0.97)
"""Share of the photo that a mask may keep: below it there is no product, above it nothing to paint."""

FEATHER = 3.0
"""In thousandths of the photo's longer side: the rim fades over about three pixels of a story."""

SOLID = 128
"""A pixel is kept, in the decoder's eyes, from this grey value on."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a raw mask becomes the one that is used. Lengths are thousandths of the photo's longer side.

    `threshold` (0..1): what counts as product. `grow` > 0 widens, < 0 narrows. `feather` is how wide the
    rim fades, inwards. `invert` keeps what was not kept.
    """

    threshold: float = 0.5
    grow: float = 0.0
    feather: float = FEATHER
    invert: bool = False


PLAIN = Shape()


def automatic(photo: Image.Image) -> Image.Image | None:
    """The raw mask (L, the photo's size) of the compositor's cut-out; None where it is not sure."""
    small = _reduced(_upright(photo))
    cut = cut_out(look(small))
    if cut is None:
        return None
    mask = Image.new("L", small.size)
    mask.paste(cut.image.getchannel("A"), cut.at)
    return mask if mask.size == photo.size else mask.resize(photo.size, Image.Resampling.BICUBIC)


def uploaded(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The raw mask in a picture of one's own: its transparency where it has one, else its brightness.

    Raises InvalidInput for a picture of another shape than the photo's `size`.
    """
    if abs(picture.width / picture.height / (size[0] / size[1]) - 1) > 0.02:
        raise InvalidInput(
            N_(
                "The mask is {mask} and the photo {photo}: they differ in shape. "
                "Draw the mask on a copy of the photo and keep its size."
            ),
            mask=f"{picture.width} x {picture.height}",
            photo=f"{size[0]} x {size[1]}",
        )
    alpha = picture.convert("RGBA").getchannel("A")
    transparent = bool((np.asarray(alpha) < SOLID).any())
    mask = alpha if transparent else picture.convert("L")
    return mask.resize(size, Image.Resampling.BICUBIC)


def shaped(raw: Image.Image, shape: Shape = PLAIN) -> Image.Image:
    """The mask to use (L, of `raw`'s size): 255 where a pixel stays as it is, fading inside the rim.

    Raises InvalidInput where it keeps next to nothing, or all.
    """
    small = _reduced(raw)
    unit = max(small.size) / 1000
    inside = np.asarray(small, np.float32) / 255 >= max(shape.threshold, 1 / 255)
    if shape.invert:
        inside = ~inside
    distance = _signed_distance(inside) + shape.grow * unit
    alpha = np.clip(distance / max(shape.feather * unit, 1.0), 0, 1)
    _check(float((alpha >= 0.5).mean()))
    mask = Image.fromarray((alpha * 255 + 0.5).astype(np.uint8))
    return mask if mask.size == raw.size else mask.resize(raw.size, Image.Resampling.BICUBIC)


def _signed_distance(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """px to the rim: 1 and more inside, 0 and less outside. The photo's own edge is no rim of the product."""
    from scipy import ndimage

    if inside.all() or not inside.any():
        return np.full(inside.shape, max(inside.shape) * (1.0 if inside.all() else -1.0), np.float32)
    inwards = ndimage.distance_transform_edt(inside)
    outwards = ndimage.distance_transform_edt(~inside)
    return np.asarray(np.where(inside, inwards, 1 - outwards), np.float32)


def _check(share: float) -> None:
    if share < KEPT[0]:
        raise InvalidInput(
            N_("This mask keeps nothing of the photo. Lower the threshold, grow it, or invert it.")
        )
    if share > KEPT[1]:
        raise InvalidInput(
            N_("This mask keeps the whole photo: nothing is left to make. Raise the threshold, or invert it.")
        )


def product_box(mask: Image.Image) -> tuple[Box, Edges]:
    """Where the kept pixels lie in the photo (px), and which edges of the photo cut them.

    Raises InvalidInput for a mask that keeps nothing.
    """
    kept = np.asarray(mask.convert("L")) >= SOLID
    if not kept.any():
        _check(0.0)
    columns, rows = np.flatnonzero(kept.any(0)), np.flatnonzero(kept.any(1))
    rim = max(2, max(mask.size) // 300)
    sides = (kept[:, :rim], kept[:rim], kept[:, -rim:], kept[-rim:])
    cut = [bool(side.any(axis).mean() > 0.01) for side, axis in zip(sides, (1, 0, 1, 0), strict=True)]
    box = Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    return box, Edges(*cut)


def flattened(photo: Image.Image) -> Image.Image:
    """`photo` as RGB; transparency on a light grey, as in a studio."""
    photo = _upright(photo)
    if photo.mode != "RGBA":
        return photo
    ground = Image.new("RGB", photo.size, (238, 238, 236))
    ground.paste(photo, mask=photo.getchannel("A"))
    return ground


def _upright(photo: Image.Image) -> Image.Image:
    """RGB, or RGBA where there is transparency."""
    if photo.mode in ("RGB", "RGBA"):
        return photo
    return photo.convert("RGBA" if photo.has_transparency_data else "RGB")


def _reduced(image: Image.Image) -> Image.Image:
    scale = WORK_SIDE / max(image.size)
    if scale >= 1:
        return image
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
