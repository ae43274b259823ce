"""Textures as paint for the surfaces of a stage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.noise import sample
from services.retrieval.backdrops.wood import Timber, planks

Paint = Callable[[Field, Field, Field], Colour]


def surface(texture: Colour, per_metre: float) -> Callable[[Field, Field, Field], Colour]:
    """Paint that wraps a texture over whatever faces it, level or upright."""

    def paint(x: Field, y: Field, z: Field) -> Colour:
        column = (x + (z - 4.2) * np.float32(0.3)) * np.float32(per_metre) + texture.shape[1] / 2
        row = (z - 4.2 - y) * np.float32(per_metre) + texture.shape[0] / 2
        return sample(texture, column, row)

    return paint


def wooden(canvas: Canvas, timber: Timber, width: float, per_metre: float) -> Paint:
    """Paint of planks that run across the room."""
    colour, gap = planks(Canvas(canvas.name + "/boards", 1200, 800), timber, width)
    texture = colour * (1 - 0.6 * gap)[..., None]

    def paint(x: Field, y: Field, z: Field) -> Colour:
        column = np.abs((x * np.float32(per_metre) + 600 + 1200) % 2400 - 1200) * 0.999
        row = np.abs(((z - y) * np.float32(per_metre) + 800) % 1600 - 800) * 0.998
        return sample(texture, column, row)

    return paint
