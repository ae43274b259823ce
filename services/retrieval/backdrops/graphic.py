"""Graphic grounds: halftone, gradients, stripes, rays, grid and marbled ink."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, inks, mix, ramp, smoothstep, tint
from services.retrieval.backdrops.cutpaper import ground, lit
from services.retrieval.backdrops.light import pool
from services.retrieval.backdrops.noise import blur, fbm, resize
from services.retrieval.backdrops.papers import tooth


def halftone(canvas: Canvas) -> Colour:
    """Risograph halftone: dots that swell toward a corner, a touch of misregistration and dry ink."""
    colour = ground(canvas, "#f4e9d8")
    grit = fbm(canvas, 4, "grit", finest=1.2, gain=0.9)
    for code, angle, pitch, (u, v), reach in (
        ("#f2a65a", 0.30, 23.0, (1.05, 1.0), 1.25), ("#e4574c", 0.78, 23.0, (-0.05, -0.05), 1.15),
    ):  # fmt: skip
        c, s = np.float32(math.cos(angle)), np.float32(math.sin(angle))
        gx, gy = (canvas.x * c + canvas.y * s) / pitch, (canvas.y * c - canvas.x * s) / pitch
        away = np.sqrt(
            ((canvas.u - u) * canvas.design_width / 960) ** 2
            + ((canvas.v - v) * canvas.design_height / 960) ** 2
        )
        size = 0.72 * np.clip(1 - away / reach, 0, 1) ** 0.75
        gap = np.sqrt((gx % 1 - 0.5) ** 2 + (gy % 1 - 0.5) ** 2)
        edge = 0.6 / (pitch * canvas.pixel)
        dot = smoothstep(edge, -edge, gap - size) * (size > 0.03)
        ink_ = np.clip(dot * (0.93 - 0.08 * smoothstep(1.0, 2.2, grit)), 0, 1)
        colour = colour * (1 - ink_[..., None] * (1 - ink(code)))
    return lit(canvas, colour)


def mesh(canvas: Canvas, *codes: str) -> Colour:
    """A gradient mesh: large pools of colour that flow into one another."""
    soft = canvas.reduced(8)
    drift = [fbm(soft, 620, f"drift {k}", finest=300, gain=0.4) for k in range(2)]
    x, y = soft.u + 0.10 * drift[0], soft.v + 0.12 * drift[1]
    rng = canvas.rng("mesh")
    total: Colour = np.zeros((soft.height, soft.width, 3), np.float32)
    weight: Field = np.zeros((soft.height, soft.width), np.float32)
    for k, paint in enumerate(inks(*codes)):
        u, v = (
            (k % 3) / 2 + rng.uniform(-0.12, 0.12),
            (k // 3) / max(1, (len(codes) - 1) // 3) + rng.uniform(-0.12, 0.12),
        )
        near = np.exp(-((x - u) ** 2 + (y - v) ** 2) / 0.075)
        total += near[..., None] * paint
        weight += near
    return resize(total / (weight + 1e-4)[..., None], canvas.width, canvas.height)


def gradient_sorbet(canvas: Canvas) -> Colour:
    return mesh(canvas, "#ffd2a8", "#ff9f8a", "#f7b7c9", "#ffe6c9", "#f57f7a", "#c9a2dd") * 0.97


def gradient_ocean(canvas: Canvas) -> Colour:
    return mesh(canvas, "#0f2a5c", "#1d5fa8", "#37b3c3", "#102048", "#3c6fd1", "#8be0d0")


def stripes(canvas: Canvas) -> Colour:
    """Awning stripes in navy and cream, painted on paper."""
    wobble = fbm(canvas.reduced(2), 90, "wobble", finest=6)
    at = (canvas.x * 0.82 + canvas.y * 0.57 + 0.7 * resize(wobble, canvas.width, canvas.height)) / 128
    edge = 0.8 / (128 * canvas.pixel)
    band = smoothstep(0.25 - edge, 0.25 + edge, np.abs(at % 1 - 0.5))
    brush = fbm(canvas, 10, "brush", finest=1.5)
    return lit(canvas, mix(ink("#f3ead8"), ink("#2c4a6e") * (1 + 0.03 * brush)[..., None], band))


def sunburst(canvas: Canvas) -> Colour:
    """Retro rays of mustard and cream from the foot of the picture, softened toward the centre."""
    x, y = canvas.x, canvas.y - canvas.design_height * 0.30
    angle = np.arctan2(y, x) / (2 * np.pi) * 26
    radius = np.sqrt(x * x + y * y)
    edge = np.clip(26 / (2 * np.pi) * 0.8 / np.maximum(radius * canvas.pixel, 1), 1e-3, 0.25)
    wave = np.abs(angle % 1 - 0.5) - 0.25
    ray = np.clip(0.5 + wave / (2 * edge), 0, 1)
    colour = mix(ink("#f6dfab"), ink("#e8a33d"), ray)
    colour = mix(colour, ink("#fff3d6"), 0.85 * smoothstep(420, 40, radius))
    return lit(canvas, colour * (1 - 0.20 * smoothstep(380, 900, radius))[..., None])


def blueprint_grid(canvas: Canvas) -> Colour:
    """A fine technical grid in pale ink on deep blue, fading out from the light."""
    colour = tint(ink("#17408a"), 0.55 + 0.75 * pool(canvas, 0.4, 0.35, 0.7))
    for pitch, half, power in ((40.0, 0.7, 0.16), (200.0, 1.0, 0.34)):
        gx, gy = (
            np.abs((canvas.x / pitch + 0.5) % 1 - 0.5) * pitch,
            np.abs((canvas.y / pitch + 0.5) % 1 - 0.5) * pitch,
        )
        near = np.minimum(gx, gy)
        edge = 0.7 / canvas.pixel
        colour = mix(colour, ink("#bcd6ff"), power * smoothstep(half + edge, half - edge * 0.5, near))
    return colour * tooth(canvas, 0.02)[..., None]


def liquid(canvas: Canvas) -> Colour:
    """Marbled ink: contours of warped noise in blush, cream, gold and ink blue."""
    soft = canvas.reduced(1.5)
    first = [fbm(soft, 480, f"first {k}", finest=60, gain=0.42) for k in range(2)]
    phase = (soft.x * 0.5 + soft.y * 0.8) / 260 + 0.85 * first[0]
    tone = 0.5 + 0.5 * np.sin(phase * 3.1 + 1.3 * first[1] + 0.4 * np.sin(phase * 9))
    tone = resize(tone.astype(np.float32), canvas.width, canvas.height)
    colour = ramp(
        tone,
        (
            (0.0, "#22344f"),
            (0.22, "#3f5f86"),
            (0.42, "#d9a9a0"),
            (0.62, "#f3d8cb"),
            (0.86, "#faf1e6"),
            (1.0, "#fbf6ee"),
        ),
    )
    line = smoothstep(0.016, 0.006, np.abs(tone - 0.34))
    colour = mix(colour, ink("#c9a050"), blur(line, 0.6) * 0.9)
    return lit(canvas, colour, 1.08)


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "graphic-halftone-riso": halftone,
    "graphic-gradient-sorbet": gradient_sorbet,
    "graphic-gradient-ocean": gradient_ocean,
    "graphic-stripes-navy": stripes,
    "graphic-sunburst-retro": sunburst,
    "graphic-blueprint-grid": blueprint_grid,
    "graphic-marbled-ink": liquid,
}
