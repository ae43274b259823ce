"""Stone: marbles, slate, terrazzo, concrete, sandstone, travertine, plaster and wet pebbles."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, inks, mix, ramp, smoothstep, tint
from services.retrieval.backdrops.light import pool, relief, vignette
from services.retrieval.backdrops.noise import blur, fbm, resize, warp, worley
from services.retrieval.backdrops.sprites import pebble, stamp


def veins(canvas: Canvas, cell: float, key: str, sharp: float, lean: float = 0.5) -> Field:
    """Thin winding lines, 1 at their heart: the zero level of fractal noise, warped by more of it.

    `sharp` is a line's half width in units of the noise; lines lean along the falling diagonal.
    """
    soft = canvas.reduced(1.5)
    drift = fbm(soft, cell * 0.8, f"{key} drift", finest=5, gain=0.5)
    other = fbm(soft, cell * 0.8, f"{key} drift across", finest=5, gain=0.5)
    field = fbm(soft, cell, f"{key} field", finest=cell / 5, gain=0.45)
    slant = (soft.x * 0.55 + soft.y * 0.84) / np.float32(cell * 0.9)
    level: Field = field * (1 - lean) * 1.5 + np.sin(slant * 2.1 + 1.7 * field) * lean
    level = warp(soft, level, drift * cell * 0.13, other * cell * 0.13)
    down, across = np.gradient(level)
    steep: Field = (np.sqrt(down * down + across * across) * np.float32(soft.pixel * cell) + 0.25) ** 0.75
    swell = np.exp(0.50 * fbm(soft, cell * 0.45, f"{key} swell", finest=cell / 12))
    off = np.abs(level) / (np.float32(sharp * 1.5) * steep * swell)
    line = 0.72 * np.exp(-off * off) + 0.28 * np.exp(-0.6 * off)
    return np.clip(resize(line, canvas.width, canvas.height), 0, 1)


def marble(canvas: Canvas, base: str, cloud: str, vein: str, accent: str | None = None) -> Colour:
    """Polished marble: clouds in depth, broad soft veins, hairlines, and a window's sheen."""
    soft = canvas.reduced(3)
    haze = fbm(soft, 460, "haze", finest=8, gain=0.55)
    haze = resize(warp(soft, haze, haze * 60, haze * -40), canvas.width, canvas.height)
    presence = smoothstep(-0.9, 1.1, haze)
    colour = mix(ink(base), ink(cloud), 0.55 * smoothstep(-0.2, 1.8, haze))
    broad, fine = (
        veins(canvas, 480, "broad", 0.007 if accent else 0.018, 0.72),
        veins(canvas, 260, "fine", 0.008, 0.5),
    )
    hair = veins(canvas, 150, "hair", 0.006, 0.2)
    colour = mix(colour, ink(cloud), 0.32 * blur(broad, 14 * canvas.pixel))
    colour = mix(colour, ink(vein), (0.80 * broad * (0.30 + 0.70 * presence)))
    colour = mix(colour, ink(vein), 0.45 * fine * presence)
    colour = mix(colour, ink(accent or vein), (0.85 if accent else 0.28) * hair * (0.25 + 0.75 * presence))
    if accent:
        colour = mix(colour, ink(accent), 0.75 * smoothstep(0.45, 0.95, broad))
    sheen = pool(canvas, 0.24, 0.08, 0.5) * 0.035
    light = pool(canvas, 0.3, 0.2, 1.6) * 1.1 * vignette(canvas, 0.15)
    return colour * light[..., None] + sheen[..., None]


def slate(canvas: Canvas, base: str = "#43484c") -> Colour:
    """Cleft slate: terraces where layers split off, fine grain, a raking light."""
    field = fbm(canvas.reduced(2), 330, "cleft", stretch=1.7, finest=4, gain=0.55)
    step = field * 2.6
    terrace = np.floor(step) + smoothstep(0.80, 1.0, step - np.floor(step))
    height = resize((terrace * 5 + field * 5).astype(np.float32), canvas.width, canvas.height)
    height = height + 1.0 * fbm(canvas, 20, "grain", stretch=2, finest=1.2, gain=0.72)
    tone = resize(fbm(canvas.reduced(4), 260, "tone", finest=10), canvas.width, canvas.height)
    colour = mix(ink(base), ink("#5a5b58"), 0.5 + 0.3 * tone)
    light = relief(canvas, height, 0.9, (-0.7, -0.7), 1.1)
    return colour * (light**1.4 * pool(canvas, 0.3, 0.15, 0.95) * 1.25 * vignette(canvas, 0.35))[..., None]


def terrazzo(canvas: Canvas, ground: str, *chips: str) -> Colour:
    """Chips of marble of three sizes in a pale binder, polished flat."""
    shape = (canvas.height, canvas.width)
    colour: Colour = ink(ground) * np.ones((*shape, 1), np.float32)
    colour = colour * (1 + 0.03 * fbm(canvas, 9, "binder", finest=1.2, gain=0.8))[..., None]
    palette = np.stack(inks(*chips))
    for cell, kept, inset in ((24.0, 0.5, 0.20), (52.0, 0.45, 0.15), (110.0, 0.42, 0.12)):
        near, next_, mark = worley(canvas, cell, f"chips {cell}", 0.95)
        ragged = 0.03 * fbm(canvas, cell / 3, f"edge {cell}", finest=1.5)
        chip = smoothstep(0, 1.4 / cell, next_ - near - inset - 0.35 * mark % 0.12 + ragged) * (mark < kept)
        kind = (mark * 997).astype(np.int32) % len(palette)
        cloud = 1 + 0.05 * fbm(canvas, cell / 2, f"cloud {cell}", finest=2)
        colour = colour * (1 - chip[..., None]) + palette[kind] * (chip * cloud)[..., None]
    light = pool(canvas, 0.3, 0.15, 1.6) * 1.1 * vignette(canvas, 0.14)
    return colour * light[..., None]


def concrete(canvas: Canvas, base: str = "#a3a29e", panels: bool = True) -> Colour:
    """Fair-faced concrete: cloudy tone, trowel strokes, air holes, a panel joint and tie holes."""
    cloud = resize(fbm(canvas.reduced(3), 420, "cloud", finest=6, gain=0.6), canvas.width, canvas.height)
    stroke = fbm(canvas, 16, "stroke", stretch=9, finest=2)
    grit = fbm(canvas, 4, "grit", finest=1.2, gain=0.9)
    near, _, mark = worley(canvas, 58, "holes")
    hole = smoothstep(0.045, 0.02, near) * (mark < 0.35)
    height = -3.0 * hole + 0.16 * grit + 0.1 * stroke
    tone = 1 + 0.10 * cloud + 0.022 * stroke + 0.02 * grit
    if panels:
        joint = np.minimum(np.abs(canvas.x - 250), np.abs(canvas.y - 130) + 0 * canvas.x)
        height = height - 3.5 * smoothstep(3.5, 1.5, joint)
        for dx, dy in ((-130, -190), (-130, 20), (390, -190), (390, 20)):
            ring = np.sqrt((canvas.x - dx) ** 2 + (canvas.y - dy) ** 2)
            height = height - 8 * smoothstep(13, 10, ring)
            tone = tone * (1 - 0.35 * smoothstep(13, 9, ring))
    light = relief(canvas, height, 0.8, (-0.5, -0.9)) * (1 - 0.35 * hole)
    light = light * tone * pool(canvas, 0.35, 0.12, 1.05) * 1.2 * vignette(canvas, 0.25)
    return tint(ink(base), light)


def sandstone(canvas: Canvas) -> Colour:
    """Bedded sandstone: warm layers swept by old currents, grains that catch raking light."""
    soft = canvas.reduced(1.5)
    sway = fbm(soft, 520, "sway", stretch=2.2, finest=20)
    layer = (soft.y + 62 * sway + 0.16 * soft.x) / 210
    band = fbm(Canvas(canvas.name, 8, 2048), 70, "beds", finest=4, gain=0.62, stretch=40)[:, 4]
    tone = band[((layer + 6) * 150).astype(np.int32) % 2048]
    tone = resize(blur(tone, 0.8), canvas.width, canvas.height)
    grains = fbm(canvas, 4, "grains", finest=1.2, gain=0.9)
    colour = ramp(
        0.5 + 0.16 * tone + 0.02 * grains,
        ((0.0, "#9a6238"), (0.35, "#c48d58"), (0.6, "#d9ae7c"), (1.0, "#ecd2a9")),
    )
    light = relief(canvas, tone * 1.8 + grains * 0.32, 1.0, (-0.4, -0.9), 1.3)
    return colour * (light * pool(canvas, 0.3, 0.15, 1.2) * 1.15 * vignette(canvas, 0.22))[..., None]


def travertine(canvas: Canvas) -> Colour:
    """Honed travertine: level bands in cream, with strings of small pits."""
    sway = resize(fbm(canvas.reduced(3), 420, "sway", stretch=3, finest=12), canvas.width, canvas.height)
    band = warp(canvas, fbm(canvas, 46, "bands", stretch=14, finest=2.5), 0 * sway, 30 * sway)
    pit = fbm(canvas, 9, "pits", stretch=2.6, finest=1.6, gain=0.6)
    where = smoothstep(
        0.3, 1.4, warp(canvas, fbm(canvas, 70, "strings", stretch=9, finest=20), 0 * sway, 30 * sway)
    )
    hole = smoothstep(1.35, 1.8, pit + 0.75 * where - 0.15) * where
    colour = ramp(
        0.55 + 0.15 * band, ((0.0, "#b79a74"), (0.4, "#d6c0a0"), (0.7, "#e6d7bf"), (1.0, "#f2e9d9"))
    )
    colour = mix(colour, ink("#8f7350"), hole * 0.75)
    light = relief(canvas, band * 0.25 - hole * 2.6, 1.0) * pool(canvas, 0.32, 0.15, 1.4) * 1.12
    return colour * (light * vignette(canvas, 0.18))[..., None]


def plaster(canvas: Canvas, base: str, deep: str, rough: float = 0.8) -> Colour:
    """Limewash over hand-trowelled plaster: overlapping strokes, a wall in low sun."""
    soft = canvas.reduced(2)
    drift = fbm(soft, 240, "drift", finest=8)
    other = fbm(soft, 240, "drift across", finest=8)
    stroke = warp(soft, fbm(soft, 190, "stroke", finest=3, gain=0.62), drift * 46, other * 46)
    stroke = resize(stroke, canvas.width, canvas.height)
    grit = fbm(canvas, 5, "grit", finest=1.2, gain=0.85)
    colour = mix(ink(base), ink(deep), np.clip(0.38 + 0.22 * stroke, 0, 1))
    light = relief(canvas, stroke * 2.6 + grit * 0.18, rough, (-0.8, -0.6), 1.4)
    return colour * (light * pool(canvas, 0.22, 0.2, 1.0) * 1.22 * vignette(canvas, 0.22))[..., None]


def pebbles(canvas: Canvas) -> Colour:
    """Wet river pebbles heaped on one another, dark and rounded."""
    colour: Colour = ink("#14171a") * np.ones((canvas.height, canvas.width, 1), np.float32)
    rng = canvas.rng("heap")
    tones = inks("#3a4145", "#4d5255", "#2b3033", "#6d6b64", "#877c6c", "#525c62", "#a39a8c")
    for size, count in ((66.0, 230), (82.0, 120)):
        for _ in range(count):
            x, y = rng.uniform(-0.54, 0.54, 2) * (canvas.design_width, canvas.design_height)
            angle, squash = rng.uniform(0, 6.3), rng.uniform(0.55, 0.9)
            tone = tones[rng.integers(len(tones))] * np.float32(rng.uniform(0.8, 1.5))
            shape = pebble(tone, angle, squash, rng.random())
            stamp(canvas, colour, x, y, size * rng.uniform(0.6, 1.1), angle, shape, 0.75, squash, 9)
    speck = 1 + 0.06 * fbm(canvas, 6, "speck", finest=1.2, gain=0.85)
    return colour * (speck * pool(canvas, 0.35, 0.2, 1.1) * 1.25 * vignette(canvas, 0.3))[..., None]


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "stone-white-marble": partial(marble, base="#f3f1ee", cloud="#cfcdca", vein="#8d8c8c"),
    "stone-black-marble-gold": partial(
        marble, base="#17171a", cloud="#2c2c31", vein="#8f8a84", accent="#c9a25e"
    ),
    "stone-green-marble": partial(marble, base="#1f4a3b", cloud="#3d7460", vein="#bcd2c4"),
    "stone-dark-slate": slate,
    "stone-terrazzo": lambda canvas: terrazzo(
        canvas, "#ece7df", "#c9886b", "#6f7d78", "#3f4246", "#e0b98e", "#a9b3ad", "#d8c9bb"
    ),
    "stone-concrete-wall": concrete,
    "stone-sandstone": sandstone,
    "stone-travertine": travertine,
    "stone-plaster-terracotta": partial(plaster, base="#d79a78", deep="#b8704e"),
    "stone-plaster-sand": partial(plaster, base="#e6d8c3", deep="#cdb999"),
    "stone-wet-pebbles": pebbles,
}
