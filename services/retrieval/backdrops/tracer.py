"""The picture of a stage: what each pixel sees, its colour under the lamp, and smooth outlines."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink
from services.retrieval.backdrops.slabs import Slab
from services.retrieval.backdrops.solids import Solid, Three
from services.retrieval.backdrops.stage import (
    LAMP_LOOKS_ON_SOLIDS,
    Paint,
    Stage,
    fill,
    lamp_light,
    light_on_sheet,
    rays,
    sheet_depth,
    unit,
)

Faces = NDArray[np.signedinteger[Any]]
"""Which face of which solid each pixel sees; 0 is the sheet."""

Places = NDArray[np.signedinteger[Any]]


def _colours(paint: Paint, point: Three) -> Colour:
    return paint(*point) if callable(paint) else paint


def _draw_sheet(stage: Stage, canvas: Canvas) -> tuple[Colour, Field]:
    across, down, _ = rays(stage, canvas)
    depth, up, _ = sheet_depth(stage, down)
    light = light_on_sheet(stage, canvas)
    if not callable(stage.floor) and not callable(stage.wall):
        paint: Colour = stage.wall + (stage.floor - stage.wall) * up[..., None]
        return light * paint, np.broadcast_to(depth, light.shape[:2])
    point = (across * depth, stage.camera + down * depth, depth)
    split = int(np.argmax(up[:, 0] > 0.5)) if (up > 0.5).any() else canvas.height
    for rows, surface in ((slice(0, split), stage.wall), (slice(split, None), stage.floor)):
        part = (point[0][rows], point[1][rows], point[2][rows])
        if part[0].size:
            light[rows] *= _colours(surface, part)
    return light, np.broadcast_to(depth, light.shape[:2])


def _window(stage: Stage, canvas: Canvas, solid: Solid) -> tuple[slice, slice]:
    """The rows and columns of the picture that a solid can cover."""
    x0, x1, y0, y1, z0, z1 = solid.bounds()
    depths = (max(z0, 0.2), max(z1, 0.2))
    columns = [(x / z * stage.focal + canvas.design_width / 2) for x in (x0, x1) for z in depths]
    eye = stage.horizon * canvas.design_height
    rows = [(stage.camera - y) / z * stage.focal + eye for y in (y0, y1) for z in depths]
    margin = 2 / canvas.pixel

    def span(values: list[float], limit: int) -> slice:
        low = math.floor((min(values) - margin) * canvas.pixel)
        return slice(max(0, low), min(limit, math.ceil((max(values) + margin) * canvas.pixel)))

    return span(rows, canvas.height), span(columns, canvas.width)


def _draw_solid(stage: Stage, solid: Solid, ray: Three, depth: Field, rng: np.random.Generator) -> Colour:
    """Colours of the points (n) where rays meet a solid: lamp, sky above, bounce off the floor, gloss."""
    point = (ray[0] * depth, stage.camera + ray[1] * depth, ray[2] * depth)
    normal = solid.normal(point)
    others = [other for other in stage.solids if other is not solid or isinstance(solid, Slab)]
    lamp = lamp_light(stage, others, point, normal, rng, LAMP_LOOKS_ON_SOLIDS)
    floor = ink("#e8e2da") if callable(stage.floor) else stage.floor
    upward = 0.5 + 0.5 * normal[1]
    grounded = 1 - 0.55 * np.exp(-np.maximum(point[1] - solid.bounds()[2], 0) / np.float32(0.16))
    ambient = (upward * grounded)[..., None] * fill(stage)
    bounce = ((1 - upward) * (0.35 + 0.65 * grounded))[..., None] * (floor * np.float32(stage.fill))
    light = lamp[..., None] * (ink(stage.key_colour) * stage.key) + ambient + bounce
    colour = _colours(solid.paint, point) * light
    if solid.gloss:
        eye = unit((-point[0], stage.camera - point[1], -point[2]))
        to = unit((stage.lamp[0] - point[0], stage.lamp[1] - point[1], stage.lamp[2] - point[2]))
        half = unit((eye[0] + to[0], eye[1] + to[1], eye[2] + to[2]))
        shine = np.maximum(half[0] * normal[0] + half[1] * normal[1] + half[2] * normal[2], 0) ** 48
        colour = colour + (shine * solid.gloss * (lamp > 0.05))[..., None]
    return colour


def _edges(owner: Faces) -> tuple[Places, Places]:
    """Rows and columns of the pixels on either side of an outline."""
    edge = np.zeros(owner.shape, bool)
    across, down = owner[:, 1:] != owner[:, :-1], owner[1:] != owner[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    rows, columns = np.nonzero(edge)
    return rows, columns


def _smooth_edges(stage: Stage, canvas: Canvas, colour: Colour, owner: Faces) -> None:
    """Antialias outlines: look again within each pixel, and mix its neighbours' colours by what is seen."""
    rows, columns = _edges(owner)
    if not rows.size:
        return
    seen = _owners_within(stage, canvas, rows, columns)
    total, weight = np.zeros((rows.size, 3), np.float32), np.zeros(rows.size, np.float32)
    around = [
        (np.clip(rows + down, 0, canvas.height - 1), np.clip(columns + across, 0, canvas.width - 1))
        for down in (-1, 0, 1)
        for across in (-1, 0, 1)
    ]
    owners, colours = [owner[at] for at in around], [colour[at] for at in around]
    for number in np.unique(owner[rows, columns]):
        share = (seen == number).mean(axis=0, dtype=np.float32)
        mine = [(kind == number).astype(np.float32) for kind in owners]
        count = np.sum(mine, axis=0)
        share = np.where(count > 0, share, 0) / np.maximum(count, 1)
        total += sum(c * (m * share)[:, None] for c, m in zip(colours, mine, strict=True))
        weight += share * count
    known = weight > 0
    colour[rows[known], columns[known]] = total[known] / weight[known, None]


def _face(stage: Stage, solid: Solid, number: int, down: Field, hit: Field) -> Faces:
    """Twice the solid's number, and one more on its lid: what is told apart at outlines."""
    if not solid.lidded:
        return np.full(hit.shape, number * 2, np.int8)
    level = stage.camera + down * np.where(np.isfinite(hit), hit, 0)
    return np.where(level > solid.bounds()[3] - 2e-3, np.int8(number * 2 + 1), np.int8(number * 2))


def _owners_within(stage: Stage, canvas: Canvas, rows: Places, columns: Places) -> Faces:
    """Which face is seen (0: the sheet) at six spots within each of n pixels, (6, n)."""
    spots = np.array([(-5, -1), (-3, 3), (-1, -3), (1, 5), (3, 1), (5, -5)], np.float32)[:, :, None] / 12
    u = (columns + np.float32(0.5) + spots[:, 0]) / canvas.width
    v = (rows + np.float32(0.5) + spots[:, 1]) / canvas.height
    across = (u - 0.5) * np.float32(canvas.design_width / stage.focal)
    down = (stage.horizon - v) * np.float32(canvas.design_height / stage.focal)
    depth, _, _ = sheet_depth(stage, down)
    owner = np.zeros(depth.shape, np.int8)
    zero, one = np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32)
    for number, solid in enumerate(stage.solids, 1):
        hit = solid.hit((zero, zero + np.float32(stage.camera), zero), (across, down, one))
        owner = np.where(hit < depth, _face(stage, solid, number, down, hit), owner)
        depth = np.minimum(depth, hit)
    return owner


def trace(stage: Stage, canvas: Canvas) -> Colour:
    """The stage as its camera sees it, linear (height, width, 3)."""
    colour, sheet = _draw_sheet(stage, canvas)
    depth = np.array(sheet)
    owner = np.zeros(depth.shape, np.int8)
    across, down, ahead = rays(stage, canvas)
    zero = np.zeros((1, 1), np.float32)
    eye = (zero, zero + np.float32(stage.camera), zero)
    for number, solid in enumerate(stage.solids, 1):
        rows, columns = _window(stage, canvas, solid)
        hit = solid.hit(eye, (across[:, columns], down[rows], ahead))
        nearer = hit < depth[rows, columns]
        depth[rows, columns] = np.where(nearer, hit, depth[rows, columns])
        face = _face(stage, solid, number, down[rows], hit)
        owner[rows, columns] = np.where(nearer, face, owner[rows, columns])
    rng = canvas.rng("solids")
    for number, solid in enumerate(stage.solids, 1):
        at = np.nonzero(owner >> 1 == number)
        if at[0].size:
            ray = (across[0][at[1]], down[:, 0][at[0]], np.ones(at[0].size, np.float32))
            colour[at] = _draw_solid(stage, solid, ray, depth[at], rng)
    _smooth_edges(stage, canvas, colour, owner)
    return colour
