"""Fitting a cut-out into its scene's light: a gentle shift of lightness, warmth and contrast in OKLab."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from services.generation.compositor.colour import from_oklab, pixels, to_oklab

WARMTH = 0.22
"""Share of the scene's colour cast that the product takes on: enough to belong, its own colour stays."""

LIGHT = 0.16
LARGEST_SHIFT = 0.03
"""OKLab: about one and a half visible differences. A product's colour is what the ad sells."""

WRAP = 0.18
"""Opacity of the scene's light on the product's rim."""


def harmonise(cut: Image.Image, scene: Image.Image) -> Image.Image:
    """`cut` (RGBA) lit like `scene` (RGB, the part around it). Same size; alpha untouched."""
    rgba = np.asarray(cut)
    inside = rgba[..., 3] > 128
    if not inside.any():
        return cut
    lab = to_oklab(rgba[..., :3])
    around = to_oklab(pixels(scene.resize((32, 32), Image.Resampling.BOX))).reshape(-1, 3)
    own = lab[inside].mean(0)
    shift = (around.mean(0) - own) * np.array([LIGHT, WARMTH, WARMTH], np.float32)
    # The cast of the light is what counts, not how colourful the wallpaper is.
    shift = np.clip(shift, -LARGEST_SHIFT, LARGEST_SHIFT)
    out = from_oklab(lab + shift.astype(np.float32))
    return Image.fromarray(np.dstack([out, rgba[..., 3]]), "RGBA")


def light_wrap(cut: Image.Image, behind: Image.Image, radius: float) -> Image.Image:
    """`cut` with the light of `behind` (RGB, same size) spilling softly over its rim."""
    alpha = np.asarray(cut.getchannel("A"), np.float32) / 255
    outside = Image.fromarray(((1 - alpha) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    share = np.asarray(outside, np.float32)[..., None] / 255 * WRAP * alpha[..., None]
    quarter = (max(behind.width // 4, 1), max(behind.height // 4, 1))
    soft = behind.resize(quarter, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(radius / 2))
    light = np.asarray(soft.resize(behind.size, Image.Resampling.BILINEAR), np.float32)
    rgb = pixels(cut) * (1 - share) + light * share
    return Image.fromarray(np.dstack([rgb + 0.5, alpha * 255]).astype(np.uint8), "RGBA")
