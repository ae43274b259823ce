"""Pictures to the classifier's pixels, as `tf_efficientnet_lite0` was trained (timm's config).

Shorter side to 256 px by bicubic (crop share 0.875 of it is 224), centre crop, values to -1..1.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

SIDE = 224
CROP_SHARE = 0.875
MEAN = STD = 0.5


class View(StrEnum):
    """One look at a picture."""

    CENTRE = "centre"
    CENTRE_FLIPPED = "centre flipped"
    WHOLE = "whole"  # squeezed into the square: nothing is cut off
    WHOLE_FLIPPED = "whole flipped"


def view(image: Image.Image, kind: View = View.CENTRE) -> NDArray[np.float32]:
    """(3, 224, 224) float32 in -1..1, RGB."""
    picture = on_white(image)
    whole = kind in (View.WHOLE, View.WHOLE_FLIPPED)
    picture = picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC) if whole else centre_crop(picture)
    if kind in (View.CENTRE_FLIPPED, View.WHOLE_FLIPPED):
        picture = ImageOps.mirror(picture)
    pixels = np.asarray(picture, np.float32) / 255
    return np.ascontiguousarray(((pixels - MEAN) / STD).transpose(2, 0, 1), np.float32)


def on_white(image: Image.Image) -> Image.Image:
    """RGB, with transparency laid on white: a cut-out is seen as on paper, not on black."""
    if image.mode == "RGB":
        return image
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def centre_crop(image: Image.Image) -> Image.Image:
    """224 x 224 from the middle, after scaling the shorter side to 256 px.

    Only the part that stays is resized: an extreme strip costs no more than a square.
    """
    kept = min(image.size) * CROP_SHARE
    left, top = (image.width - kept) / 2, (image.height - kept) / 2
    box = (left, top, left + kept, top + kept)
    return image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box)
