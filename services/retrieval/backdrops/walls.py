"""Walls and the light that falls on them: tiles, brick, window shadows, leaf shadows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix, ramp, smoothstep
from services.retrieval.backdrops.light import pool, relief, vignette
from services.retrieval.backdrops.noise import blur, fbm, resize
from services.retrieval.backdrops.sprites import polygons
from services.retrieval.backdrops.stone import plaster


def _courses(canvas: Canvas, wide: float, high: float, bond: float) -> tuple[Field, Field, Field]:
    """Offsets from the middle of each tile or brick, and its number."""
    row = np.floor((canvas.y + 4000) / high)
    down = (canvas.y + 4000) / high - row - 0.5
    shifted = (canvas.x + 4000) / wide + bond * (row % 2)
    across = shifted - np.floor(shifted) - 0.5
    number = (np.floor(shifted) * 131 + row * 57).astype(np.int32)
    return across * wide, down * high + 0 * across, number


def tiles(canvas: Canvas, code: str, wide: float, high: float, joint: str, bond: float = 0.5) -> Colour:
    """Glazed tiles: pillowed faces, each tipped a little, a sheen of the window in them."""
    across, down, number = _courses(canvas, wide, high, bond)
    inset = np.minimum(wide / 2 - np.abs(across), high / 2 - np.abs(down))
    face = smoothstep(1.6, 3.4, inset)
    rng = canvas.rng("tiles")
    tone = rng.normal(0, 0.035, 512).astype(np.float32)[number % 512]
    tip = rng.normal(0, 0.05, (2, 512)).astype(np.float32)
    ripple = resize(fbm(canvas.reduced(2), 70, "glaze", finest=10), canvas.width, canvas.height)
    pillow = smoothstep(1.5, 14, inset) * 7 + 0.5 * ripple
    tilt = tip[0][number % 512] * across + tip[1][number % 512] * down
    light = relief(canvas, pillow, 1.0, (-0.5, -0.8), 1.6) * (1 + tone)
    sheen = smoothstep(1.2, 3.0, tilt * 0.6 + ripple * 0.6 + 1.0) * 0.06 * face
    colour = mix(ink(joint) * 0.86, ink(code), face)
    picture: Colour = colour * light[..., None] + sheen[..., None]
    return picture


def bricks(canvas: Canvas) -> Colour:
    """An old brick wall of a loft, lime mortar, grazing light."""
    warp_ = [
        resize(fbm(canvas.reduced(3), 60, f"edge {k}", finest=8), canvas.width, canvas.height)
        for k in range(2)
    ]
    across, down, number = _courses(canvas, 172, 60, 0.5)
    across, down = across + warp_[0] * 0.8, down + warp_[1] * 0.8
    inset = np.minimum(86 - np.abs(across), 30 - np.abs(down))
    face = smoothstep(3.0, 7.0, inset)
    rng = canvas.rng("bricks")
    tone = rng.uniform(0, 1, 512).astype(np.float32)[number % 512]
    rough = fbm(canvas, 12, "rough", finest=1.2, gain=0.7)
    stain = resize(fbm(canvas.reduced(4), 240, "stain", finest=12), canvas.width, canvas.height)
    fired = ramp(
        np.clip(tone * 0.8 + 0.1 + 0.05 * rough + 0.06 * stain, 0, 1),
        ((0.0, "#5a2f24"), (0.35, "#8a4632"), (0.65, "#a65a3e"), (1.0, "#c07d5c")),
    )
    colour = mix(ink("#b5a898") * (1 + 0.06 * rough)[..., None], fired, face)
    colour = mix(colour, ink("#d9cfc2"), 0.30 * smoothstep(0.8, 2.2, stain + 0.4 * rough))
    height = smoothstep(1.0, 8.0, inset) * 7 + rough * 0.75 + tone * 1.5 * face
    light = relief(canvas, height, 0.9, (-0.8, -0.6), 1.2)
    return colour * (light * pool(canvas, 0.22, 0.15, 0.95) * 1.3 * vignette(canvas, 0.3))[..., None]


def window_light(
    canvas: Canvas, u: float = 0.36, lean: float = 0.34, softness: float = 9.0, scale: float = 1.0
) -> Field:
    """Sun through a window of two by three panes: 1 in the light, 0 in the wall's shade."""
    width, height = canvas.design_width, canvas.design_height
    left, top = (u - 0.5) * width - 170 * scale, -0.46 * height
    wide, tall = 175 * scale, height * 0.24 * scale
    shapes = []
    for row in range(3):
        for column in range(2):
            x, y = left + column * (wide + 20), top + row * (tall + 18)
            corners = ((x, y), (x + wide, y), (x + wide, y + tall), (x, y + tall))
            shapes.append([(cx - (cy - top) * lean * 0.5, cy + (cx - left) * lean) for cx, cy in corners])
    near, far = polygons(canvas, shapes), softness * canvas.pixel
    return np.clip(0.55 * blur(near, far) + 0.45 * blur(near, far * 2.2), 0, 1)


def _frond(
    rng: np.random.Generator, x: float, y: float, angle: float, length: float
) -> list[list[tuple[float, float]]]:
    """A palm frond: leaflets to both sides of a bending stem."""
    shapes = []
    for k in range(24):
        t = 0.12 + 0.88 * k / 23
        bend = angle + 0.55 * t * t
        px, py = x + math.cos(bend) * length * t, y + math.sin(bend) * length * t
        reach = length * 0.46 * math.sin(math.pi * (0.12 + 0.85 * t)) ** 0.7
        for side in (-1, 1):
            turn = bend + side * (1.05 - 0.45 * t) + rng.normal(0, 0.05)
            tip = px + math.cos(turn) * reach, py + math.sin(turn) * reach
            half = 6.5
            nx, ny = -math.sin(turn) * half, math.cos(turn) * half
            mid = px + math.cos(turn) * reach * 0.4, py + math.sin(turn) * reach * 0.4
            shapes.append([(px, py), (mid[0] + nx, mid[1] + ny), tip, (mid[0] - nx, mid[1] - ny)])
    return shapes


def palm_shadow(
    canvas: Canvas, places: tuple[tuple[float, float, float, float], ...], softness: float
) -> Field:
    """Shadows of palm fronds, 0..1; each place is u, v, direction (radians) and length."""
    rng = canvas.rng("fronds")
    shapes = []
    for u, v, angle, length in places:
        x, y = (u - 0.5) * canvas.design_width, (v - 0.5) * canvas.design_height
        shapes += _frond(rng, x, y, angle, length)
    return np.clip(blur(polygons(canvas, shapes), softness * canvas.pixel), 0, 1)


def palm_wall(canvas: Canvas) -> Colour:
    """A coral wall in summer sun, palm fronds' shadows across it."""
    wall = plaster(canvas, "#f0a58c", "#e08c74", 0.35)
    near = palm_shadow(canvas, ((1.02, -0.05, 2.5, 640), (1.05, 0.35, 2.9, 560), (0.62, -0.15, 1.9, 520)), 5)
    far = palm_shadow(canvas, ((-0.05, 1.08, -0.75, 560), (0.2, 1.15, -1.2, 420)), 12)
    shade = np.clip(near + 0.85 * far, 0, 1)
    picture: Colour = wall * (1 - shade[..., None] * (1 - ink("#8d7f9c") * 0.95)) * 1.02
    return picture


def window_wall(canvas: Canvas) -> Colour:
    """Morning sun through a window on a cream wall, with the shadow of a house plant."""
    wall = plaster(canvas, "#f6ecdd", "#ead9c2", 0.35)
    sun = window_light(canvas, 0.46, scale=1.3)
    plant = palm_shadow(
        canvas, ((0.62, 1.00, -2.25, 480), (0.63, 1.02, -1.75, 560), (0.65, 1.00, -1.35, 470)), 7
    )
    light = sun * (1 - 0.9 * plant)
    tint = mix(ink("#c9c2c4") * 0.86, ink("#fff6e6") * 1.14, light)
    return wall * tint


def blinds_wall(canvas: Canvas) -> Colour:
    """Slats of late sun across a mauve-grey wall."""
    wall = plaster(canvas, "#d8c8c2", "#c4b1ac", 0.35)
    slope = canvas.y + canvas.x * 0.26
    slat = smoothstep(0.17, 0.27, np.abs((slope / 74) % 1 - 0.5))
    inside = smoothstep(470, 440, np.abs(canvas.x + 40 - canvas.y * 0.12)) * smoothstep(
        430, 400, np.abs(slope)
    )
    light = blur(slat * inside, 5 * canvas.pixel)
    return wall * mix(ink("#a9a0ae") * 0.9, ink("#ffe2ba") * 1.2, light)


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "wall-loft-brick": bricks,
    "wall-window-plant-shadow": window_wall,
    "wall-palm-shadow-coral": palm_wall,
    "wall-blinds-evening": blinds_wall,
}
