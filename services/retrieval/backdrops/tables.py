"""Table tops and counters in perspective, a wall or a room out of focus behind them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.bokeh import garden, haze, scatter
from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix, smoothstep, tint
from services.retrieval.backdrops.light import pool, vignette
from services.retrieval.backdrops.noise import blur, fbm, resize, sample
from services.retrieval.backdrops.stone import concrete, marble, plaster
from services.retrieval.backdrops.textiles import plain_weave
from services.retrieval.backdrops.walls import tiles, window_light
from services.retrieval.backdrops.wood import BIRCH, OAK, WALNUT, Timber, planks


def table(
    canvas: Canvas, top: Colour, behind: Colour, edge: float = 0.60, gloss: float = 0.10, lit: float = 1.1,
    side: float = 0.3,
) -> Colour:  # fmt: skip
    """A table top that runs from the picture's foot to `edge`, before what is behind.

    The top mirrors a little of what is behind it, more toward the far edge (Fresnel); the far edge is
    out of focus. `top` is a texture of colours, laid down at one texel per design pixel near the camera.
    """
    horizon = edge - 0.20
    below = np.maximum(canvas.v - horizon, 0.05) * np.float32(canvas.design_height / 960)
    depth = 0.62 / below
    column = _folded(canvas.x * depth * 0.92 + top.shape[1] / 2, top.shape[1])
    row = _folded(depth * np.float32(430), top.shape[0])
    first = int(np.argmax(canvas.v[:, 0] > edge - 0.01))  # above it the table is not seen
    near: Colour = np.zeros((canvas.height, canvas.width, 3), np.float32)
    near[first:] = sample(top, column[first:], np.broadcast_to(row[first:], column[first:].shape))
    on_top = smoothstep(edge - 0.0015, edge + 0.0015, canvas.v)
    distance = smoothstep(edge + 0.28, edge, canvas.v)
    soft = blur(near, 5 * canvas.pixel)
    near = near + (soft - near) * distance[..., None]
    light = lit * pool(canvas, side, 0.78, 0.75) * (1 - 0.10 * distance)
    near = near * light[..., None]
    mirror = blur(_mirrored(canvas, behind, edge), 12 * canvas.pixel)
    near = near + mirror * (gloss * (0.25 + 0.75 * distance))[..., None]
    contact = 1 - 0.30 * np.exp(-np.maximum(edge - canvas.v, 0) / 0.02)
    picture: Colour = (
        behind * contact[..., None] * (1 - on_top[..., None]) + near * on_top[..., None]
    ) * vignette(canvas, 0.2)[..., None]
    return picture


def _folded(place: Field, length: int) -> Field:
    """Texture positions that turn back at its edges: repeated without a seam."""
    return np.abs((place + length) % (2 * length) - length) * np.float32(1 - 2 / length)


def _mirrored(canvas: Canvas, behind: Colour, edge: float) -> Colour:
    rows = np.clip((2 * edge - canvas.v[:, 0]) * canvas.height, 0, canvas.height - 1).astype(np.int32)
    picture: Colour = behind[rows]
    return picture


def _boards(canvas: Canvas, timber: Timber, width: float) -> Colour:
    """A plank texture whose joints run across the picture."""
    texture = Canvas(canvas.name + "/top", 1100, 760)
    colour, gap = planks(texture, timber, width)
    return colour * (1 - 0.7 * gap)[..., None]


def plain_wall(canvas: Canvas, code: str, u: float = 0.3) -> Colour:
    """A smooth wall with a broad pool of daylight, and fine roller texture."""
    stipple = 1 + 0.010 * fbm(canvas, 7, "stipple", finest=2)
    return tint(ink(code), pool(canvas, u, 0.15, 1.0) * 1.1 * stipple)


def oak_white_wall(canvas: Canvas) -> Colour:
    return table(canvas, _boards(canvas, OAK, 190), plain_wall(canvas, "#efebe4"), 0.64)


def walnut_bar(canvas: Canvas) -> Colour:
    """A bar at night: bottles and lamps behind as warm discs."""
    behind = haze(canvas, 300, (0.0, "#120a06"), (0.5, "#2e1a0f"), (1.0, "#6b3d1d"))
    amber = ("#ffb75e", "#ff9440", "#ffd8a0", "#c9682c")
    scatter(canvas, behind, "shelf", 60, amber, (14, 34), (0.08, 0.4), 0.30, 0.13)
    scatter(canvas, behind, "lamps", 18, amber, (40, 80), (0.10, 0.35), 0.26, 0.12)
    behind = (behind + 0.5 * blur(behind, 50 * canvas.pixel)) * 0.9
    return table(canvas, _boards(canvas, WALNUT, 260), behind, 0.62, gloss=0.34, lit=1.15, side=0.5)


def picnic_garden(canvas: Canvas) -> Colour:
    return table(canvas, _boards(canvas, BIRCH, 150), garden(canvas), 0.62, gloss=0.10, lit=1.1, side=0.65)


def marble_kitchen(canvas: Canvas) -> Colour:
    """A marble counter before white subway tiles in morning light."""
    texture = Canvas(canvas.name + "/top", 1100, 760)
    top = marble(texture, "#f2f0ed", "#d4d1ce", "#8f8d8c")
    wall = (
        tiles(canvas, "#eeece6", 150, 74, "#d9d6cf", bond=0.5)
        * (0.74 + 0.3 * window_light(canvas))[..., None]
    )
    return table(canvas, top, blur(wall, 2.2 * canvas.pixel), 0.60, gloss=0.22, lit=1.0)


def bathroom(canvas: Canvas) -> Colour:
    """A pale stone shelf before glazed aqua tiles, steam-soft light."""
    texture = Canvas(canvas.name + "/top", 1100, 760)
    top = marble(texture, "#e9e6e1", "#d6d1ca", "#b9b2a8")
    wall = (
        tiles(canvas, "#a9cdc9", 92, 92, "#e6ece9", bond=0.0)
        * (pool(canvas, 0.35, 0.1, 1.1) * 1.1)[..., None]
    )
    return table(canvas, top, blur(wall, 1.4 * canvas.pixel), 0.66, gloss=0.20, lit=1.02)


def concrete_loft(canvas: Canvas) -> Colour:
    texture = Canvas(canvas.name + "/top", 1100, 760)
    behind = blur(concrete(canvas.part("wall"), "#8d8c89"), 2.0 * canvas.pixel)
    return table(canvas, concrete(texture, "#b5b3ae", panels=False), behind, 0.66, gloss=0.08)


def linen_table(canvas: Canvas) -> Colour:
    """A linen tablecloth before a warm plaster wall with window light."""
    texture = Canvas(canvas.name + "/top", 1100, 760)
    top = plain_weave(texture, "#e3d8c4", 7.0)
    wall = blur(plaster(canvas, "#e9d6bf", "#d5b897", 0.4), 2.5 * canvas.pixel)
    wall = wall * (0.72 + 0.5 * window_light(canvas))[..., None]
    return table(canvas, top, wall, 0.64, gloss=0.0, lit=1.12)


def desk_blue_hour(canvas: Canvas) -> Colour:
    """A dark desk before a window at blue hour, the city's lights beyond."""
    behind = haze(canvas, 420, (0.0, "#16243f"), (0.5, "#2e4a73"), (1.0, "#6f8fb4"))
    sky = smoothstep(0.62, 0.05, canvas.v) * 0.5
    behind = mix(behind, ink("#89a7cc"), sky + np.zeros((1, canvas.width), np.float32))
    lights = ("#ffd08a", "#ffb45c", "#fff0cf", "#9fd0ff")
    scatter(canvas, behind, "city", 70, lights, (9, 24), (0.08, 0.36), 0.46, 0.07, 0.2)
    frame: Field = np.maximum(
        smoothstep(13, 10, np.abs(canvas.x + 210)), smoothstep(13, 10, np.abs(canvas.x - 330))
    )
    behind = mix(behind, ink("#141a24"), blur(np.broadcast_to(frame, behind.shape[:2]), 4 * canvas.pixel))
    return table(canvas, _boards(canvas, WALNUT, 300), behind, 0.64, gloss=0.30, lit=0.85, side=0.7)


def green_velvet_wall(canvas: Canvas) -> Colour:
    """An oak sideboard before a wall painted deep green, evening lamp from the right."""
    wall = plain_wall(canvas, "#2f4a3c", 0.78) * (0.7 + 0.75 * pool(canvas, 0.86, 0.18, 0.34))[..., None]
    shade = resize(fbm(canvas.reduced(4), 200, "brush", stretch=0.4, finest=8), canvas.width, canvas.height)
    return table(
        canvas, _boards(canvas, OAK, 240), wall * (1 + 0.02 * shade)[..., None], 0.66, lit=1.0, side=0.75
    )


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "table-oak-white-wall": oak_white_wall,
    "table-walnut-bar": walnut_bar,
    "table-garden-morning": picnic_garden,
    "table-marble-kitchen": marble_kitchen,
    "table-bathroom-tiles": bathroom,
    "table-concrete-loft": concrete_loft,
    "table-linen-window": linen_table,
    "table-desk-blue-hour": desk_blue_hour,
    "table-green-wall-lamp": green_velvet_wall,
}
