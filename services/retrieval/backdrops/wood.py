"""Wood: planks seen from above, a herringbone floor, weathered boards, and table tops before a wall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix, ramp, smoothstep
from services.retrieval.backdrops.light import pool, relief, vignette
from services.retrieval.backdrops.noise import fbm, resize


@dataclass(frozen=True, slots=True)
class Timber:
    """A kind of wood: colours from late to early growth, and how strong its rings and pores are."""

    stops: tuple[tuple[float, str], ...]
    rings: float = 0.5
    pores: float = 0.5
    spread: float = 0.10  # how much boards differ in tone


OAK = Timber(((0.0, "#7d5230"), (0.35, "#a97a4c"), (0.7, "#c79a68"), (1.0, "#dcb787")), 0.42, 0.55)
WALNUT = Timber(((0.0, "#23150d"), (0.4, "#43291a"), (0.75, "#644229"), (1.0, "#855d3d")), 0.5, 0.45, 0.08)
PINE = Timber(((0.0, "#c9a06b"), (0.4, "#e2c596"), (1.0, "#f2e0bd")), 0.5, 0.12, 0.07)
WHITEWASH = Timber(((0.0, "#b3a797"), (0.35, "#d8d0c4"), (1.0, "#f1ece4")), 0.42, 0.5, 0.06)
BIRCH = Timber(((0.0, "#d3b58c"), (0.5, "#e6d0ab"), (1.0, "#f0e2c6")), 0.30, 0.15, 0.03)
BARN = Timber(((0.0, "#3b332d"), (0.4, "#6f645a"), (0.75, "#978b7f"), (1.0, "#b9aea2")), 0.5, 1.0, 0.13)


def figure(canvas: Canvas, along: Field, across: Field, board: Field, timber: Timber) -> Field:
    """The tone (0 late wood .. 1 early) of boards cut from trunks.

    `along` and `across` are design pixels in the board, `across` from its centre line; `board` numbers it.
    A flat-sawn board cuts its rings as nested arches (cathedrals): rings are level sets of the distance
    to a pith that runs slightly askew under the board.
    """
    rng = canvas.rng("trunks")
    shift = rng.uniform(-70, 70, 64).astype(np.float32)[board % 64]
    start = rng.uniform(-900, 900, 64).astype(np.float32)[board % 64]
    tone = rng.normal(0, timber.spread, 64).astype(np.float32)[board % 64]
    depth = rng.uniform(24, 95, 64).astype(np.float32)[board % 64]
    sway = resize(fbm(canvas.reduced(3), 130, "sway", stretch=4, finest=10), canvas.width, canvas.height)
    lift = depth + (along + start) * np.float32(0.10)
    radius = np.sqrt((across + shift + 9 * sway) ** 2 + lift * lift) + 3.5 * sway
    ring = (radius / np.float32(13)) % 1
    band = smoothstep(0.0, 0.62, ring) * smoothstep(1.0, 0.90, ring)
    fibre = fbm(canvas, 5, "fibre", stretch=26, finest=1.2, gain=0.85)
    pore = smoothstep(1.1, 2.4, fbm(canvas, 4, "pores", stretch=12, finest=1.2, gain=0.8))
    level = 0.62 + timber.rings * 0.42 * (band - 0.6) + 0.055 * fibre - 0.20 * timber.pores * pore + tone
    result: Field = level + 0.05 * sway
    return result


def planks(canvas: Canvas, timber: Timber, width: float = 150, upright: bool = False) -> tuple[Colour, Field]:
    """Boards side by side: their colours, and the depth of the gaps between them (0 flat .. 1 gap)."""
    shape = (canvas.height, canvas.width)
    if upright:
        turned = Canvas(canvas.name, canvas.height, canvas.width)
        colour, gap = planks(turned, timber, width)
        return np.ascontiguousarray(colour.transpose(1, 0, 2)), np.ascontiguousarray(gap.T)
    rows = (canvas.y + 0.37 * width) / width + 40
    number = np.floor(rows).astype(np.int32)
    across = (rows % 1 - 0.5) * width
    offset = canvas.rng("butts").uniform(0, 1700, 64).astype(np.float32)[number % 64]
    run = (canvas.x + offset + 3000) / 1500 if width < 1000 else (canvas.x + 1100) / 2600 + offset * 0
    piece = np.floor(run).astype(np.int32)
    board = np.broadcast_to(number * 7 + piece * 3, shape)
    along = np.broadcast_to(run % 1 * 1500, shape)
    tone = figure(canvas, along, np.broadcast_to(across, shape), board, timber)
    gap = smoothstep(3.2, 0.6, width / 2 - np.abs(across))
    if width > canvas.design_height:  # a single sheet of veneer has no joints
        return ramp(np.clip(tone, 0, 1), timber.stops), np.zeros(shape, np.float32)
    butt = smoothstep(2.4, 0.6, np.minimum(run % 1, 1 - run % 1) * 1500)
    return ramp(np.clip(tone, 0, 1), timber.stops), np.maximum(gap, butt)


def floorboards(
    canvas: Canvas, timber: Timber, width: float = 150, upright: bool = False, key: float = 1.1
) -> Colour:
    """Planks filling the picture under a window's light."""
    colour, gap = planks(canvas, timber, width, upright)
    grain = colour[..., 1] - gap * 0.6
    light = relief(canvas, grain, 5.0 if timber is BARN else 3.0) * (1 - 0.78 * gap)
    light = light * pool(canvas, 0.28, 0.12, 1.2) * key * vignette(canvas, 0.3)
    return colour * light[..., None]


def weathered(canvas: Canvas) -> Colour:
    """Old barn boards: silvered, cracked along the grain, with knots of rust and moss grey."""
    colour, gap = planks(canvas, BARN, 190, upright=True)
    turned = Canvas(canvas.name, canvas.height, canvas.width)
    crack = smoothstep(2.0, 2.6, fbm(turned, 16, "cracks", stretch=22, finest=1.5, gain=0.55)).T
    stain = resize(fbm(canvas.reduced(4), 300, "stain", finest=12), canvas.width, canvas.height)
    colour = mix(colour, colour * ink("#c9a27f"), smoothstep(0.2, 1.8, stain) * 0.75)
    height = colour[..., 1] * 1.4 - gap - crack
    light = relief(canvas, height, 4.0, (-0.9, -0.3)) * (1 - 0.85 * gap) * (1 - 0.7 * crack)
    picture: Colour = colour * (light * pool(canvas, 0.3, 0.2, 1.2) * 1.15 * vignette(canvas, 0.3))[..., None]
    return picture


def herringbone(canvas: Canvas) -> Colour:
    """Oak blocks laid in herringbone, each catching the light in its own way."""
    width, length = 74.0, 4
    s = np.float32(np.sqrt(0.5))
    gx, gy = (canvas.x + canvas.y) * s / width + 400, (canvas.y - canvas.x) * s / width + 400
    cx, cy = np.floor(gx), np.floor(gy)
    # along a diagonal of cells, `length` of them lie and `length` of them stand
    place = (cx - cy) % (2 * length)
    lying = place < length
    along = np.where(lying, place + gx - cx, 2 * length - 1 - place + gy - cy) * width
    across = (np.where(lying, gy - cy, gx - cx) - 0.5) * width
    head = np.where(lying, cx - place, cy - (2 * length - 1 - place))
    line = np.where(lying, cy, cx)
    board = (head * 31 + line * 17 + lying * 7).astype(np.int32)
    tone = canvas.rng("tones").normal(0, 0.085, 64).astype(np.float32)[board % 64]
    shift = canvas.rng("shifts").uniform(0, 900, 64).astype(np.float32)[board % 64]
    sway = resize(fbm(canvas.reduced(3), 90, "sway", finest=8), canvas.width, canvas.height)
    strand = fbm(Canvas(canvas.name, 1024, 512), 6, "strands", stretch=20, finest=1.2, gain=0.8)
    column = ((along + shift) * 0.9).astype(np.int32) % 1024
    fibre = strand[((across + shift * 3 + sway * 3) * 1.2).astype(np.int32) % 512, column]
    ring = np.sin((across + shift + 7 * sway) / np.float32(4.6))
    level = 0.55 + 0.07 * fibre + 0.05 * ring + tone + np.where(lying, np.float32(0.05), np.float32(-0.05))
    colour = ramp(np.clip(level, 0, 1), OAK.stops)
    edge = np.minimum(width / 2 - np.abs(across), np.minimum(along, length * width - along))
    light = (0.45 + 0.55 * smoothstep(0.3, 2.4, edge)) * pool(canvas, 0.7, 0.1, 1.1) * 1.15
    return colour * (light * vignette(canvas, 0.3))[..., None]


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "wood-oak-planks": lambda canvas: floorboards(canvas, OAK),
    "wood-walnut-planks": lambda canvas: floorboards(canvas, WALNUT, 175, key=1.35),
    "wood-pine-planks": lambda canvas: floorboards(canvas, PINE, 128, upright=True),
    "wood-whitewashed-planks": lambda canvas: floorboards(canvas, WHITEWASH, 140),
    "wood-birch-panel": lambda canvas: floorboards(canvas, BIRCH, 2400, key=1.05),
    "wood-weathered-barn": weathered,
    "wood-herringbone-parquet": herringbone,
}
