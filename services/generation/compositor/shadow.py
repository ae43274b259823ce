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
    cast = _cast(size, alpha, at, lean)
    contact = _contact(size, alpha, at)
    strength = 1 - (1 - cast * CAST_OPACITY) * (1 - contact * CONTACT_OPACITY)
    layer = Image.new("RGBA", size, (*ink, 0))
    layer.putalpha(Image.fromarray((strength * 255 + 0.5).astype(np.uint8)))
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
    layer = Image.new("L", size, 0)
    layer.paste(mask, (at[0], round(at[1] + spread * 0.55)))
    far = np.asarray(layer.filter(ImageFilter.GaussianBlur(spread)), np.float32)
    layer = Image.new("L", size, 0)
    layer.paste(mask, (at[0], round(at[1] + spread * 0.12)))
    close = np.asarray(layer.filter(ImageFilter.GaussianBlur(max(spread * 0.22, 0.5))), np.float32)
    out = Image.new("RGBA", size, (*ink, 0))
    out.putalpha(Image.fromarray(((far * opacity) + (close * opacity * 0.4)).astype(np.uint8)))
    return out
