"""From a placement's pixels to the size a decoder makes, and back.

Kandinsky's decoders work in steps of 64 px (8 for MoVQ, 8 more for the UNet's three halvings) and were
trained around 768 x 768: every placement is decoded at about that area in the nearest shape, then
cropped to its exact shape and resized.
"""

from __future__ import annotations

import math

from PIL import Image

STEP = 64
"""px. diffusers rounds other sizes up to this, so that a picture would come out larger than asked."""

TRAINED_SIDE = 768
"""px. Side of the square that the decoders were trained at."""

LARGEST_SHARE = 1.10
"""Of the trained area, at most: beyond it memory grows and products begin to repeat themselves."""

AREA_PRICE = 0.1
"""What a departure from the trained area costs beside a crop: ten per cent of it as much as one per cent
cut off."""

MOST_STEPS = 32


def decode_size(size: tuple[int, int], side: int = TRAINED_SIDE) -> tuple[int, int]:
    """(width, height) in multiples of STEP to decode for a picture of `size`.

    Its area is near `side`², at most LARGEST_SHARE of it; of those it is the one that loses least to the
    crop to `size`'s shape. Never below one STEP.
    """
    area = float(max(side, STEP) ** 2)
    sides = range(STEP, MOST_STEPS * STEP + 1, STEP)
    possible = [(w, h) for w in sides for h in sides if w * h <= LARGEST_SHARE * area]
    return min(possible, key=lambda each: (_price(each, size, area), each))


def _price(made: tuple[int, int], size: tuple[int, int], area: float) -> float:
    return crop_loss(made, size) + AREA_PRICE * abs(math.log(made[0] * made[1] / area))


def crop_loss(made: tuple[int, int], size: tuple[int, int]) -> float:
    """Share of a picture of `made` that is cut off to get the shape of `size`, 0..1."""
    ratio = (made[0] / made[1]) / (size[0] / size[1])
    return 1 - min(ratio, 1 / ratio)


def crop_box(made: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest centred box of `size`'s shape in a picture of `made`: left, top, right, bottom in px."""
    scale = min(made[0] / size[0], made[1] / size[1])
    width, height = size[0] * scale, size[1] * scale
    left, top = (made[0] - width) / 2, (made[1] - height) / 2
    return left, top, left + width, top + height


def deliver(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`image` cropped to the shape of `size` around its centre, and resized to it (Lanczos)."""
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, box=crop_box(image.size, size))
