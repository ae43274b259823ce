"""Papers: seamless sweeps under studio light, kraft, crumpled, torn, cut, pleated, washed with colour."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, inks, mix, smoothstep, tint
from services.retrieval.backdrops.light import pool, relief, shadow, vignette
from services.retrieval.backdrops.noise import fbm, profile, resize, warp
from services.retrieval.backdrops.stage import Stage
from services.retrieval.backdrops.tracer import trace


def tooth(canvas: Canvas, strength: float = 0.012) -> Field:
    """The fine fibre of paper, a factor about 1."""
    return 1 + np.float32(strength) * fbm(canvas, 5, "tooth", finest=1.2, gain=0.8)


def sweep(
    canvas: Canvas, colour: str, lamp: tuple[float, float, float] = (-2.4, 4.6, 1.6), key: float = 0.72
) -> Colour:
    """A roll of seamless paper hung over a cove, lit from one side."""
    stage = Stage(
        floor=ink(colour), wall=ink(colour), cove=2.2, wall_at=6.5, camera=1.4, horizon=0.3,
        lamp=lamp, key=key, fill=0.36,
    )  # fmt: skip
    side = 0.42 if lamp[0] < 0 else 0.58
    glow = 0.82 + 0.42 * pool(canvas, side, 0.36, 0.34)  # a second lamp on the wall, behind the product
    lit = trace(stage, canvas) * (glow * tooth(canvas) * vignette(canvas, 0.2))[..., None]
    waves = 1 + 0.02 * fbm(canvas.reduced(8), 420, "waves", finest=200)
    return lit * resize(waves, canvas.width, canvas.height)[..., None]


def kraft(canvas: Canvas) -> Colour:
    fibres = fbm(canvas, 6, "fibres", stretch=4, finest=1.2, gain=0.9)
    flecks = smoothstep(2.1, 3.2, fbm(canvas, 9, "flecks", stretch=2.2, finest=2))
    pale = smoothstep(2.2, 3.2, fbm(canvas, 7, "pale", stretch=3, finest=2))
    clouds = fbm(canvas.reduced(6), 260, "clouds", finest=20)
    tone = 0.022 * fibres + 0.05 * resize(clouds, canvas.width, canvas.height)
    base = mix(ink("#b98f63"), ink("#8c6239"), 0.28 + tone - 0.25 * pale + 0.5 * flecks)
    light = pool(canvas, 0.3, 0.2, 1.15) * 1.25 * vignette(canvas, 0.25) * relief(canvas, fibres, 0.12)
    return base * light[..., None]


def crumpled(canvas: Canvas, colour: str = "#efece6") -> Colour:
    """Paper crushed and opened again: creases are where tilted facets meet, coarse ones and fine ones."""
    coarse = canvas.reduced(1.6)
    rng = canvas.rng("facets")
    bend = [26 * fbm(coarse, 150, f"bend {k}", finest=12) for k in range(2)]
    x, y = coarse.x + bend[0], coarse.y + bend[1]
    height: Field = np.zeros((coarse.height, coarse.width), np.float32)
    for size, count in ((150.0, 9), (70.0, 9), (34.0, 6)):
        for _ in range(count):
            angle, phase = rng.uniform(0, np.pi), rng.uniform(0, 2)
            along = (x * np.cos(angle) + y * np.sin(angle)) / np.float32(size * rng.uniform(1.2, 2.6)) + phase
            fold = np.abs(along % 2 - 1)
            height = np.maximum(height, fold * size) if rng.random() < 0.35 else height + fold * size * 0.16
    height = resize(height.astype(np.float32), canvas.width, canvas.height)
    grain = 0.35 * fbm(canvas, 6, "tooth", finest=1.2, gain=0.7)
    lit = relief(canvas, height + grain, 0.8, (-0.7, -0.6), 1.5)
    light = (0.32 + 0.62 * lit) * pool(canvas, 0.3, 0.2, 1.5) * vignette(canvas, 0.2)
    return tint(ink(colour), light)


def _torn_edge(canvas: Canvas, key: str, rough: float) -> Field:
    """A ragged line across the picture: its offset, in design pixels, at every column; (1, width)."""
    wide = profile(canvas, 260, key, finest=60)
    return wide * 22 + profile(canvas, 34, key + " fine", finest=1.2, gain=0.66) * np.float32(rough)


def torn(canvas: Canvas, *codes: str) -> Colour:
    """Sheets torn across and laid over one another, white fibre along the tear, each with its shadow."""
    sheets = inks(*codes)
    colour: Colour = sheets[0] * np.ones((canvas.height, canvas.width, 1), np.float32)
    for k, sheet in enumerate(sheets[1:], 1):
        level = canvas.design_height * (k / len(sheets) - 0.5) + canvas.x * 0.10 * (-1) ** k
        gap = canvas.y - level - _torn_edge(canvas, f"tear {k}", 5)
        core = (
            canvas.y
            - level
            - _torn_edge(canvas, f"tear {k}", 5)
            - 11
            - _torn_edge(canvas, f"rip {k}", 5) * 0.25
        )
        cover = smoothstep(-0.8, 0.8, gap)
        dark = 0.5 * shadow(cover, canvas, 16, 4, -10) + 0.22 * shadow(cover, canvas, 4, 1, -3)
        colour = colour * (1 - dark * (1 - cover))[..., None]
        colour = mix(colour, ink("#f7f2ea"), cover)
        colour = mix(colour, sheet, smoothstep(-1.5, 1.5, core))
    pulp = relief(canvas, fbm(canvas, 5, "pulp", finest=1.2, gain=0.8), 0.22)
    return colour * (pulp * pool(canvas, 0.25, 0.1, 1.6) * 1.05 * vignette(canvas, 0.12))[..., None]


def cut_waves(canvas: Canvas, *codes: str) -> Colour:
    """Layers of card cut in smooth waves, deeper ones below, like a paper relief."""
    sheets = inks(*codes)
    colour: Colour = sheets[0] * np.ones((canvas.height, canvas.width, 1), np.float32)
    rng = canvas.rng("waves")
    for k, sheet in enumerate(sheets[1:], 1):
        level = canvas.design_height * (0.08 + 0.86 * k / len(sheets) - 0.5)
        for length, swing in ((rng.uniform(900, 1300), 58), (rng.uniform(420, 600), 20)):
            level = level + swing * np.sin(canvas.x / length * 2 * np.pi + rng.uniform(0, 6.3))
        cover = smoothstep(-0.8, 0.8, canvas.y - level)
        dark = 0.42 * shadow(cover, canvas, 26, 0, -16) + 0.25 * shadow(cover, canvas, 7, 0, -4)
        colour = mix(colour * (1 - dark * (1 - cover))[..., None], sheet, cover)
        rim = smoothstep(3.2, 0.5, np.abs(canvas.y - level - 1.5))
        colour = colour * (1 + 0.14 * rim)[..., None]
    light = pool(canvas, 0.35, 0.0, 1.7) * 1.08 * vignette(canvas, 0.14) * tooth(canvas)
    return colour * light[..., None]


def pleats(canvas: Canvas, colour: str) -> Colour:
    """Card folded to and fro like a fan: each facet turned to the light or away from it."""
    fold = ((canvas.x + 0.14 * canvas.y) / 92) % 1
    up = fold < 0.5
    across = np.where(up, fold * 2, fold * 2 - 1)
    light = np.where(up, 0.98 - 0.06 * across, 0.60 + 0.16 * across)
    crease = np.minimum(np.abs(fold - 0.5), np.minimum(fold, 1 - fold))
    light = light + 0.10 * smoothstep(0.016, 0.0, np.abs(fold - 0.5)) - 0.16 * smoothstep(0.10, 0.0, fold)
    light = light * (0.94 + 0.06 * smoothstep(0.0, 0.05, crease)) * tooth(canvas, 0.014)
    return tint(ink(colour), light * pool(canvas, 0.3, 0.25, 1.4) * 1.05 * vignette(canvas, 0.15))


def wash(canvas: Canvas, first: str, second: str) -> Colour:
    """Watercolour on cotton paper: pigment pools at the edges of the wash and in the paper's hollows."""
    soft = canvas.reduced(2)
    drift = fbm(soft, 300, "drift", finest=5), fbm(soft, 300, "drift 2", finest=5)
    wet = warp(soft, fbm(soft, 640, "wet", finest=40), drift[0] * 80, drift[1] * 80)
    wet = resize(wet, canvas.width, canvas.height)
    hue = resize(fbm(soft, 500, "hue", finest=60), canvas.width, canvas.height)
    bumps = fbm(canvas, 13, "cotton", finest=2, gain=0.6)
    amount = smoothstep(-0.75, 1.1, wet + 0.06 * bumps)
    edge = smoothstep(0.16, 0.0, np.abs(wet + 0.55))
    pigment = np.clip(0.78 * amount + 0.13 * edge + 0.025 * bumps * amount, 0, 1)
    paint = mix(ink(first), ink(second), smoothstep(-0.9, 0.9, hue))
    colour = ink("#f6f2ea") * (1 - pigment[..., None] * (1 - paint))
    light = relief(canvas, bumps, 0.32) * pool(canvas, 0.3, 0.1, 2.0) * 1.04 * vignette(canvas, 0.1)
    return colour * light[..., None]


_LOW_LEFT = (-3.4, 3.4, 1.6)
_RIGHT = (2.8, 4.6, 1.4)

DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "paper-seamless-ivory": partial(sweep, colour="#f1e9db"),
    "paper-seamless-blush": partial(sweep, colour="#e9c3b9", lamp=_RIGHT),
    "paper-seamless-sage": partial(sweep, colour="#a9b69a"),
    "paper-seamless-powder-blue": partial(sweep, colour="#b4cbdb", lamp=_RIGHT),
    "paper-seamless-terracotta": partial(sweep, colour="#c4714f", lamp=_LOW_LEFT),
    "paper-seamless-butter": partial(sweep, colour="#f2d684"),
    "paper-seamless-lilac": partial(sweep, colour="#c4b5d9", lamp=_RIGHT),
    "paper-seamless-charcoal": partial(sweep, colour="#55555a", lamp=(-2.2, 3.6, 3.2), key=0.72),
    "paper-kraft": kraft,
    "paper-crumpled-white": crumpled,
    "paper-torn-coral": lambda canvas: torn(canvas, "#d9674f", "#e88f74", "#f2b79d", "#f6dccb"),
    "paper-cut-waves-teal": lambda canvas: cut_waves(
        canvas, "#dcece8", "#aed3cf", "#74b0b1", "#3f8890", "#22616d", "#143f4d"
    ),
    "paper-pleats-cream": partial(pleats, colour="#eee0c8"),
    "paper-watercolour-blue-blush": partial(wash, first="#7fa6c9", second="#e3a6a0"),
}
