"""Beach, sea, pool, mountains in mist, rain on glass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix, ramp, smoothstep, tint
from services.retrieval.backdrops.light import pool, relief, vignette
from services.retrieval.backdrops.noise import blur, fbm, profile, resize, sample, warp, worley
from services.retrieval.backdrops.skies import gradient
from services.retrieval.backdrops.sprites import add_disc


def sand_ripples(canvas: Canvas) -> Colour:
    """Wind ripples on a beach from above: sharp lee sides that fork and join."""
    soft = canvas.reduced(1.5)
    sway = fbm(soft, 420, "sway", finest=26, gain=0.45)
    phase = (soft.y * 0.96 + soft.x * 0.22) / 54 + 1.05 * sway
    tooth = phase % 1
    wave = np.where(tooth < 0.72, tooth / 0.72, (1 - tooth) / 0.28)
    wave = blur(wave * wave * (3 - 2 * wave), 3.5 * soft.pixel)
    wave = resize(wave * (1 + 0.18 * fbm(soft, 200, "power", finest=60)), canvas.width, canvas.height)
    grains = fbm(canvas, 3, "grains", finest=1.2, gain=0.9)
    light = relief(canvas, wave * 6.5 + grains * 0.3, 1.0, (-0.35, -0.95), 1.1)
    colour = mix(ink("#c19a6b"), ink("#ecd6b0"), np.clip(0.35 + 0.45 * wave + 0.05 * grains, 0, 1))
    return colour * (light * pool(canvas, 0.3, 0.1, 1.4) * 1.08 * vignette(canvas, 0.18))[..., None]


def calm_sea(canvas: Canvas) -> Colour:
    """A calm sea to the horizon in morning light: small waves mirror different heights of the sky."""
    horizon = 0.40
    sky = gradient(canvas, (0.0, "#9cc4df"), (0.25, "#d2e2e6"), (0.40, "#f7e8d3"), (1.0, "#f7e8d3"))
    below = np.maximum(canvas.v - horizon, 1e-3)
    away = 0.10 / (below + 0.012)
    texture = fbm(Canvas(canvas.name + "/waves", 1500, 1000), 46, "waves", stretch=2.6, finest=1.5, gain=0.6)
    column = np.broadcast_to(750 + canvas.x * away * 2.2, (canvas.height, canvas.width))
    row = np.broadcast_to(away * 1500, column.shape)
    wave = sample(texture, column, row) * smoothstep(0.0, 0.10, below)
    slope = np.clip(0.55 - 0.9 * below + 0.17 * wave, 0, 1)
    water = ramp(
        slope, ((0.0, "#1f5f7c"), (0.3, "#3f8aa3"), (0.55, "#93bfc8"), (0.8, "#e9e2d2"), (1.0, "#fff3de"))
    )
    path = np.exp(-((canvas.u - 0.6) ** 2) / (2 * (0.05 + 0.12 * below) ** 2))
    glitter = smoothstep(0.7, 1.7, wave) * path * 0.55
    water = water + tint(ink("#fff0d2"), glitter)
    colour = mix(sky, ink("#fff6e2"), 0.7 * pool(canvas, 0.6, 0.34, 0.12))
    return (
        mix(colour, water, smoothstep(-0.0012, 0.0012, canvas.v - horizon) + 0 * wave)
        * vignette(canvas, 0.12)[..., None]
    )


def pool_caustics(canvas: Canvas) -> Colour:
    """Clear pool water: light drawn into nets on pale tiles, whose joints the ripples bend."""
    soft = canvas.reduced(1.5)
    drift = [fbm(soft, 190, f"drift {k}", finest=24, gain=0.45) for k in range(2)]
    net: Field = np.zeros_like(drift[0])
    for k, cell in enumerate((150.0, 105.0)):
        near, after, _ = worley(soft, cell, f"net {k}", 0.9)
        gap = warp(soft, after - near, drift[0] * 22, drift[1] * 22)
        net = net + (0.62, 0.38)[k] * (0.85 * np.exp(-gap * 13) + 0.25 * np.exp(-gap * 4))
    net = resize(blur(net, 1.0 * soft.pixel), canvas.width, canvas.height)
    bend = [resize(d, canvas.width, canvas.height) * 5 for d in drift]
    tx, ty = (canvas.x + bend[0]) / 96 + 50, (canvas.y + bend[1]) / 96 + 50
    joint = np.minimum(np.abs(tx % 1 - 0.5), np.abs(ty % 1 - 0.5))
    line = smoothstep(0.035, 0.012, 0.5 - np.maximum(np.abs(tx % 1 - 0.5), np.abs(ty % 1 - 0.5))) + 0 * joint
    tone = canvas.rng("tiles").normal(0, 0.03, 256).astype(np.float32)
    tile = 1 + tone[(np.floor(tx) * 7 + np.floor(ty) * 13).astype(np.int32) % 256]
    depth = ramp(
        np.clip(canvas.v * 0.8 + 0.1 * bend[0] / 5 + 0.1, 0, 1),
        ((0.0, "#7fdbe2"), (0.5, "#37b9cf"), (1.0, "#1490b8")),
    )
    colour = depth * (tile * (1 - 0.16 * line) * 0.86)[..., None]
    picture: Colour = colour + ink("#e8ffff") * (0.55 * net)[..., None] * (0.5 + 0.5 * depth)
    return picture


def shoreline(canvas: Canvas) -> Colour:
    """A beach from above: wet sand, a lace of foam, clear water deepening to turquoise."""
    soft = canvas.reduced(1.4)
    line = 130 * 0.5 * profile(soft, 520, "shore", finest=120, gain=0.4) + soft.x * 0.22
    away = (line - soft.y).astype(np.float32)  # positive: out to sea (up)
    fray = fbm(soft, 60, "fray", finest=4, gain=0.55)
    reach = away + 13 * fray
    sea = ramp(
        np.clip((reach + 10) / 560, 0, 1),
        ((0.0, "#bfe6dc"), (0.2, "#7fd3d0"), (0.5, "#36aebb"), (1.0, "#13809c")),
    )
    near, after, _ = worley(soft, 34, "lace", 1.0)
    gap = warp(soft, after - near, fray * 9, fbm(soft, 60, "fray 2", finest=4) * 9)
    lace = np.exp(-gap * 9)
    wash = np.exp(-np.abs(reach - 8) / 9) + 0.75 * lace * smoothstep(130, 10, reach) * (reach > 0)
    second = reach - 250 - 26 * profile(soft, 400, "second", finest=60)
    wash = wash + 0.8 * np.exp(-np.abs(second) / 8) + 0.5 * lace * smoothstep(90, 0, second) * (second > 0)
    wet = smoothstep(-150, -20, reach)
    sand = mix(ink("#e9d3ab"), ink("#b9946a"), wet)
    land = smoothstep(3, -3, reach)
    stack = [
        resize(part, canvas.width, canvas.height) for part in (sea, sand, land, np.clip(wash, 0, 1), wet)
    ]
    grains = fbm(canvas, 3, "grains", finest=1.2, gain=0.9)
    ground = stack[1] * relief(canvas, grains, 0.4)[..., None] * (1 + 0.02 * grains)[..., None]
    colour = stack[0] + (ground - stack[0]) * stack[2][..., None]
    shade = np.roll(stack[3], round(6 * canvas.pixel), 0)
    colour = colour * (1 - 0.16 * shade)[..., None]
    return mix(colour, ink("#fbfdfb"), np.clip(stack[3], 0, 1) * 0.95) * 0.97


def misty_mountains(canvas: Canvas) -> Colour:
    """Ridges stepping back into morning mist, bluer and paler with distance."""
    colour = gradient(canvas, (0.0, "#a9bfd2"), (0.35, "#e2dcd4"), (0.6, "#f4e3cd"), (1.0, "#f4e3cd"))
    tones = ("#c3ccd4", "#a3b4c1", "#7f98a9", "#5a788c", "#385669", "#1e3647")
    for k, code in enumerate(tones):
        level = (0.36 + 0.105 * k - 0.5) * canvas.design_height
        line = level + (30 + 9 * k) * profile(
            canvas, 640 - 50 * k, f"ridge {k}", finest=2.0 if k > 2 else 4.0, gain=0.44
        )
        under = (canvas.y - line).astype(np.float32)
        mist = smoothstep(level - 30, level + 120, canvas.y) + 0 * under
        body = mix(ink(code), ink("#efe3d3"), 0.62 * mist * (1 - k / 7))
        colour = mix(colour, body, smoothstep(-0.9, 0.9, under))
    return colour * 0.98


def rain_on_glass(canvas: Canvas) -> Colour:
    """Raindrops on a window at dusk; each drop holds the blurred street upside down."""
    colour = gradient(canvas, (0.0, "#2c3d4d"), (0.5, "#55616a"), (0.75, "#6e6558"), (1.0, "#2e3236"))
    rng = canvas.rng("lights")
    for _ in range(30):
        x, y = rng.uniform(-0.5, 0.5) * canvas.design_width, rng.normal(0.10, 0.12) * canvas.design_height
        hue = ink(("#ffb45c", "#ffd9a0", "#ff6a4a", "#a8d0e8")[rng.integers(4)])
        add_disc(canvas, colour, x, y, rng.uniform(26, 70), hue * rng.uniform(0.1, 0.42), 0.2, 0.1)
    behind = blur(colour, 9 * canvas.pixel)
    near: Field = np.full((canvas.height, canvas.width), -1.0, np.float32)
    for key, cell, kept, size in (
        ("fine", 26.0, 0.5, 0.24),
        ("mid", 58.0, 0.42, 0.30),
        ("large", 120.0, 0.30, 0.27),
    ):
        gap, _, mark = worley(canvas, cell, key, 0.9)
        wobble = resize(fbm(canvas.reduced(2), cell * 0.5, key, finest=cell / 8), canvas.width, canvas.height)
        radius = size * (0.45 + 0.55 * (mark / kept)) * (mark < kept)
        near = np.maximum(near, np.where(radius > 0, (radius - gap + 0.02 * wobble) * cell / 18, -1))
    cover = smoothstep(-0.02, 0.05, near)
    dome = np.sqrt(np.clip(near * 1.4, 0, 1)) * cover
    down, across = (np.asarray(slope) for slope in np.gradient(blur(dome, 1.0 * canvas.pixel)))
    turned = behind[::-1]
    light = 0.75 + np.clip((down * 5.0 + across * 1.6) * canvas.pixel, -0.55, 0.9)
    shine = smoothstep(0.05, 0.12, (-down - across * 0.8) * canvas.pixel) * smoothstep(0.35, 0.75, dome)
    drop = turned * light[..., None] * 1.25 + 0.35 * shine[..., None]
    shade = np.roll(cover, round(3 * canvas.pixel), 0) * (1 - cover)
    picture: Colour = (
        behind * (1 - 0.35 * shade)[..., None] * (1 - cover[..., None]) + drop * cover[..., None]
    ) * vignette(canvas, 0.25)[..., None]
    return picture


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "beach-sand-ripples": sand_ripples,
    "beach-shoreline": shoreline,
    "water-calm-sea": calm_sea,
    "water-pool-caustics": pool_caustics,
    "mountains-misty-layers": misty_mountains,
    "rain-window-dusk": rain_on_glass,
}
