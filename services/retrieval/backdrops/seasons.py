"""What the seasons strew: blossom, petals, green leaves, fallen leaves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.bokeh import haze, scatter
from services.retrieval.backdrops.canvas import Canvas, Colour
from services.retrieval.backdrops.colour import ink, mix, tint
from services.retrieval.backdrops.light import pool, vignette
from services.retrieval.backdrops.sprites import leaf, petal, stamp
from services.retrieval.backdrops.wood import WALNUT, floorboards

LEAF_COLOURS = (
    ("#c4521c", "#7d2a10"), ("#dd8a24", "#a34d12"), ("#e9b23c", "#b8741c"),
    ("#a32c1c", "#5f1710"), ("#8f5a26", "#553012"),
)  # fmt: skip


def _around(canvas: Canvas, rng: np.random.Generator, hollow: float) -> tuple[float, float]:
    """A place in the picture, more likely toward its edges: the middle is kept for the product."""
    while True:
        u, v = rng.uniform(-0.54, 0.54, 2)
        if (u / 0.5) ** 2 + (v / 0.5) ** 2 > hollow * rng.uniform(0.75, 1.25):
            return u * canvas.design_width, v * canvas.design_height


def fallen_leaves(canvas: Canvas) -> Colour:
    """Autumn leaves around the edge of a dark walnut table."""
    colour = floorboards(canvas, WALNUT, 210, key=1.25)
    rng = canvas.rng("leaves")
    for _ in range(64):
        x, y = _around(canvas, rng, 0.95)
        first, second = (ink(code) for code in LEAF_COLOURS[rng.integers(len(LEAF_COLOURS))])
        shape = leaf(first, second, 0.05 * float(rng.integers(3)), rng.uniform(-0.35, 0.35))
        stamp(
            canvas, colour, x, y, rng.uniform(62, 112), rng.uniform(0, 6.3), shape,
            shade=0.62, squash=rng.uniform(0.75, 1.05), lift=rng.uniform(7, 16),
        )  # fmt: skip
    return colour * (0.75 + 0.4 * pool(canvas, 0.4, 0.35, 0.6))[..., None]


def green_leaves(canvas: Canvas) -> Colour:
    """Fresh leaves framing a pale wall, their shadows on it."""
    colour = tint(ink("#e8e6d8"), pool(canvas, 0.4, 0.3, 1.2) * 1.04)
    rng = canvas.rng("leaves")
    tones = (("#6f9a4a", "#33602b"), ("#8ab35c", "#4a7a34"), ("#4f8050", "#23502f"), ("#a2c274", "#5f8d45"))
    for _ in range(54):
        x, y = _around(canvas, rng, 1.25)
        first, second = (ink(code) for code in tones[rng.integers(len(tones))])
        shape = leaf(first, second, 0.0, rng.uniform(-0.3, 0.3))
        stamp(
            canvas, colour, x, y, rng.uniform(80, 150), rng.uniform(0, 6.3), shape,
            shade=0.34, squash=rng.uniform(0.6, 0.95), lift=rng.uniform(18, 40),
        )  # fmt: skip
    return colour * vignette(canvas, 0.12)[..., None]


def blossom(canvas: Canvas) -> Colour:
    """Cherry petals drifting through a pale spring garden, some sharp, some close and soft."""
    colour = haze(canvas, 330, (0.0, "#cfe0c8"), (0.35, "#e9ecdf"), (0.65, "#f8e3e4"), (1.0, "#f3bfca"))
    colour = mix(colour, ink("#ffffff"), 0.5 * pool(canvas, 0.35, 0.2, 0.5))
    scatter(canvas, colour, "far", 34, ("#ffd9e0", "#ffffff"), (26, 66), (0.03, 0.09), 0.3, 0.25)
    rng = canvas.rng("petals")
    for count, size, soft in ((34, (12, 20), 0.10), (26, (22, 40), 0.05), (8, (70, 110), 0.45)):
        for _ in range(count):
            x, y = rng.uniform(-0.54, 0.54, 2) * (canvas.design_width, canvas.design_height)
            shape = petal(ink("#ee93a8"), ink("#fde4e8"), soft)
            stamp(
                canvas,
                colour,
                x,
                y,
                rng.uniform(*size),
                rng.uniform(0, 6.3),
                shape,
                squash=rng.uniform(0.6, 1.1),
            )
    return colour * 0.95


def petals_on_blush(canvas: Canvas) -> Colour:
    """Rose petals strewn round the edge of a blush surface, each with its shadow."""
    colour = tint(ink("#f3d9d3"), pool(canvas, 0.32, 0.15, 1.4) * 1.06)
    rng = canvas.rng("petals")
    tones = (("#c94f68", "#e88b9b"), ("#d8728a", "#f3b4bd"), ("#b33a55", "#dc7488"), ("#eab0b6", "#fbe0de"))
    for _ in range(58):
        x, y = _around(canvas, rng, 1.05)
        first, second = (ink(code) for code in tones[rng.integers(len(tones))])
        stamp(
            canvas, colour, x, y, rng.uniform(36, 70), rng.uniform(0, 6.3), petal(first, second, 0.03),
            shade=0.34, squash=rng.uniform(0.75, 1.15), lift=rng.uniform(6, 13),
        )  # fmt: skip
    return colour * vignette(canvas, 0.12)[..., None]


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "spring-cherry-petals": blossom,
    "spring-rose-petals": petals_on_blush,
    "summer-green-leaves": green_leaves,
    "autumn-leaves-table": fallen_leaves,
}
