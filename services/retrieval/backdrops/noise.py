"""Noise fields: fractal (fBm), cellular (Worley) and domain-warped.

A fractal field grows from its coarsest grid, doubled and refined at every octave, so that its price
is that of the finest octave alone.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from services.retrieval.backdrops.canvas import Canvas, Colour, Field


def resize(field: Field, width: int, height: int) -> Field:
    """A field at another size, bicubic (antialiased when it shrinks)."""
    if field.shape[:2] == (height, width):
        return field
    if field.ndim == 3:
        return np.stack([resize(field[..., k], width, height) for k in range(field.shape[2])], axis=-1)
    picture = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC))


def standardised(field: Field) -> Field:
    """Mean 0, standard deviation 1."""
    result: Field = (field - field.mean()) / (field.std() + np.float32(1e-6))
    return result


def white(canvas: Canvas, key: str) -> Field:
    """Independent normal values, one a pixel."""
    return canvas.rng(key).standard_normal((canvas.height, canvas.width), dtype=np.float32)


def fbm(
    canvas: Canvas,
    cell: float,
    key: str,
    *,
    finest: float = 2.0,
    gain: float = 0.5,
    stretch: float = 1.0,
) -> Field:
    """Fractal noise, mean 0 and deviation 1.

    `cell` and `finest` are the sizes of the largest and smallest features in design pixels,
    `gain` the strength of each octave over the one before, `stretch` how much longer than high
    the features are.
    """
    rng = canvas.rng(key)
    total: Field | None = None
    strength = 1.0
    smallest = max(finest, 1 / canvas.pixel)
    while True:
        columns = max(2, round(canvas.design_width / (cell * stretch)))
        rows = max(2, round(canvas.design_height / cell))
        columns, rows = min(columns, canvas.width * 2), min(rows, canvas.height * 2)
        octave = rng.standard_normal((rows, columns), dtype=np.float32) * np.float32(strength)
        total = octave if total is None else resize(total, columns, rows) + octave
        cell, strength = cell / 2, strength * gain
        if cell < smallest:
            return standardised(resize(total, canvas.width, canvas.height))


def profile(canvas: Canvas, cell: float, key: str, *, finest: float = 2.0, gain: float = 0.5) -> Field:
    """Fractal noise along a line across the picture, (1, width): a ridge, a torn edge, a swaying curtain."""
    strip = Canvas(canvas.name, canvas.width, 8)
    scale = canvas.pixel / strip.pixel
    return standardised(fbm(strip, cell * scale, key, finest=finest * scale, gain=gain)[4:5])


def sample(texture: Field, column: Field, row: Field) -> Field:
    """Values (or colours) of a texture at fractional pixel positions, bilinear, repeating at its edges."""
    height, width = texture.shape[:2]
    left, top = np.floor(column), np.floor(row)
    across, down = (column - left).astype(np.float32), (row - top).astype(np.float32)
    x0, y0 = left.astype(np.int32) % width, top.astype(np.int32) % height
    x1, y1 = (x0 + 1) % width, (y0 + 1) % height
    flat = texture.reshape(height * width, -1) if texture.ndim == 3 else texture.reshape(-1)
    if texture.ndim == 3:
        across, down = across[..., None], down[..., None]
    upper = flat[y0 * width + x0] * (1 - across) + flat[y0 * width + x1] * across
    lower = flat[y1 * width + x0] * (1 - across) + flat[y1 * width + x1] * across
    mixed: Field = upper * (1 - down) + lower * down
    return mixed


def warp(canvas: Canvas, field: Field, across: Field, down: Field) -> Field:
    """The field with every point taken from `across`, `down` design pixels away."""
    column = np.arange(canvas.width, dtype=np.float32)[None, :] + across * np.float32(canvas.pixel)
    row = np.arange(canvas.height, dtype=np.float32)[:, None] + down * np.float32(canvas.pixel)
    return sample(field, np.clip(column, 0, canvas.width - 1.001), np.clip(row, 0, canvas.height - 1.001))


def worley(canvas: Canvas, cell: float, key: str, jitter: float = 1.0) -> tuple[Field, Field, Field]:
    """Distances to the nearest and second nearest scattered points (in cells), and a 0..1 value per cell.

    Large cells are worked out at low resolution; only the step between two cells' values is coarser for it.
    """
    small = canvas.reduced(min(3.0, max(1.0, cell * canvas.pixel / 16)))
    near, after, value = _worley(small, cell, canvas.rng(key), jitter)
    rows = (np.arange(canvas.height) * small.height // canvas.height)[:, None]
    columns = np.arange(canvas.width) * small.width // canvas.width
    size = canvas.width, canvas.height
    return resize(near, *size), resize(after, *size), value[rows, columns]


def _worley(
    canvas: Canvas, cell: float, rng: np.random.Generator, jitter: float
) -> tuple[Field, Field, Field]:
    columns, rows = int(canvas.design_width / cell) + 5, int(canvas.design_height / cell) + 5
    points = 0.5 + (rng.random((2, rows * columns), dtype=np.float32) - 0.5) * np.float32(jitter)
    marks = rng.random(rows * columns, dtype=np.float32)
    shape = (canvas.height, canvas.width)
    px, py = canvas.x / cell + (columns / 2), canvas.y / cell + (rows / 2)
    cx, cy = np.floor(px), np.floor(py)
    fx, fy = (px - cx).astype(np.float32), (py - cy).astype(np.float32)
    home = cy.astype(np.int32) * columns + cx.astype(np.int32)
    first = np.full(shape, 9.0, dtype=np.float32)
    second, value = first.copy(), np.zeros(shape, np.float32)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            at = home + (down * columns + across)
            gap = (points[0][at] + (across - fx)) ** 2 + (points[1][at] + (down - fy)) ** 2
            nearer = gap < first
            second = np.minimum(np.where(nearer, first, gap), second)
            value = np.where(nearer, marks[at], value)
            first = np.minimum(first, gap)
    return np.sqrt(first), np.sqrt(second), value


def blur(field: Field | Colour, sigma: float) -> Field:
    """Gaussian blur; `sigma` in pixels. A wide one is made at low resolution, where it cannot be seen."""
    if sigma < 0.3:
        return field
    height, width = field.shape[:2]
    factor = max(1.0, sigma / 1.6)
    small = resize(field, max(4, round(width / factor)), max(4, round(height / factor)))
    reach = (sigma / factor, sigma / factor) + (0,) * (field.ndim - 2)
    soft: Field = ndimage.gaussian_filter(small, reach, mode="nearest", truncate=2.6)
    return resize(soft, width, height)
