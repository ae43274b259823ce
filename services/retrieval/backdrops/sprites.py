"""Small things scattered over a picture: out-of-focus lights, leaves, petals, flakes, and polygon masks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import smoothstep
from services.retrieval.backdrops.noise import resize

Shape = Callable[[Field, Field], tuple[Field, Colour]]
"""Cover (0..1) and colour of a thing at its own coordinates, -1..1 both ways."""


def _patch(canvas: Canvas, x: float, y: float, reach: float) -> tuple[slice, slice, Field, Field] | None:
    """Rows, columns and design-pixel offsets of the square around (x, y), both from the picture's centre."""
    px = canvas.pixel
    column, row = x * px + canvas.width / 2, y * px + canvas.height / 2
    size = reach * px + 1
    rows = slice(max(0, int(row - size)), min(canvas.height, int(row + size) + 1))
    columns = slice(max(0, int(column - size)), min(canvas.width, int(column + size) + 1))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    dx = (np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5 - np.float32(column))[None, :] / px
    dy = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5 - np.float32(row))[:, None] / px
    return rows, columns, dx, dy


def add_disc(
    canvas: Canvas, colour: Colour, x: float, y: float, radius: float, light: Colour,
    soft: float = 0.07, rim: float = 0.3,
) -> None:  # fmt: skip
    """Add a circle of confusion: what a point of light becomes out of focus, brighter toward its rim."""
    where = _patch(canvas, x, y, radius * (1 + soft) + 1)
    if where is None:
        return
    rows, columns, dx, dy = where
    gap = np.sqrt(dx * dx + dy * dy) / np.float32(radius)
    edge = max(soft, 0.8 / (radius * canvas.pixel))
    cover = smoothstep(1 + edge, 1 - edge, gap) * (1 - rim + rim * gap**4)
    colour[rows, columns] += cover[..., None] * light


def stamp(
    canvas: Canvas, colour: Colour, x: float, y: float, size: float, angle: float, shape: Shape,
    shade: float = 0.0, squash: float = 1.0, lift: float = 10.0,
) -> None:  # fmt: skip
    """Lay a shape of half-length `size` on the picture, turned and foreshortened, with a soft shadow."""
    c, s = np.float32(math.cos(angle)), np.float32(math.sin(angle))

    def turned(dx: Field, dy: Field) -> tuple[Field, Field]:
        return (dx * c + dy * s) / np.float32(size), (dy * c - dx * s) / np.float32(size * squash)

    if shade:
        where = _patch(canvas, x + lift * 0.5, y + lift, size * 1.3)
        if where is not None:
            rows, columns, dx, dy = where
            step = max(1, round(4 * canvas.pixel))
            cover, _ = shape(*turned(dx[:, ::step], dy[::step]))
            # enlarging the coarse shadow is what makes it soft
            soft = resize(cover.astype(np.float32), columns.stop - columns.start, rows.stop - rows.start)
            colour[rows, columns] *= 1 - (shade * np.clip(soft, 0, 1))[..., None]
    where = _patch(canvas, x, y, size * 1.1)
    if where is not None:
        cover, paint = shape(*turned(*where[2:]))
        under = colour[where[0], where[1]]
        colour[where[0], where[1]] = under + (paint - under) * cover[..., None]


def leaf(first: Colour, second: Colour, lobes: float, curl: float) -> Shape:
    """A leaf along x from stalk (-1) to tip (1), with midrib, side veins and a curl that shades one half."""

    def draw(x: Field, y: Field) -> tuple[Field, Colour]:
        along = np.clip((x + 0.82) / 1.8, 0, 1)
        half = (
            0.50
            * np.maximum(np.sin(np.pi * along**0.85), 0) ** 0.8
            * (1 + lobes * np.sin(along * 30) * (1 - along))
        )
        bent = y - 0.10 * np.sin(x * 2.2)
        side = np.abs(bent)
        blade = smoothstep(0.025, -0.025, side - half) * (along > 0) * (along < 1)
        stalk = smoothstep(0.032, 0.012, side) * (x > -1) * (x < -0.7)
        rib = smoothstep(0.03, 0.004, side)
        vein = smoothstep(0.16, 0.04, np.abs((along * 9 - side * 4.2) % 1 - 0.5)) * 0.32
        across = np.where(half > 0.02, side / np.maximum(half, 0.02), 1)
        tone = np.clip(0.30 + 0.55 * across * along + 0.18 * np.sin(along * 5 + bent * 4), 0, 1)
        paint = first + (second - first) * tone[..., None]
        light = 0.86 + curl * np.sign(bent) * (0.25 + 0.5 * across) + 0.18 * vein + 0.30 * rib
        return np.maximum(blade, stalk), paint * np.clip(light, 0.25, 1.6)[..., None]

    return draw


def petal(first: Colour, second: Colour, soft: float) -> Shape:
    """A cherry petal: a rounded drop with a notch at its tip, pale, deeper at its base."""

    def draw(x: Field, y: Field) -> tuple[Field, Colour]:
        along = (x + 0.9) / 1.75
        half = 0.74 * np.sqrt(np.clip(along * (1.04 - along) * 4, 0, 1)) * (0.55 + 0.5 * along)
        notch = 0.85 - 0.16 * smoothstep(0.30, 0.0, np.abs(y))
        edge = np.maximum(np.abs(y) - half, x - notch)
        cover = smoothstep(soft, -soft, edge) * (along > 0)
        tone = np.clip(along * 1.1, 0, 1)
        light = 0.94 + 0.14 * y + 0.05 * np.cos(y * 26) * (1 - tone)
        return cover, (first + (second - first) * tone[..., None]) * light[..., None]

    return draw


def pebble(colour: Colour, angle: float, squash: float, bump: float) -> Shape:
    """A worn stone lit from the upper left, with a wet highlight."""
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))

    def draw(x: Field, y: Field) -> tuple[Field, Colour]:
        round_ = np.abs(x) ** 2.3 + np.abs(y + bump * 0.12 * np.sin(2.4 * x + bump)) ** 2.3
        dome = np.sqrt(np.clip(1 - round_, 0, 1))
        # the slope, turned back from the stone's own axes to the picture's
        nx, ny = x * c - y / np.float32(squash) * s, x * s + y / np.float32(squash) * c
        lit = np.clip(0.62 * dome - 0.42 * nx - 0.55 * ny + 0.12, 0.04, 1.6)
        shine = smoothstep(0.84, 1.04, 0.80 * dome - 0.36 * nx - 0.48 * ny) * 0.22
        band = 1 + 0.10 * np.sin(x * 9 + y * 3 + bump * 9) * (bump > 0.5)
        return smoothstep(1.02, 0.93, round_), colour * (lit * band)[..., None] + shine[..., None]

    return draw


def polygons(canvas: Canvas, shapes: Sequence[Sequence[tuple[float, float]]], finer: int = 2) -> Field:
    """Cover (0..1) of filled polygons given in design pixels from the centre."""
    picture = Image.new("L", (canvas.width * finer, canvas.height * finer))
    draw = ImageDraw.Draw(picture)
    scale = canvas.pixel * finer
    for points in shapes:
        draw.polygon(
            [(x * scale + picture.width / 2, y * scale + picture.height / 2) for x, y in points], fill=255
        )
    small = picture.reduce(finer) if finer > 1 else picture
    return np.asarray(small, dtype=np.float32) / 255
