"""Lights and foliage far out of focus: city nights, Christmas trees, gardens, gold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour
from services.retrieval.backdrops.colour import ink, inks, mix, ramp, smoothstep
from services.retrieval.backdrops.light import pool, vignette
from services.retrieval.backdrops.noise import blur, fbm, resize
from services.retrieval.backdrops.sprites import add_disc


def haze(canvas: Canvas, cell: float, *stops: tuple[float, str]) -> Colour:
    """Large soft blots of colour, as foliage or a room is when it is far out of focus."""
    soft = canvas.reduced(6)
    field = fbm(soft, cell, "haze", finest=cell / 3, gain=0.45)
    return resize(ramp(np.clip(0.5 + 0.24 * field, 0, 1), stops), canvas.width, canvas.height)


def scatter(
    canvas: Canvas, colour: Colour, key: str, count: int, codes: Sequence[str], radius: tuple[float, float],
    power: tuple[float, float], centre: float = 0.5, spread: float = 0.3, soft: float = 0.07,
) -> None:  # fmt: skip
    """Lights at random heights about `centre` (0 top, 1 bottom), of random size, colour and strength."""
    rng = canvas.rng(key)
    lights = inks(*codes)
    for _ in range(count):
        x = rng.uniform(-0.55, 0.55) * canvas.design_width
        y = (rng.normal(centre, spread) - 0.5) * canvas.design_height
        light = lights[rng.integers(len(lights))] * np.float32(rng.uniform(*power))
        add_disc(canvas, colour, x, y, rng.uniform(*radius), light, soft, rng.uniform(0.15, 0.45))


def city_night(canvas: Canvas) -> Colour:
    colour = ramp(
        np.broadcast_to(canvas.v, (canvas.height, canvas.width)),
        ((0.0, "#0b1020"), (0.4, "#1d1a28"), (0.62, "#3a2418"), (1.0, "#120d10")),
    )
    warm = ("#ffb45c", "#ff9a3d", "#ffd59a", "#ff7a3a", "#fff0d0")
    scatter(canvas, colour, "far", 120, warm, (8, 20), (0.12, 0.5), 0.44, 0.12, 0.25)
    glow = blur(colour, 60 * canvas.pixel) * 0.8
    scatter(
        canvas, colour, "windows", 46, ("#ffd9a0", "#ffc36b", "#9fc2e8"), (22, 40), (0.06, 0.28), 0.30, 0.16
    )
    scatter(canvas, colour, "street", 34, warm, (30, 62), (0.16, 0.55), 0.56, 0.09)
    scatter(canvas, colour, "signals", 9, ("#ff4a3a", "#4ad6c0", "#ff5f8a"), (26, 54), (0.2, 0.5), 0.58, 0.08)
    scatter(canvas, colour, "near", 8, warm, (80, 130), (0.04, 0.12), 0.5, 0.25)
    streaks = blur(colour[::-1], 5 * canvas.pixel)
    wet = smoothstep(0.74, 0.92, canvas.v)[..., None]
    colour = colour * (1 - wet) + wet * (colour * 0.45 + streaks * 0.3)
    return (colour + glow) * vignette(canvas, 0.4)[..., None]


def christmas(canvas: Canvas) -> Colour:
    """A lit tree far behind: its lights as discs, needles as dark texture between them."""
    colour = haze(canvas, 260, (0.0, "#04120c"), (0.5, "#0c2a1c"), (1.0, "#1f4a2c"))
    colour = colour * (0.5 + pool(canvas, 0.5, 0.55, 0.6))[..., None]
    scatter(canvas, colour, "far", 90, ("#ffcf7a", "#ffb347"), (9, 20), (0.1, 0.5), 0.5, 0.26, 0.2)
    scatter(canvas, colour, "gold", 40, ("#ffd27d", "#ffbe55", "#fff1c9"), (24, 52), (0.12, 0.5), 0.5, 0.25)
    scatter(canvas, colour, "red", 20, ("#e0262c", "#ff4a3c"), (30, 60), (0.18, 0.5), 0.52, 0.25)
    scatter(canvas, colour, "green", 12, ("#3fae5a", "#6fd08a"), (26, 48), (0.10, 0.3), 0.5, 0.25)
    scatter(canvas, colour, "near", 9, ("#ffd78c", "#d8332f"), (80, 125), (0.05, 0.13), 0.5, 0.3)
    return (colour + 0.5 * blur(colour, 50 * canvas.pixel)) * vignette(canvas, 0.35)[..., None]


def garden(canvas: Canvas) -> Colour:
    """Leaves against the light, morning: pale discs where the sun comes through."""
    colour = haze(canvas, 300, (0.0, "#2c5a1e"), (0.35, "#5d9136"), (0.65, "#a3c765"), (1.0, "#eaf2b8"))
    sun = pool(canvas, 0.68, 0.1, 0.42)
    colour = mix(colour, ink("#fbf8d4"), 0.6 * sun)
    scatter(
        canvas, colour, "through", 70, ("#e8f3b0", "#c9e08a", "#fffbe0"), (16, 46), (0.05, 0.20), 0.35, 0.25
    )
    scatter(canvas, colour, "near", 16, ("#dff0a8", "#fffce8"), (60, 110), (0.03, 0.09), 0.4, 0.3)
    shade = smoothstep(0.55, 1.0, canvas.v) * 0.45
    return colour * (1 - shade)[..., None] * 0.92


def golden(canvas: Canvas) -> Colour:
    """Gold dust: sparks in focus along a falling band, broad discs before and behind."""
    colour = haze(canvas, 420, (0.0, "#2a1606"), (0.5, "#6d4415"), (1.0, "#c28a38"))
    colour = colour * (0.35 + 0.9 * pool(canvas, 0.5, 0.45, 0.5))[..., None]
    gold = ("#ffcf70", "#ffb640", "#ffe7b0", "#f0a030")
    scatter(canvas, colour, "behind", 90, gold, (20, 58), (0.03, 0.16), 0.5, 0.25)
    scatter(canvas, colour, "near", 14, gold, (80, 140), (0.02, 0.07), 0.5, 0.3)
    rng = canvas.rng("dust")
    for _ in range(520):
        x = rng.normal(0, 0.34) * canvas.design_width
        y = x * 0.22 + rng.normal(0, 0.16) * canvas.design_height
        add_disc(canvas, colour, x, y, rng.uniform(1.2, 4.2), ink("#ffe2a0") * rng.uniform(0.2, 1.0), 0.5, 0)
    return (colour + 0.25 * blur(colour, 26 * canvas.pixel)) * vignette(canvas, 0.35)[..., None]


def pastel(canvas: Canvas) -> Colour:
    colour = haze(canvas, 460, (0.0, "#e9b7c3"), (0.45, "#f3d3d0"), (0.75, "#f6e3d8"), (1.0, "#d9cbe8"))
    scatter(canvas, colour, "behind", 46, ("#ffffff", "#ffe4ea", "#fff3e6"), (24, 70), (0.02, 0.10), 0.5, 0.3)
    scatter(canvas, colour, "near", 12, ("#ffffff", "#ffd9e4"), (90, 150), (0.02, 0.05), 0.5, 0.3)
    return colour * (0.80 + 0.16 * pool(canvas, 0.4, 0.3, 0.9))[..., None]


def club(canvas: Canvas) -> Colour:
    colour = haze(canvas, 380, (0.0, "#07061c"), (0.45, "#1c1650"), (0.75, "#4a1f78"), (1.0, "#8a2c8c"))
    neon = ("#ff4fc3", "#5c7dff", "#35d0ff", "#b36bff")
    scatter(canvas, colour, "behind", 60, neon, (12, 34), (0.10, 0.40), 0.45, 0.2, 0.15)
    scatter(canvas, colour, "lights", 30, neon, (36, 74), (0.10, 0.32), 0.45, 0.2)
    scatter(canvas, colour, "near", 7, neon, (100, 160), (0.04, 0.10), 0.5, 0.3)
    return (colour + 0.4 * blur(colour, 60 * canvas.pixel)) * vignette(canvas, 0.35)[..., None]


def fairy_lights(canvas: Canvas) -> Colour:
    """Strings of warm white bulbs hung in arcs across a dim evening garden."""
    colour = haze(canvas, 340, (0.0, "#0e1518"), (0.5, "#1f2a2a"), (1.0, "#3d3a2c"))
    rng = canvas.rng("strings")
    warm = inks("#ffd48a", "#ffc066", "#ffe6b8")
    for level, sag, radius, power in (
        (-0.44, 0.16, 13, 0.45),
        (-0.30, 0.22, 22, 0.6),
        (-0.12, 0.26, 38, 0.42),
    ):
        tilt = rng.uniform(-0.08, 0.08)
        for place in np.arange(-0.56, 0.57, 2.5 * radius / canvas.design_width + 0.01):
            x = (place + rng.normal(0, 0.006)) * canvas.design_width
            drop = level + sag * (1 - (place * 2) ** 2) + tilt * place
            y = drop * canvas.design_height + rng.normal(0, 5)
            light = warm[rng.integers(3)] * np.float32(power * rng.uniform(0.6, 1.1))
            add_disc(canvas, colour, float(x), float(y), radius * rng.uniform(0.9, 1.1), light, 0.08, 0.3)
    scatter(canvas, colour, "low", 26, ("#c98a3c", "#8a6a34"), (18, 44), (0.03, 0.12), 0.82, 0.08)
    return (colour + 0.55 * blur(colour, 46 * canvas.pixel)) * vignette(canvas, 0.3)[..., None]


def sea_sparkle(canvas: Canvas) -> Colour:
    """Sun on rippled water, out of focus: discs crowd toward the bright path."""
    colour = ramp(
        np.broadcast_to(canvas.v, (canvas.height, canvas.width)),
        ((0.0, "#b9e2e6"), (0.35, "#4fb3c4"), (0.7, "#1d86a3"), (1.0, "#0d5f82")),
    )
    waves = resize(fbm(canvas.reduced(3), 60, "waves", stretch=4, finest=16), canvas.width, canvas.height)
    colour = colour * (1 + 0.10 * waves * smoothstep(0.0, 0.4, canvas.v))[..., None]
    rng = canvas.rng("sparkles")
    for _ in range(240):
        y = rng.uniform(0.06, 1.02)
        x = rng.normal(0, 0.10 + 0.20 * y) * canvas.design_width
        size = 5 + 30 * y * rng.uniform(0.5, 1.2)
        add_disc(
            canvas,
            colour,
            x,
            (y - 0.5) * canvas.design_height,
            size,
            ink("#fffbe8") * rng.uniform(0.04, 0.26),
        )
    return colour * (0.80 + 0.30 * pool(canvas, 0.5, 0.0, 0.6))[..., None]


def autumn(canvas: Canvas) -> Colour:
    colour = haze(canvas, 280, (0.0, "#4a230f"), (0.35, "#9a4a17"), (0.65, "#dc8a2c"), (1.0, "#f6d78a"))
    colour = mix(colour, ink("#ffe9b0"), 0.5 * pool(canvas, 0.3, 0.08, 0.4))
    scatter(
        canvas, colour, "through", 60, ("#ffd37a", "#ffb04a", "#fff0c8"), (16, 50), (0.05, 0.22), 0.38, 0.25
    )
    scatter(canvas, colour, "near", 12, ("#ffc46a", "#e8763a"), (70, 130), (0.04, 0.10), 0.45, 0.3)
    shade = smoothstep(0.5, 1.0, canvas.v) * 0.5
    return colour * (1 - shade)[..., None] * 0.95


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "bokeh-city-night": city_night,
    "bokeh-christmas-lights": christmas,
    "bokeh-garden-green": garden,
    "bokeh-golden-dust": golden,
    "bokeh-pastel-pink": pastel,
    "bokeh-club-neon": club,
    "bokeh-fairy-lights": fairy_lights,
    "bokeh-sea-sparkle": sea_sparkle,
    "bokeh-autumn-park": autumn,
}
