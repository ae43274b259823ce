"""Folded silk, satin and velvet."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix, ramp, smoothstep
from services.retrieval.backdrops.light import pool, vignette
from services.retrieval.backdrops.noise import fbm, resize


def studio(canvas: Canvas, u: float, v: float, radius: float, key: float, corners: float) -> Field:
    """A lamp's pool at (u, v) of strength `key`, and darker corners."""
    return pool(canvas, u, v, radius) * key * vignette(canvas, corners)


def folds(canvas: Canvas, lean: float, swirl: float, key: str = "folds") -> Field:
    """Height of hanging cloth, in design pixels: deep folds that run together and part."""
    soft = canvas.reduced(2)
    drift = fbm(soft, 560, f"{key} drift", finest=90, gain=0.45)
    along = soft.x * np.cos(lean) + soft.y * np.sin(lean) + drift * swirl
    other = fbm(soft, 700, f"{key} other", finest=160)
    wave = np.sin(along / 50 + 1.4 * other) * 26 + np.sin(along / 27 + 2.2 * other + 1.0) * 9 * (
        0.6 + 0.4 * drift
    )
    return resize((wave + 24 * other).astype(np.float32), canvas.width, canvas.height)


def _facing(canvas: Canvas, height: Field) -> tuple[Field, Field]:
    """Cosines of the surface to the lamp (upper left) and to the viewer."""
    down, across = np.gradient(height / np.float32(1 / canvas.pixel))
    length = np.sqrt(1 + across * across + down * down)
    return (0.55 * across + 0.45 * down + 0.70) / length, 1 / length


def silk(
    canvas: Canvas, dark: str, middle: str, light: str, lean: float = 0.7, swirl: float = 90.0
) -> Colour:
    """Silk or satin drapery: shading that runs from deep to a long glossy highlight."""
    height = folds(canvas, lean, swirl)
    lamp, viewer = _facing(canvas, height)
    shine = np.clip(lamp, 0, 1) ** 9
    tone = np.clip(0.08 + 0.62 * np.clip(lamp, 0, 1) + 0.12 * viewer, 0, 1)
    colour = ramp(tone, ((0.0, dark), (0.5, middle), (1.0, light)))
    thread = fbm(canvas, 3, "thread", stretch=16, finest=1.2, gain=0.9)
    hollow = smoothstep(-46, 10, height)
    lit = colour * ((0.45 + 0.55 * hollow) * (1 + 0.012 * thread))[..., None]
    lit = lit + ink(light) * (0.42 * shine)[..., None]
    return lit * (studio(canvas, 0.35, 0.2, 1.4, 1.12, 0.25))[..., None]


def velvet(canvas: Canvas, dark: str, colour: str, rim: str) -> Colour:
    """Velvet curtain: the pile is dark face on and glows where the cloth turns away."""
    height = folds(canvas, 0.12, 60.0) * 1.35
    lamp, viewer = _facing(canvas, height)
    graze = (1 - viewer) ** 1.15
    pile = fbm(canvas, 5, "pile", finest=1.2, gain=0.85)
    brushed = resize(
        fbm(canvas.reduced(3), 110, "brushed", stretch=0.5, finest=8), canvas.width, canvas.height
    )
    tone = np.clip(0.10 + 0.55 * np.clip(lamp, 0, 1) ** 1.6 + 0.04 * brushed + 0.025 * pile, 0, 1)
    cloth = mix(ink(dark), ink(colour), tone)
    cloth = cloth + ink(rim) * (0.50 * graze * np.clip(0.25 + lamp, 0, 1) * (1 + 0.08 * pile))[..., None]
    hollow = 0.35 + 0.65 * smoothstep(-60, 20, height)
    picture: Colour = cloth * (hollow * studio(canvas, 0.4, 0.25, 1.1, 1.3, 0.35))[..., None]
    return picture


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "textile-silk-champagne": partial(silk, dark="#8d6f52", middle="#d2b692", light="#f4e4cb"),
    "textile-satin-navy": partial(
        silk, dark="#070d1f", middle="#1c3160", light="#5f82bd", lean=0.35, swirl=120.0
    ),
    "textile-satin-rose": partial(
        silk, dark="#8c4a56", middle="#d391a0", light="#f6cfd3", lean=-0.5, swirl=110.0
    ),
    "textile-velvet-emerald": partial(velvet, dark="#02150f", colour="#0f5a42", rim="#5fbf99"),
    "textile-velvet-burgundy": partial(velvet, dark="#1a0308", colour="#6d1426", rim="#d4657a"),
}
