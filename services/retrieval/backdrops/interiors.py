"""Rooms: a living room out of focus in the evening, a shelf, a bright studio, a neon corridor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour
from services.retrieval.backdrops.colour import ink, inks, mix, smoothstep
from services.retrieval.backdrops.light import pool, vignette
from services.retrieval.backdrops.noise import blur, fbm, resize
from services.retrieval.backdrops.paints import wooden
from services.retrieval.backdrops.slabs import Slab, frame
from services.retrieval.backdrops.solids import Ball, Block, Drum, Solid
from services.retrieval.backdrops.stage import Stage
from services.retrieval.backdrops.tracer import trace
from services.retrieval.backdrops.walls import palm_shadow, window_light
from services.retrieval.backdrops.wood import OAK


def _sofa(x: float, z: float, cloth: Colour, accent: Colour) -> list[Solid]:
    return [
        Block(x=x, z=z, width=2.5, height=0.30, depth=0.95, y=0.12, paint=cloth),
        Block(x=x - 0.6, z=z - 0.05, width=1.17, height=0.16, depth=0.85, y=0.42, paint=cloth),
        Block(x=x + 0.6, z=z - 0.05, width=1.17, height=0.16, depth=0.85, y=0.42, paint=cloth),
        Block(x=x, z=z + 0.40, width=2.5, height=0.80, depth=0.24, y=0.12, paint=cloth),
        Block(x=x - 1.32, z=z, width=0.24, height=0.62, depth=0.95, paint=cloth),
        Block(x=x + 1.32, z=z, width=0.24, height=0.62, depth=0.95, paint=cloth),
        Block(x=x - 0.85, z=z + 0.18, width=0.46, height=0.40, depth=0.14, y=0.58, turn=14, paint=accent),
        Block(
            x=x + 0.78,
            z=z + 0.18,
            width=0.48,
            height=0.42,
            depth=0.14,
            y=0.58,
            turn=-12,
            paint=ink("#efe2cc"),
        ),
    ]


def living_room(canvas: Canvas) -> Colour:
    """An evening living room: sofa, lamp, picture, plant; all of it well out of focus."""
    room = canvas.reduced(1.6)
    held = (-1.3, -0.2, 1.2, 2.0)
    solids = _sofa(-0.35, 4.9, ink("#b08d6a"), ink("#b9683f"))
    solids += [
        Drum(x=1.75, z=5.2, radius=0.03, height=1.35, paint=ink("#3a2c20")),
        Drum(x=1.75, z=5.2, radius=0.26, height=0.36, y=1.32, paint=ink("#ffd9a0") * np.float32(2.4)),
        Slab(outline=frame(-0.75, 1.62, 0.95, 0.66), z=5.72, depth=0.05, extent=held, paint=ink("#4a3626")),
        Slab(outline=frame(-0.75, 1.62, 0.84, 0.55), z=5.70, depth=0.02, extent=held, paint=ink("#e8d8bd")),
        Block(x=-0.2, z=3.5, width=1.2, height=0.06, depth=0.6, y=0.34, paint=ink("#6d4a2e")),
        Block(x=-0.2, z=3.5, width=0.9, height=0.34, depth=0.4, paint=ink("#4f3520")),
        Drum(x=-2.2, z=5.2, radius=0.22, height=0.42, paint=ink("#d8cbb8")),
    ]  # fmt: skip
    colour = trace(Stage(
        floor=wooden(canvas, OAK, 110, 260), wall=ink("#dcbf98"), solids=solids, wall_at=5.8, camera=1.25,
        horizon=0.40, focal=1250, lamp=(1.6, 2.2, 4.0), lamp_radius=0.3, key=0.74, fill=0.38,
        key_colour="#ffcf94", fill_colour="#ffe2bd",
    ), room)  # fmt: skip
    plant = palm_shadow(
        room,
        ((0.11, 0.60, -1.9, 210), (0.12, 0.60, -1.3, 230), (0.12, 0.61, -0.8, 190), (0.10, 0.60, -2.4, 170)),
        1,
    )
    colour = mix(colour, ink("#4a5a34") * 0.8, plant * 0.95)
    soft = blur(colour, 7.5 * room.pixel)
    lamp_u = 0.5 + 1.75 / 5.2 * 1250 / canvas.design_width
    glow = pool(room, lamp_u, 0.36, 0.10)
    soft = soft + ink("#ffc27a") * (0.55 * glow)[..., None]
    return resize(soft, canvas.width, canvas.height) * vignette(canvas, 0.35)[..., None]


def shelf(canvas: Canvas) -> Colour:
    """An oak shelf on a warm white wall, ceramics at its ends, room for a product between."""
    oak = wooden(canvas, OAK, 400, 520)
    solids: list[Solid] = [
        Block(x=0, z=4.75, width=8.0, height=0.09, depth=0.62, y=1.50, paint=oak),
        Drum(x=-1.25, z=4.75, radius=0.17, height=0.42, y=1.59, paint=ink("#d7c3a8")),
        Drum(x=-1.25, z=4.75, radius=0.06, height=0.58, y=1.59, paint=ink("#d7c3a8")),
        Ball(x=-0.92, z=4.62, radius=0.11, y=1.59, paint=ink("#a9684a")),
        Block(x=1.36, z=4.8, width=0.10, height=0.52, depth=0.4, y=1.59, paint=ink("#59695c")),
        Block(x=1.47, z=4.8, width=0.08, height=0.46, depth=0.38, y=1.59, paint=ink("#c98f66")),
        Block(x=1.58, z=4.8, width=0.11, height=0.50, depth=0.4, y=1.59, paint=ink("#e3d9c8")),
    ]
    colour = trace(Stage(
        floor=ink("#d8cfc2"), wall=ink("#efe7da"), solids=solids, wall_at=5.1, camera=1.93, horizon=0.52,
        focal=1650, lamp=(-2.2, 4.4, 2.2), lamp_radius=0.45, key=0.66, fill=0.46,
    ), canvas)  # fmt: skip
    stipple = 1 + 0.008 * fbm(canvas, 8, "stipple", finest=2)
    return colour * (stipple * vignette(canvas, 0.18))[..., None]


def sunlit_room(canvas: Canvas) -> Colour:
    """An empty bright room: oak floor, white wall, the window's light lying across both."""
    colour = trace(Stage(
        floor=wooden(canvas, OAK, 105, 300), wall=ink("#f1ece3"), wall_at=5.0, camera=1.35, horizon=0.42,
        focal=1350, lamp=(-2.5, 4.0, 1.0), key=0.42, fill=0.46, fill_colour="#f3f1f4",
    ), canvas)  # fmt: skip
    sun = window_light(canvas, 0.58, 0.42, 7.0, 1.25)
    leaf = palm_shadow(canvas, ((0.20, 0.95, -1.0, 460), (0.16, 0.9, -0.6, 420)), 9)
    light = 1.0 + 0.55 * sun * (1 - 0.8 * leaf)
    warm = mix(ink("#ffffff"), ink("#fff0d6"), sun)
    skirting = smoothstep(0.0, 0.002, canvas.v - _wall_foot(canvas) + 0.028) * smoothstep(
        0.002, 0.0, canvas.v - _wall_foot(canvas)
    )
    colour = colour * (1 + 0.05 * skirting)[..., None]
    return colour * warm * (light * vignette(canvas, 0.14))[..., None]


def _wall_foot(canvas: Canvas) -> float:
    return 0.42 + 1.35 / 5.0 * 1350 / canvas.design_height


def neon_corridor(canvas: Canvas) -> Colour:
    """Frames of neon down a dark corridor, pink to blue, mirrored in a wet floor."""
    middle = (0.46 - 0.5) * canvas.design_height
    colour: Colour = ink("#0a0a1c") * np.ones((canvas.height, canvas.width, 1), np.float32)
    hues = inks("#ff3d9a", "#e34cff", "#8a5bff", "#4f7dff", "#36c8ff", "#58e6ff")
    fog = pool(canvas, 0.5, 0.46, 0.20)
    colour = colour + ink("#6a4bd8") * (0.5 * fog)[..., None]
    for k, z in enumerate((1.35, 1.8, 2.45, 3.4, 4.9, 7.2)):
        half_wide, up, down = 760 / z, 560 / z, 400 / z
        dx = np.abs(canvas.x) - half_wide
        dy = np.maximum(middle - up - canvas.y, canvas.y - middle - down)
        edge = np.maximum(dx, dy)
        away = np.where(edge > 0, np.sqrt(np.maximum(dx, 0) ** 2 + np.maximum(dy, 0) ** 2), np.abs(edge))
        tube = 7.5 / z
        core = smoothstep(tube * 1.25, tube * 0.75, away)
        glow = 1 / (1 + (away / (26 / z)) ** 2) * 0.5 + 0.16 / (1 + (away / (110 / z)) ** 2)
        light = hues[k] * glow[..., None] + mix(hues[k], ink("#ffffff"), 0.75) * (core * 1.1)[..., None]
        colour = colour + light * np.float32(0.92 - 0.06 * k)
    floor = smoothstep(
        0.0, 0.06, (canvas.y - middle - 55) / canvas.design_height - np.abs(canvas.x) * 0.00002
    )
    line = 0.86
    rows = np.clip((2 * line - canvas.v[:, 0]) * canvas.height, 0, canvas.height - 1).astype(np.int32)
    ripple = fbm(canvas, 16, "ripple", stretch=6, finest=3) * 5 * canvas.pixel
    columns = np.clip(np.arange(canvas.width)[None, :] + ripple, 0, canvas.width - 1).astype(np.int32)
    mirror = blur(colour[rows[:, None], columns], 3.5 * canvas.pixel)
    wet = smoothstep(line - 0.01, line + 0.01, canvas.v) * 0.75
    colour = colour * (1 - wet)[..., None] + mirror * wet[..., None] * 0.55 + 0 * floor[..., None]
    return colour * vignette(canvas, 0.3)[..., None]


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "interior-living-room-evening": living_room,
    "interior-oak-shelf": shelf,
    "interior-sunlit-room": sunlit_room,
    "interior-neon-corridor": neon_corridor,
}
