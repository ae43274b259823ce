"""Skies by day: clear, clouded, at dawn and sunset."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix, ramp, smoothstep
from services.retrieval.backdrops.light import pool
from services.retrieval.backdrops.noise import blur, fbm, profile, resize, sample, warp


def gradient(canvas: Canvas, *stops: tuple[float, str]) -> Colour:
    """Colours from the top of the picture to its bottom."""
    return ramp(np.broadcast_to(canvas.v, (canvas.height, canvas.width)), stops)


def shifted(field: Field, across: int, down: int) -> Field:
    """The field moved by whole pixels, its edges held."""
    rows = np.clip(np.arange(field.shape[0]) - down, 0, field.shape[0] - 1)
    columns = np.clip(np.arange(field.shape[1]) - across, 0, field.shape[1] - 1)
    return field[rows[:, None], columns]


def heaps(canvas: Canvas, cell: float, cover: float, key: str = "clouds") -> tuple[Field, Field]:
    """Cumulus: opacity, and light 0..1 from a sun at the upper left that must pass through the cloud."""
    soft = canvas.reduced(1.6)
    drift = fbm(soft, cell * 0.6, f"{key} drift", finest=6, gain=0.55)
    billow = 1 - np.abs(fbm(soft, cell * 0.45, f"{key} billow", finest=2.5, gain=0.55)) * 1.2
    body = fbm(soft, cell, f"{key} body", stretch=1.5, finest=cell / 6, gain=0.45)
    density: Field = body * 0.9 + billow * 0.42 + cover
    density = warp(soft, density, drift * cell * 0.06, drift * cell * -0.05)
    opacity = smoothstep(-0.02, 0.42, density)
    thick = np.clip(density, 0, 1.6)
    through: Field = np.zeros_like(thick)
    step = max(1.0, 9 * soft.pixel)
    for k in range(1, 8):
        through = through + shifted(thick, round(k * step * 0.6), round(k * step))
    light = np.exp(-0.16 * through) * 0.85 + 0.15 * np.clip(1.2 - density, 0, 1)
    return resize(opacity, canvas.width, canvas.height), resize(light, canvas.width, canvas.height)


def ceiling(canvas: Canvas, horizon: float, cell: float, key: str, stretch: float = 1.6) -> Field:
    """A layer of cloud overhead, closing up toward the horizon as perspective has it."""
    sky = Canvas(f"{canvas.name}/{key}", 1400, 1100)
    texture = fbm(sky, cell, key, stretch=stretch, finest=2.0, gain=0.56)
    soft = canvas.reduced(1.5)
    rise = np.maximum(horizon - soft.v, 0.012)
    away = 0.16 / rise
    column = 700 + soft.x / np.float32(1.6) * away * 1.1
    row = 60 + away * 240
    layer = sample(
        texture, np.broadcast_to(column, (soft.height, soft.width)), np.broadcast_to(row, column.shape)
    )
    return resize(layer.astype(np.float32), canvas.width, canvas.height)


def ridge(canvas: Canvas, colour: Colour, level: float, code: str, height: float) -> Colour:
    line = profile(canvas, 420, "ridge", finest=2.5, gain=0.46)
    edge = canvas.y - (level - 0.5) * canvas.design_height - line * np.float32(height)
    return mix(colour, ink(code), smoothstep(-1.2, 1.2, edge))


def morning(canvas: Canvas) -> Colour:
    """A clear blue morning with high wisps of cirrus."""
    colour = gradient(canvas, (0.0, "#3f86c9"), (0.5, "#86b9e2"), (0.85, "#cfe3ef"), (1.0, "#f0efe6"))
    soft = canvas.reduced(1.6)
    drift = fbm(soft, 300, "drift", finest=10)
    wisp = warp(
        soft, fbm(soft, 130, "wisp", stretch=4.5, finest=2, gain=0.62), 0 * drift, drift * 46 + soft.x * 0.16
    )
    where = fbm(soft, 420, "where", finest=120)
    veil = resize(smoothstep(-0.3, 2.4, wisp + 0.9 * where), canvas.width, canvas.height)
    return mix(colour, ink("#ffffff"), 0.85 * veil) * (0.97 + 0.05 * pool(canvas, 0.8, 1.0, 0.6))[..., None]


def cloudscape(canvas: Canvas) -> Colour:
    colour = gradient(canvas, (0.0, "#2f74b8"), (0.55, "#7fb2dc"), (1.0, "#d3e4ee"))
    opacity, light = heaps(canvas, 250, 0.02)
    cloud = ramp(
        np.clip(light * 1.12, 0, 1), ((0.0, "#8b9bb0"), (0.4, "#bcc7d4"), (0.75, "#f0f1f2"), (1.0, "#ffffff"))
    )
    return mix(colour, ink("#ffffff"), 0.0 * opacity) * (1 - opacity[..., None]) + cloud * opacity[..., None]


def cotton_candy(canvas: Canvas) -> Colour:
    colour = gradient(canvas, (0.0, "#8fa8dc"), (0.5, "#d5b3dc"), (1.0, "#f8cfc4"))
    opacity, light = heaps(canvas, 330, 0.12)
    cloud = ramp(
        np.clip(light * 1.1, 0, 1), ((0.0, "#a487bd"), (0.45, "#dba0c0"), (0.8, "#f7c8cd"), (1.0, "#fff0e6"))
    )
    return colour * (1 - opacity[..., None]) + cloud * opacity[..., None]


def sunset(canvas: Canvas) -> Colour:
    """The sun just gone: clouds lit from below, embers at the horizon over a dark ridge."""
    colour = gradient(
        canvas,
        (0.0, "#23305c"),
        (0.3, "#6a4a7c"),
        (0.55, "#d4705f"),
        (0.72, "#f7a95a"),
        (0.86, "#ffd98c"),
        (1.0, "#ffcf85"),
    )
    sun = pool(canvas, 0.56, 0.84, 0.16)
    colour = colour + ink("#ffb65a") * (0.55 * sun)[..., None]
    layer = ceiling(canvas, 0.88, 110, "layer")
    thick = smoothstep(-0.3, 1.3, layer)
    near = smoothstep(0.15, 0.8, canvas.v)
    lit = ramp(
        np.clip(0.30 + 0.50 * near * (1 - 0.4 * thick) + 0.25 * sun, 0, 1),
        ((0.0, "#4a3a66"), (0.35, "#b0587a"), (0.65, "#e8735a"), (1.0, "#ffd08a")),
    )
    colour = mix(colour, lit, 0.88 * thick * smoothstep(0.88, 0.74, canvas.v))
    return ridge(canvas, colour, 0.90, "#1d1526", 26)


def dawn(canvas: Canvas) -> Colour:
    """No cloud at all: peach through rose to pale blue, the sun behind morning haze."""
    colour = gradient(
        canvas, (0.0, "#8fb1d6"), (0.35, "#c9c3dc"), (0.6, "#f2c6bd"), (0.82, "#fbd9ae"), (1.0, "#fbe8c9")
    )
    return mix(colour, ink("#fff6df"), 0.85 * pool(canvas, 0.5, 0.80, 0.15) ** 1.4) * 0.97


def silver(canvas: Canvas) -> Colour:
    """Overcast: soft grey rolls with a brighter seam, the light of a softbox."""
    layer = ceiling(canvas, 1.15, 150, "rolls", 2.2)
    layer = blur(layer, 3 * canvas.pixel)
    tone = 0.55 + 0.14 * layer + 0.24 * (pool(canvas, 0.6, 0.75, 0.6) - 0.4)
    return ramp(np.clip(tone, 0, 1), ((0.0, "#5f6874"), (0.4, "#98a1ab"), (0.7, "#ccd1d5"), (1.0, "#f2f2f0")))


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "sky-clear-morning": morning,
    "sky-cloudscape": cloudscape,
    "sky-sunset": sunset,
    "sky-dawn-gradient": dawn,
    "sky-cotton-candy": cotton_candy,
    "sky-overcast-silver": silver,
}
