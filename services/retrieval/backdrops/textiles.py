"""Textiles: woven cloth thread by thread, and knitted wool."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix, ramp, smoothstep, tint
from services.retrieval.backdrops.drapery import folds, studio
from services.retrieval.backdrops.light import pool, relief, vignette
from services.retrieval.backdrops.noise import fbm, resize


def _threads(canvas: Canvas, pitch: float, key: str, slub: float) -> tuple[Field, Field, Field, Field]:
    """Warp and weft of a cloth whose threads wander: thread phases (0..1 across each) and their tones."""
    sway = resize(fbm(canvas.reduced(4), 240, f"{key} sway", finest=14), canvas.width, canvas.height)
    sag = resize(fbm(canvas.reduced(4), 240, f"{key} sag", finest=14), canvas.width, canvas.height)
    across, down = (canvas.x + 3 * sway) / pitch + 2000, (canvas.y + 3 * sag) / pitch + 2000
    tall = fbm(canvas, pitch, f"{key} warp", stretch=1 / 22, finest=pitch / 1.5, gain=0.7)
    wide = fbm(canvas, pitch, f"{key} weft", stretch=22, finest=pitch / 1.5, gain=0.7)
    return across + 0.1 * slub * tall, down + 0.1 * slub * wide, tall, wide


def plain_weave(
    canvas: Canvas, colour: str, pitch: float = 6.5, slub: float = 1.0, key: float = 1.15
) -> Colour:
    """Over one, under one: linen, and with a coarser pitch canvas or burlap."""
    across, down, tall, wide = _threads(canvas, pitch, "cloth", slub)
    over = (np.floor(across) + np.floor(down)) % 2 < 1
    pa, pd = across % 1 - 0.5, down % 1 - 0.5
    warp_height = np.sqrt(np.clip(1 - (pa * 1.9) ** 2, 0, 1)) * (0.72 + 0.28 * np.cos(pd * np.pi))
    weft_height = np.sqrt(np.clip(1 - (pd * 1.9) ** 2, 0, 1)) * (0.72 + 0.28 * np.cos(pa * np.pi))
    height = np.where(
        over, np.maximum(warp_height, weft_height * 0.55), np.maximum(weft_height, warp_height * 0.55)
    )
    tone = np.where(over, tall, wide) * (0.055 * slub)
    fuzz = fbm(canvas, 4, "fuzz", finest=1.2, gain=0.9)
    fold = resize(fbm(canvas.reduced(6), 520, "fold", stretch=1.4, finest=120), canvas.width, canvas.height)
    light = relief(canvas, height + 0.05 * fuzz, pitch * 0.28) * (0.42 + 0.62 * height) + tone
    light = (
        light
        * relief(canvas, fold, 15, rise=1.4)
        * pool(canvas, 0.3, 0.15, 1.3)
        * key
        * vignette(canvas, 0.22)
    )
    return tint(ink(colour), light)


def denim(canvas: Canvas) -> Colour:
    """Indigo warp over white weft in a 3/1 twill, worn pale on its ridges, with a stitched seam."""
    across, down, tall, wide = _threads(canvas, 5.0, "denim", 1.4)
    step = (np.floor(across) + np.floor(down)) % 4
    weft = step == 3
    pa, pd = across % 1 - 0.5, down % 1 - 0.5
    height = np.where(weft, 0.55 * np.cos(pd * 2.6), np.cos(pa * 2.6) * (0.85 + 0.15 * np.sin(step)))
    worn = resize(fbm(canvas.reduced(5), 330, "worn", finest=20), canvas.width, canvas.height)
    fade = np.clip(0.30 + 0.16 * worn + 0.13 * tall, 0, 1)
    indigo = ramp(fade, ((0.0, "#172238"), (0.35, "#2b4064"), (0.7, "#4d6c96"), (1.0, "#8fa7c2")))
    colour = mix(indigo, ink("#a9b8c9"), np.where(weft, 0.55 + 0.08 * wide, 0.0))
    light = relief(canvas, height, 1.0) * (0.62 + 0.38 * height)
    seam = canvas.x - 395 + 0 * canvas.y
    ridge = smoothstep(30, 22, np.abs(seam)) * 4 + 2 * smoothstep(3, 0, np.abs(np.abs(seam) - 26))
    light = light * relief(canvas, ridge, 1.0, (-1, 0), 1.4) * (1 - 0.3 * smoothstep(5, 0, np.abs(seam - 31)))
    colour = colour * (light * studio(canvas, 0.3, 0.2, 1.15, 1.25, 0.3))[..., None]
    dash = (canvas.y / 26) % 1
    for line in (-13, 13):
        stitch = smoothstep(3.4, 2.2, np.abs(seam - line)) * smoothstep(0.36, 0.30, np.abs(dash - 0.5))
        shade = smoothstep(5.5, 2.5, np.abs(seam - line - 1.5)) * smoothstep(0.42, 0.34, np.abs(dash - 0.54))
        round_ = (0.62 + 0.38 * smoothstep(3.4, -1.5, seam - line)) * (0.85 + 0.1 * wide)
        colour = mix(colour * (1 - 0.45 * shade)[..., None], ink("#c98a3d") * round_[..., None], stitch)
    return colour


def knit(canvas: Canvas, colour: str = "#e9dfcd", pitch: float = 62.0) -> Colour:
    """Stockinette in chunky wool: columns of V stitches, plied and fuzzy, with cables of shade between."""
    sway = resize(fbm(canvas.reduced(4), 260, "sway", finest=30), canvas.width, canvas.height)
    x, y = (canvas.x + 5 * sway) / pitch + 100, (canvas.y + 4 * sway) / (pitch * 0.86) + 100
    side = np.abs(x % 1 - 0.5) * 2  # 0 at the middle of a column, 1 between columns
    leg = y + 0.78 * side  # each half of a V rises away from the middle
    row = leg % 1 - 0.5
    body = np.clip(1 - (row / 0.52) ** 2, 0, 1) * np.clip(1 - ((side - 0.5) / 0.56) ** 2, 0, 1)
    height = np.sqrt(body)
    slant = np.where(x % 1 < 0.5, np.float32(1), np.float32(-1))
    ply = np.sin((row * 5.2 + slant * (side - 0.5) * 3.4 + leg * 0.3) * 2.6)
    fuzz = fbm(canvas, 6, "fuzz", finest=1.2, gain=0.85)
    hair = fbm(canvas, 3, "hair", stretch=6, finest=1.2)
    surface = height + 0.09 * ply * height + 0.03 * fuzz
    light = relief(canvas, surface, pitch * 0.20, (-0.5, -0.8), 1.3) * (0.26 + 0.74 * height**0.7)
    light = light * (1 + 0.03 * hair + 0.03 * fuzz)
    return tint(ink(colour), light * studio(canvas, 0.32, 0.2, 1.2, 1.25, 0.25))


def tartan(canvas: Canvas) -> Colour:
    """Brushed flannel tartan in red, navy and cream: a 2/2 twill in which crossing colours mix."""
    across, down, tall, wide = _threads(canvas, 4.6, "flannel", 1.0)
    sett = (("#8f2b2b", 34), ("#1f2a44", 16), ("#8f2b2b", 6), ("#e3d6bd", 3), ("#8f2b2b", 6), ("#1f2a44", 16))
    stripe = np.concatenate([np.repeat(ink(code)[None], count, axis=0) for code, count in sett])
    repeat = len(stripe)
    tall_colour = stripe[np.floor(across).astype(np.int32) % repeat]
    wide_colour = stripe[np.floor(down).astype(np.int32) % repeat]
    over = (np.floor(across) - np.floor(down)) % 4 < 2
    colour = np.where(over[..., None], tall_colour, wide_colour)
    fuzz = fbm(canvas, 7, "fuzz", finest=1.2, gain=0.85)
    nap = fbm(canvas, 3, "nap", stretch=3, finest=1.2)
    height = np.where(over, np.cos((across % 1 - 0.5) * 2.4), np.cos((down % 1 - 0.5) * 2.4))
    fold = folds(canvas, 1.1, 90, "soft") * 0.35
    light = relief(canvas, height + 0.12 * fuzz, 0.7) * relief(canvas, fold, 1.0, rise=1.5)
    light = light * (1 + 0.05 * nap + 0.05 * fuzz + 0.04 * np.where(over, tall, wide))
    return colour * (light * studio(canvas, 0.32, 0.2, 1.2, 1.3, 0.28))[..., None]


def tweed(canvas: Canvas) -> Colour:
    """Grey herringbone tweed: zigzag twill of charcoal and oatmeal yarn with odd coloured slubs."""
    across, down, tall, wide = _threads(canvas, 6.0, "tweed", 1.5)
    column = np.floor(across) % 24
    climb = np.where(column < 12, column, 23 - column)
    over = (climb + np.floor(down)) % 4 < 2
    yarn = np.where(over, tall, wide)
    neps = smoothstep(2.2, 2.8, fbm(canvas, 9, "neps", stretch=1.6, finest=3))
    colour = mix(
        ink("#47474a"), ink("#cfc8bb"), np.where(over, np.float32(0.92), np.float32(0.12)) + 0.09 * yarn
    )
    colour = mix(colour, ink("#9c5b3a"), 0.6 * neps)
    fuzz = fbm(canvas, 5, "fuzz", finest=1.2, gain=0.85)
    height = np.where(over, np.cos((across % 1 - 0.5) * 2.6), 0.8 * np.cos((down % 1 - 0.5) * 2.6))
    light = relief(canvas, height + 0.14 * fuzz, 1.1) * (0.6 + 0.4 * height) * (1 + 0.05 * fuzz)
    picture: Colour = colour * (light * studio(canvas, 0.32, 0.2, 1.2, 1.35, 0.28))[..., None]
    return picture


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "textile-linen-natural": partial(plain_weave, colour="#d9cbb3"),
    "textile-canvas-white": partial(plain_weave, colour="#efeae0", pitch=11.0, slub=0.5),
    "textile-burlap": partial(plain_weave, colour="#94703f", pitch=15.0, slub=1.8, key=1.3),
    "textile-denim": denim,
    "textile-knit-cream": knit,
    "textile-tartan-flannel": tartan,
    "textile-herringbone-tweed": tweed,
}
