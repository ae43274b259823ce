"""Shadows that set a cut-out down: a dark line of contact and a soft one cast on the ground."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from services.generation.compositor.colour import RGB

CONTACT_OPACITY = 0.62
CAST_OPACITY = 0.34
CAST_LENGTH = 0.20
"""Length of the cast shadow on the ground as a share of the product's height: light from high up."""


def ground_shadow(
    size: tuple[int, int], alpha: Image.Image, at: tuple[int, int], ink: RGB, lean: float = 0.35
) -> Image.Image:
    """RGBA layer of `size` with the shadows of a product whose `alpha` (L) stands with its top left at `at`.

    `lean` moves the far end of the cast shadow by that share of its length, to the right when positive.
    """
    width, height = alpha.size
    # Only the part of the page where a shadow can fall is worked on.
    reach = round(height * 0.4) + 4
    left, top = at[0] - reach, at[1] + height - reach
    part, place = (width + 2 * reach, round(reach * 1.4)), (reach, reach - height)
    cast = _cast(part, alpha, place, lean)
    contact = _contact(part, alpha, place)
    strength = 1 - (1 - cast * CAST_OPACITY) * (1 - contact * CONTACT_OPACITY)
    mask = Image.new("L", size, 0)
    mask.paste(Image.fromarray((strength * 255 + 0.5).astype(np.uint8)), (left, top))
    layer = Image.new("RGBA", size, (*ink, 0))
    layer.putalpha(mask)
    return layer


def _cast(size: tuple[int, int], alpha: Image.Image, at: tuple[int, int], lean: float) -> np.ndarray:
    """The silhouette laid flat on the ground behind the product, softer and fainter with distance."""
    width, height = alpha.size
    flat = max(round(height * CAST_LENGTH), 2)
    pad = flat
    lying = alpha.resize((width, flat), Image.Resampling.BOX)
    shape = Image.new("L", (width + 2 * pad, flat), 0)
    shape.paste(lying, (pad, 0))
    # x of the source for every x of the shadow: the top row (far end) is moved by lean * flat.
    shape = shape.transform(
        shape.size, Image.Transform.AFFINE, (1, lean, -lean * flat, 0, 1, 0), Image.Resampling.BILINEAR
    )
    layer = Image.new("L", size, 0)
    base = at[1] + height
    layer.paste(shape, (at[0] - pad, base - flat + max(flat // 12, 1)))
    near = layer.filter(ImageFilter.GaussianBlur(max(height * 0.012, 0.6)))
    far = layer.filter(ImageFilter.GaussianBlur(max(height * 0.045, 1.2)))
    share = np.clip((base - np.arange(size[1], dtype=np.float32)) / flat, 0, 1)[:, None]
    out = np.asarray(near, np.float32) * (1 - share) + np.asarray(far, np.float32) * share
    return out / 255 * (1 - 0.55 * share)


def _contact(size: tuple[int, int], alpha: Image.Image, at: tuple[int, int]) -> np.ndarray:
    """Darkness where the lowest parts of the product meet the ground."""
    height = alpha.height
    a = np.asarray(alpha, np.float32) / 255
    foot = max(round(height * 0.05), 2)
    touching = a[-foot:].max(0)
    thick = max(round(height * 0.022), 2)
    band = np.repeat(touching[None] * 255, thick, 0).astype(np.uint8)
    layer = Image.new("L", size, 0)
    layer.paste(Image.fromarray(band), (at[0], at[1] + height - round(thick * 0.62)))
    tight = np.asarray(layer.filter(ImageFilter.GaussianBlur(max(height * 0.006, 0.5))), np.float32)
    wide = np.asarray(layer.filter(ImageFilter.GaussianBlur(max(height * 0.022, 1.0))), np.float32)
    return np.clip(0.55 * tight + 0.75 * wide, 0, 255) / 255


def drop_shadow(
    size: tuple[int, int],
    mask: Image.Image,
    at: tuple[int, int],
    ink: RGB,
    spread: float,
    opacity: float = 0.30,
) -> Image.Image:
    """RGBA layer with the shadow of a card of shape `mask` (L) at `at`: wide below, close all around."""
    quarter = (max(size[0] // 4, 1), max(size[1] // 4, 1))

    def cast(drop: float, blur: float) -> np.ndarray:
        layer = Image.new("L", size, 0)
        layer.paste(mask, (at[0], round(at[1] + drop)))
        small = layer.resize(quarter, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(blur / 4))
        return np.asarray(small, np.float32)

    both = cast(spread * 0.55, spread) * opacity + cast(spread * 0.12, spread * 0.22) * opacity * 0.4
    out = Image.new("RGBA", size, (*ink, 0))
    out.putalpha(Image.fromarray(both.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC))
    return out
