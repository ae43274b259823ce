"""A small ray tracer for studio stages: a sheet that is floor and wall, solids on it, one soft lamp.

The camera looks straight ahead with a shifted lens, as architecture is photographed, so that upright
edges stay upright. What is smooth (light on the sheet, its soft shadows) is traced at low resolution.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink
from services.retrieval.backdrops.noise import blur, resize
from services.retrieval.backdrops.solids import Solid, Three

_LAMP_LOOKS = 14
"""Rays to the lamp from each point of the sheet; each point turns its own, and they blur into a shadow."""


LAMP_LOOKS_ON_SOLIDS = 7
"""Fewer for solids, which are traced at full resolution: what is left of the turning looks like grain."""


_GOLDEN = 2.39996
"""The golden angle: spots spread by it cover a disc evenly."""


Paint = Colour | Callable[[Field, Field, Field], Colour]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What is built and how it is lit. Lengths in metres, `focal` in design pixels.

    `cove` is the radius of the curve between floor and wall; `horizon` the height of the camera's
    eye line in the picture (0 top, 1 bottom); `key` the lamp's strength, `fill` that of the light
    from everywhere.
    """

    floor: Paint
    wall: Paint
    solids: Sequence[Solid] = ()
    cove: float = 0.02
    wall_at: float = 6.0
    camera: float = 1.3
    horizon: float = 0.38
    focal: float = 1500.0
    lamp: tuple[float, float, float] = (-2.2, 4.2, 1.8)
    lamp_radius: float = 0.6
    key: float = 1.0
    fill: float = 0.35
    key_colour: str = "#ffffff"
    fill_colour: str = "#ffffff"
    gobo: Callable[[Field, Field, Field], Field] | None = None
    bounce: float = 0.5  # how much of the floor's colour is in the light from everywhere


def unit(vector: Three) -> Three:
    length = np.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2) + np.float32(1e-9)
    return vector[0] / length, vector[1] / length, vector[2] / length


def rays(stage: Stage, canvas: Canvas) -> Three:
    """Direction through every pixel; z is 1, so that a hit's distance is its depth."""
    across = canvas.x / stage.focal
    down = (canvas.v - stage.horizon) * (canvas.design_height / stage.focal)
    return across, -down, np.ones((1, 1), dtype=np.float32)


def sheet_depth(stage: Stage, down: Field) -> tuple[Field, Field, Field]:
    """Depth at which each row meets the sheet, and its normal's y and z there."""
    eye, far, r = stage.camera, stage.wall_at, stage.cove
    falling = np.minimum(down, np.float32(-1e-6))
    floor = -eye / falling
    # the arc's axis is at (y = r, z = far - r); the ray meets it from inside, at the far root
    a = 1 + down**2
    b = (eye - r) * down - (far - r)
    c = (eye - r) ** 2 + (far - r) ** 2 - r**2
    arc = (-b + np.sqrt(np.maximum(b * b - a * c, 0))) / a
    on_floor = (down < 0) & (floor <= far - r)
    on_wall = ~on_floor & (eye + far * down >= r)
    depth = np.where(on_floor, floor, np.where(on_wall, np.float32(far), arc))
    up = np.where(on_floor, 1, np.where(on_wall, 0, (r - eye - arc * down) / r))
    toward = np.where(on_floor, 0, np.where(on_wall, -1, (far - r - arc) / r))
    return depth.astype(np.float32), up.astype(np.float32), toward.astype(np.float32)


def _blocked(solids: Sequence[Solid], point: Three, ray: Three, reach: float) -> Field:
    """1 where something stands in the way within `reach`, else 0."""
    stopped: Field = np.zeros(np.broadcast_shapes(point[0].shape, point[1].shape, point[2].shape), np.float32)
    for solid in solids:
        stopped = np.maximum(stopped, solid.blocks(point, ray, reach))
    return stopped


def lamp_light(
    stage: Stage,
    solids: Sequence[Solid],
    point: Three,
    normal: Three,
    rng: np.random.Generator,
    looks: int,
) -> Field:
    """Light of the lamp on points: Lambert, inverse square, shadowed softly by the solids."""
    lx, ly, lz = (np.float32(k) for k in stage.lamp)
    to = (lx - point[0], ly - point[1], lz - point[2])
    square = to[0] ** 2 + to[1] ** 2 + to[2] ** 2
    length = np.sqrt(square)
    facing = np.maximum((to[0] * normal[0] + to[1] * normal[1] + to[2] * normal[2]) / length, 0)
    centre = lx**2 + (ly - 0.3) ** 2 + (lz - 4.0) ** 2  # what the lamp gives at the middle of the set is 1
    light = facing * (centre / square)
    if solids:
        light = light * (1 - _shade(stage, solids, point, normal, to, rng, looks))
    if stage.gobo is not None:
        light = light * stage.gobo(*point)
    result: Field = light
    return result


def _shade(
    stage: Stage,
    solids: Sequence[Solid],
    point: Three,
    normal: Three,
    to: Three,
    rng: np.random.Generator,
    looks: int,
) -> Field:
    """Share of the lamp's disc that the solids hide, each point looking at its own spread of it."""
    shape = np.broadcast_shapes(*(part.shape for part in point))
    spin = rng.random(shape, dtype=np.float32) * np.float32(2 * math.pi)
    start = tuple(p + n * np.float32(4e-3) for p, n in zip(point, normal, strict=True))
    total = np.zeros(shape, np.float32)
    c, s = np.cos(spin), np.sin(spin)
    for k in range(looks):
        reach = stage.lamp_radius * math.sqrt((k + 0.5) / looks)
        a, b = reach * math.cos(k * _GOLDEN), reach * math.sin(k * _GOLDEN)
        ray = (to[0] + c * a - s * b, to[1], to[2] + s * a + c * b)
        total += _blocked(solids, (start[0], start[1], start[2]), ray, 1.0)
    return total / looks


def _openness(stage: Stage, point: Three, normal: Three, rng: np.random.Generator, looks: int = 10) -> Field:
    """Ambient occlusion: the share of directions, weighted by their cosine, that solids leave open."""
    shape = np.broadcast_shapes(*(part.shape for part in point))
    if not stage.solids:
        return np.ones(shape, np.float32)
    spin = rng.random(shape, dtype=np.float32) * np.float32(2 * math.pi)
    c, s = np.cos(spin), np.sin(spin)
    start = tuple(p + n * np.float32(4e-3) for p, n in zip(point, normal, strict=True))
    hidden = np.zeros(shape, np.float32)
    for k in range(looks):
        radius = math.sqrt((k + 0.5) / looks)
        rise = math.sqrt(1 - radius**2) + 0.02
        p, q = radius * math.cos(k * _GOLDEN), radius * math.sin(k * _GOLDEN)
        a, b = c * p - s * q, s * p + c * q
        # any two directions across the normal do, for the sheet turns about x only
        ray = (a, rise * normal[1] - b * normal[2], rise * normal[2] + b * normal[1])
        hidden += _blocked(stage.solids, (start[0], start[1], start[2]), ray, 1.6)
    return 1 - hidden / looks


def fill(stage: Stage) -> Colour:
    """The light from everywhere: its own colour, and what the set throws back of it."""
    wall = ink("#efe6dc") if callable(stage.wall) else stage.wall
    tint = wall / np.float32(max(float(wall.max()), 0.05))
    return ink(stage.fill_colour) * (1 - stage.bounce + stage.bounce * tint) * np.float32(stage.fill)


def light_on_sheet(stage: Stage, canvas: Canvas) -> Colour:
    """Light arriving on the bare sheet, (height, width, 3), traced at a quarter of the resolution."""
    small = canvas.reduced(max(1.0, 4.5 * min(1.0, canvas.pixel)))
    across, down, _ = rays(stage, small)
    depth, up, toward = sheet_depth(stage, down)
    flat = np.zeros((1, small.width), np.float32)
    point = (across * depth, stage.camera + down * depth + flat, depth + flat)
    normal = (flat, up, toward)
    rng = canvas.rng("stage light")
    lamp = lamp_light(stage, stage.solids, point, normal, rng, _LAMP_LOOKS)
    # floor and wall shade one another near a sharp corner; a cove spreads that out
    corner = np.minimum(np.maximum(point[1], 0) + np.maximum(stage.wall_at - point[2], 0), 9.0)
    near = 1 - np.float32(0.34) * np.exp(-corner / np.float32(0.22 + stage.cove * 0.6))
    open_ = _openness(stage, point, normal, rng) * near
    light = lamp[..., None] * (ink(stage.key_colour) * stage.key)
    light = light + (open_ * (0.72 + 0.28 * up))[..., None] * fill(stage)
    return resize(blur(light, 1.1), canvas.width, canvas.height)
