"""Snow falling, drifted and frozen on a pane; dunes, which are drifts of sand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix, smoothstep
from services.retrieval.backdrops.light import relief, vignette
from services.retrieval.backdrops.noise import blur, fbm, profile, resize, warp
from services.retrieval.backdrops.skies import gradient
from services.retrieval.backdrops.sprites import add_disc, polygons

Points = list[tuple[float, float]]


def pine(rng: np.random.Generator, x: float, foot: float, height: float) -> Points:
    """The outline of a conifer: ragged boughs that widen toward the ground."""
    left: Points = []
    right: Points = []
    boughs = max(6, int(height / 16))
    for k in range(boughs):
        level = foot - height * (1 - k / boughs)
        half = height * 0.20 * (k / boughs) ** 0.85
        for side, points in ((-1, left), (1, right)):
            reach = half * rng.uniform(0.75, 1.15)
            points.append((x + side * reach * 0.42, level))
            points.append((x + side * reach, level + height / boughs * rng.uniform(0.7, 1.15)))
    return [(x, foot - height * 1.03), *right, (x, foot), *reversed(left)]


def forest(canvas: Canvas, key: str, foot: float, tall: tuple[float, float], count: int) -> Field:
    """A belt of pines standing on a rolling line, (height, width) cover."""
    rng = canvas.rng(key)
    base = (foot - 0.5) * canvas.design_height
    places = np.sort(rng.uniform(-0.56, 0.56, count)) * canvas.design_width
    trees = [pine(rng, float(x), base + rng.uniform(-8, 8), rng.uniform(*tall)) for x in places]
    ground = smoothstep(-6, 2, canvas.y - base - 7 * profile(canvas, 300, key + " ground", finest=30))
    return np.maximum(polygons(canvas, trees), ground)


def flakes(canvas: Canvas, colour: Colour, count: int, strength: float = 0.8) -> None:
    """Falling snow at three depths: fine and many far off, large and soft close by."""
    rng = canvas.rng("flakes")
    for share, radius, power, soft in (
        (0.70, (1.0, 2.4), 0.75, 0.7), (0.25, (3.0, 6.5), 0.45, 0.8), (0.05, (12.0, 26.0), 0.16, 0.5),
    ):  # fmt: skip
        for _ in range(int(count * share)):
            x, y = (
                rng.uniform(-0.52, 0.52) * canvas.design_width,
                rng.uniform(-0.52, 0.52) * canvas.design_height,
            )
            light = ink("#ffffff") * np.float32(strength * power * rng.uniform(0.5, 1.1))
            add_disc(canvas, colour, x, y, rng.uniform(*radius), light, soft, 0.0)


def snowfall(canvas: Canvas) -> Colour:
    """Snow falling at dusk before pines that fade into the cold air."""
    colour = gradient(canvas, (0.0, "#5d7391"), (0.5, "#92a6bd"), (0.72, "#c3cedb"), (1.0, "#dfe6ee"))
    for k, (foot, tall, count, code, haze) in enumerate((
        (0.66, (90, 190), 60, "#8496ab", 3.0), (0.74, (150, 300), 34, "#617690", 2.0),
        (0.84, (230, 430), 15, "#3a4d63", 1.2),
    )):  # fmt: skip
        cover = blur(forest(canvas, f"belt {k}", foot, tall, count), haze * canvas.pixel)
        mist = smoothstep(foot + 0.03, foot - 0.24, canvas.v)
        belt = mix(ink("#d4dde7"), ink(code), mist + 0 * cover)
        colour = colour + (belt - colour) * cover[..., None]
    snow = smoothstep(0.83, 0.90, canvas.v + 0.006 * profile(canvas, 400, "bank", finest=80))
    drift = resize(fbm(canvas.reduced(4), 260, "drift", stretch=3, finest=20), canvas.width, canvas.height)
    colour = mix(colour, ink("#e6edf5") * (0.90 + 0.03 * drift)[..., None], snow)
    flakes(canvas, colour, 1300)
    return colour * vignette(canvas, 0.2)[..., None]


def _turn(canvas: Canvas, crest: Field, under: Field, key: str) -> Field:
    """0 where a drift faces away from the sun, 1 where it faces it.

    A crest that falls to the right has its lee there; the edge between runs down and forward from the top.
    """
    slope = np.gradient(crest).astype(np.float32)
    slope = blur(np.broadcast_to(slope, (4, canvas.width)), 12 * canvas.pixel)[0]
    sway = resize(fbm(canvas.reduced(4), 300, key, finest=50), canvas.width, canvas.height)
    run = np.maximum(under, 0) * np.float32(0.9 * canvas.pixel) + sway * np.float32(16 * canvas.pixel)
    column = np.arange(canvas.width, dtype=np.float32)[None, :] - run
    facing = -slope[np.clip(column, 0, canvas.width - 1).astype(np.int32)]
    return blur(smoothstep(-0.16, 0.02, facing), 2.5 * canvas.pixel)


def drifts(
    canvas: Canvas, sky: tuple[str, str], lit: str, shade: str, sparkle: float, layers: int = 5
) -> Colour:
    """Drifts of snow, or dunes of sand, one behind another, the low sun on their windward side."""
    colour = gradient(canvas, (0.0, sky[0]), (0.5, sky[1]), (1.0, sky[1]))
    grain = fbm(canvas, 4, "grain", finest=1.2, gain=0.9)
    ripple = warp(canvas, fbm(canvas, 26, "ripple", stretch=5, finest=3), 0 * grain, 24 * grain * 0)
    for k in range(layers):
        near = (k + 1) / layers
        level = (0.40 + 0.52 * near**1.25 - 0.5) * canvas.design_height
        crest = level - (28 + 62 * near) * profile(canvas, 900 - 90 * k, f"crest {k}", finest=330, gain=0.4)
        under = (canvas.y - crest).astype(np.float32)
        body = smoothstep(-1.0 - 1.2 * (1 - near), 1.0, under)
        turn = _turn(canvas, crest[0], under, f"turn {k}")
        fall = np.exp(-np.maximum(under, 0) / np.float32(90 + 150 * near))
        light = np.clip(0.22 + 0.55 * turn + 0.30 * fall * (0.4 + 0.6 * turn) - 0.12 * (1 - fall), 0, 1)
        light = light + (0.010 * grain + 0.018 * ripple) * near
        paint = mix(ink(shade), ink(lit), np.clip(light, 0, 1.15))
        paint = mix(paint, ink(sky[1]), 0.55 * (1 - near) ** 1.4)
        colour = mix(colour, paint, body)
    glint = (fbm(canvas, 3, "glint", finest=1.2) > 3.1) * smoothstep(0.5, 1.0, canvas.v)
    return (colour + (sparkle * blur(glint.astype(np.float32), 0.7))[..., None]) * vignette(canvas, 0.14)[
        ..., None
    ]


def frosted_window(canvas: Canvas) -> Colour:
    """Frost ferns growing in from the edges of a pane, warm lights far behind it."""
    colour = gradient(canvas, (0.0, "#16243c"), (0.6, "#2a405c"), (1.0, "#3d4f66"))
    rng = canvas.rng("lights")
    for _ in range(26):
        x, y = rng.normal(0, 0.2) * canvas.design_width, rng.normal(0.05, 0.16) * canvas.design_height
        add_disc(
            canvas, colour, x, y, rng.uniform(26, 66), ink("#ffb866") * rng.uniform(0.08, 0.4), 0.25, 0.1
        )
    colour = colour + 0.7 * blur(colour, 40 * canvas.pixel)
    soft = canvas.reduced(1.4)
    drift = fbm(soft, 150, "drift", finest=5, gain=0.6)
    other = fbm(soft, 150, "other", finest=5, gain=0.6)
    edge = np.maximum(np.abs(soft.u - 0.5), np.abs(soft.v - 0.5)) * 2
    reach = smoothstep(0.34, 0.98, edge + 0.13 * drift)
    feather: Field = np.zeros_like(drift)
    for k, cell in enumerate((120, 60, 30)):
        field = warp(soft, fbm(soft, cell, f"fern {k}", finest=2, gain=0.5), drift * 26, other * 26)
        feather = np.maximum(feather, np.exp(-np.abs(field) * (6.5 - k)) * (1 - 0.16 * k))
    ice: Field = np.clip(reach * (0.30 + 0.85 * feather) + 0.06 * reach * drift, 0, 1)
    ice = resize(ice, canvas.width, canvas.height)
    cold = mix(ink("#a9c3df"), ink("#f4f9ff"), ice) * relief(canvas, ice, 7.0)[..., None]
    return mix(colour, cold, np.clip(ice * 0.92, 0, 1)) * vignette(canvas, 0.12)[..., None]


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "winter-falling-snow": snowfall,
    "winter-snow-drifts": partial(
        drifts, sky=("#8fb4d8", "#d9e4ee"), lit="#ffffff", shade="#8fa9c9", sparkle=0.35
    ),
    "winter-frosted-window": frosted_window,
    "desert-dunes": partial(drifts, sky=("#e9b184", "#f6d9b0"), lit="#f0b878", shade="#8a4a2c", sparkle=0.05),
}
