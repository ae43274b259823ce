"""A heatmap laid over its picture, for pages and files. Deterministic: equal input, equal bytes."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from services.aim.explain.colours import LEVELS, table
from services.aim.explain.heatmap import Grid, Heatmap
from services.models.preprocess import on_white

ALPHA = 0.55
"""Where a page's slider starts: colours tell, and the picture is still recognised."""

SIDE = 1280
"""Longer side of an overlay by default: a page shows no more, and 12 megapixels would take seconds."""


def overlay(
    heatmap: Heatmap, image: Image.Image, alpha: float = ALPHA, side: int | None = SIDE
) -> Image.Image:
    """`image` (RGB, at most `side` px, None: its own size) under the map's colours.

    `alpha` 0..1: 0 is the picture itself, 1 the colours alone. What the model did not see goes grey by
    the same share. Colours run from the least to the most of this map: two pictures' do not compare.
    Raises ValueError for an alpha outside 0..1.
    """
    if not 0 <= alpha <= 1:
        raise ValueError("alpha is 0..1")
    picture = on_white(image).copy() if side is None else _at_most(on_white(image), side)
    box = heatmap.box.pixels(picture.size)
    cover = Image.merge("RGB", [picture.convert("L")] * 3)
    cover.paste(coloured(heatmap.grid, (box[2] - box[0], box[3] - box[1])), box)
    return Image.blend(picture, cover, alpha)


def overlay_png(heatmap: Heatmap, image: Image.Image, alpha: float = ALPHA, side: int | None = SIDE) -> bytes:
    """`overlay` as PNG bytes without metadata, for download."""
    buffer = io.BytesIO()
    overlay(heatmap, image, alpha, side).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def coloured(grid: Grid, size: tuple[int, int]) -> Image.Image:
    """The grid in colours at `size` (width, height), upsampled bicubically."""
    levels = Image.fromarray(_levels(grid)).resize(size, Image.Resampling.BICUBIC)
    steps = np.clip(np.asarray(levels) * (LEVELS - 1) + 0.5, 0, LEVELS - 1).astype(np.uint8)
    return Image.fromarray(table()[steps])


def _levels(grid: Grid) -> Grid:
    """The grid from its least, 0, to its most, 1; all 0 where it is flat: nothing stands out."""
    low, high = float(grid.min()), float(grid.max())
    if high - low <= 1e-6 * max(high, 1e-12):
        return np.zeros_like(grid)
    return np.asarray((grid - low) / (high - low), np.float32)


def _at_most(image: Image.Image, side: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return small
