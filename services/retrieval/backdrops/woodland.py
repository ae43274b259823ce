"""A summer meadow, and forests in autumn haze and winter fog."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.bokeh import haze, scatter
from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix, smoothstep
from services.retrieval.backdrops.light import pool, vignette
from services.retrieval.backdrops.noise import blur, fbm, profile
from services.retrieval.backdrops.seasons import LEAF_COLOURS
from services.retrieval.backdrops.skies import gradient
from services.retrieval.backdrops.snow import flakes
from services.retrieval.backdrops.sprites import leaf, polygons, stamp


def _blades(
    canvas: Canvas, key: str, count: int, foot: float, tall: tuple[float, float], wide: float
) -> Field:
    rng = canvas.rng(key)
    shapes = []
    for _ in range(count):
        x = rng.uniform(-0.55, 0.55) * canvas.design_width
        base = (foot - 0.5) * canvas.design_height + rng.uniform(0, 40)
        height, bend, half = rng.uniform(*tall), rng.normal(0, 0.35), wide * rng.uniform(0.6, 1.3)
        left, right = [], []
        for t in np.linspace(0, 1, 6):
            middle = x + bend * height * t * t
            thick = half * (1 - t) ** 0.7
            left.append((middle - thick, base - height * t))
            right.append((middle + thick, base - height * t))
        shapes.append(left + right[::-1])
    return polygons(canvas, shapes)


def meadow(canvas: Canvas) -> Colour:
    """Grass in low summer sun: blades in focus in front of a glowing blurred field."""
    colour = haze(canvas, 300, (0.0, "#6f9a3a"), (0.4, "#a9bf58"), (0.7, "#d8d488"), (1.0, "#f6ebb8"))
    sky = gradient(canvas, (0.0, "#bcd9e4"), (0.30, "#f3ecc6"), (0.45, "#f0dc94"), (1.0, "#8aa548"))
    colour = mix(
        sky, colour, 0.45 * smoothstep(0.25, 0.6, canvas.v) + np.zeros((1, canvas.width), np.float32)
    )
    colour = mix(colour, ink("#fff3c4"), 0.8 * pool(canvas, 0.70, 0.18, 0.24))
    scatter(
        canvas, colour, "lights", 44, ("#fff3b8", "#f5f0c0", "#e6f0a8"), (14, 44), (0.04, 0.15), 0.5, 0.16
    )
    layers = (
        ("far", 420, 0.98, (160, 330), 4.0, 9.0, "#b5bd5a"),
        ("mid", 300, 1.02, (170, 380), 4.5, 3.0, "#7d9a38"),
        ("near", 170, 1.06, (160, 420), 5.0, 0.6, "#4a7424"),
        ("front", 26, 1.10, (300, 560), 12.0, 14.0, "#2f5a1c"),
    )  # fmt: skip
    for key, count, foot, tall, wide, soft, code in layers:
        cover = blur(_blades(canvas, key, count, foot, tall, wide), soft * canvas.pixel)
        sun = 0.75 + 0.9 * pool(canvas, 0.70, 0.35, 0.42) * smoothstep(1.0, 0.5, canvas.v)
        colour = mix(colour, ink(code) * sun[..., None], np.clip(cover, 0, 1))
    return colour * vignette(canvas, 0.18)[..., None]


def _trunks(canvas: Canvas, key: str, count: int, wide: tuple[float, float], lean: float) -> Field:
    """Bare trees: trunks that rise out of the picture and boughs that fork from them."""
    rng = canvas.rng(key)
    shapes = []
    low, high = 0.6 * canvas.design_height, -0.6 * canvas.design_height
    for _ in range(count):
        x, half, tilt = (
            rng.uniform(-0.55, 0.55) * canvas.design_width,
            rng.uniform(*wide),
            rng.normal(0, lean),
        )
        top = x + tilt * canvas.design_height
        shapes.append(
            [
                (x - half * 1.25, low),
                (x + half * 1.25, low),
                (top + half * 0.55, high),
                (top - half * 0.55, high),
            ]
        )
        for _ in range(rng.integers(5, 10)):
            t = rng.uniform(0.35, 0.95)
            sx, sy = x + (top - x) * t, low + (high - low) * t
            side, reach, thick = rng.choice([-1, 1]), rng.uniform(60, 230), half * rng.uniform(0.16, 0.34)
            ex, ey = sx + side * reach * 0.8, sy - reach * rng.uniform(0.5, 1.1)
            shapes.append([(sx, sy + thick * 1.6), (sx, sy - thick * 1.6), (ex, ey)])
            for f in (0.4, 0.65, 0.8):
                fx, fy = sx + (ex - sx) * f, sy + (ey - sy) * f
                gx, gy = fx + side * rng.uniform(-10, 60), fy - rng.uniform(30, 90)
                shapes.append([(fx - thick * 0.4, fy), (fx + thick * 0.4, fy), (gx, gy)])
    return polygons(canvas, shapes)


def winter_forest(canvas: Canvas) -> Colour:
    """Bare trees standing in white fog over snow, each row paler than the one before it."""
    colour = gradient(canvas, (0.0, "#c3ccd3"), (0.55, "#e4e8ea"), (1.0, "#eef1f3"))
    rows = (
        ("a", 26, (5, 9), "#b7c0c7", 2.4),
        ("b", 15, (9, 15), "#8c98a2", 1.2),
        ("c", 7, (16, 26), "#4d5a64", 0.5),
    )
    for k, (key, count, wide, code, soft) in enumerate(rows):
        cover = blur(_trunks(canvas, key, count, wide, 0.03), soft * canvas.pixel)
        foot = 0.70 + 0.09 * k
        bank = foot + 0.012 * profile(canvas, 500, key, finest=90)
        cover = cover * smoothstep(0.02, -0.03, canvas.v - bank)
        fog = smoothstep(foot + 0.02, foot - 0.45, canvas.v)
        tree = mix(ink("#dfe4e7"), ink(code), 0.25 + 0.75 * fog + 0 * cover)
        colour = colour + (tree - colour) * cover[..., None]
        ground = smoothstep(-0.02, 0.02, canvas.v - bank)
        snow = mix(ink("#f5f7f9"), ink("#cfd8e0"), np.clip((canvas.v - bank) / (1.15 - bank), 0, 1) * 0.6)
        colour = colour + (snow - colour) * (ground * (0.55 + 0.2 * k))[..., None]
    flakes(canvas, colour, 320, 0.5)
    return colour * 0.97 * vignette(canvas, 0.16)[..., None]


def autumn_forest(canvas: Canvas) -> Colour:
    """An avenue of trunks in amber haze, leaves coming down."""
    colour = haze(canvas, 240, (0.0, "#a3551c"), (0.4, "#d98a34"), (0.7, "#f0bd62"), (1.0, "#fbe6ae"))
    colour = mix(colour, ink("#fff2cf"), 0.85 * pool(canvas, 0.5, 0.38, 0.22))
    for key, count, wide, code, soft in (
        ("a", 16, (7, 13), "#b3743a", 5.0),
        ("b", 7, (18, 30), "#5c3418", 2.4),
    ):
        cover = blur(_trunks(canvas, key, count, wide, 0.02), soft * canvas.pixel)
        keep = 1 - 0.85 * np.exp(-((canvas.u - 0.5) ** 2) / 0.02)
        colour = mix(colour, ink(code), cover * keep * smoothstep(0.95, 0.75, canvas.v))
    ground = smoothstep(0.66, 0.84, canvas.v + 0.008 * profile(canvas, 200, "bank", finest=20))
    litter = fbm(canvas, 22, "litter", stretch=2.4, finest=3)
    floor = mix(ink("#8f4415"), ink("#e79a3c"), np.clip(0.45 + 0.2 * litter, 0, 1))
    colour = mix(colour, blur(floor, 2.2 * canvas.pixel), ground)
    rng = canvas.rng("falling")
    for _ in range(26):
        x, y = rng.uniform(-0.52, 0.52, 2) * (canvas.design_width, canvas.design_height)
        first, second = (ink(code) for code in LEAF_COLOURS[rng.integers(3)])
        shape = leaf(first, second, 0.05, rng.uniform(-0.3, 0.3))
        stamp(
            canvas,
            colour,
            x,
            y,
            rng.uniform(12, 34),
            rng.uniform(0, 6.3),
            shape,
            squash=rng.uniform(0.5, 1.0),
        )
    scatter(canvas, colour, "glow", 20, ("#fff0c0",), (20, 52), (0.03, 0.10), 0.4, 0.2)
    return colour * vignette(canvas, 0.3)[..., None]


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "summer-meadow": meadow,
    "autumn-forest": autumn_forest,
    "winter-forest-fog": winter_forest,
}
