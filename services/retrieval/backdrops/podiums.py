"""Studio stages: podiums, plinths, arches and steps in soft or hard light."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink
from services.retrieval.backdrops.light import pool, vignette
from services.retrieval.backdrops.paints import surface
from services.retrieval.backdrops.papers import tooth
from services.retrieval.backdrops.slabs import Slab, arch, disc, outside, ring
from services.retrieval.backdrops.solids import Ball, Block, Drum, Solid
from services.retrieval.backdrops.stage import Stage
from services.retrieval.backdrops.stone import marble, terrazzo
from services.retrieval.backdrops.tracer import trace


def _finish(canvas: Canvas, stage: Stage, glow: float = 0.22) -> Colour:
    light = (1 - glow / 2 + glow * pool(canvas, 0.5, 0.45, 0.45)) * tooth(canvas, 0.008)
    return trace(stage, canvas) * (light * vignette(canvas, 0.16))[..., None]


def blush_round(canvas: Canvas) -> Colour:
    pale, rose = ink("#f3d9d0"), ink("#e2a596")
    solids: list[Solid] = [
        Drum(x=0, z=4.1, radius=1.0, height=0.26, paint=pale),
        Drum(x=0, z=4.1, radius=0.68, height=0.24, y=0.26, paint=ink("#f7e6df")),
        Slab(outline=arch(0.0, 0.82, 1.15), z=5.5, depth=0.14, extent=(-0.82, 0.82, 0, 1.98), paint=rose),
        Ball(x=1.32, z=3.75, radius=0.2, paint=ink("#d98b79")),
        Ball(x=-1.35, z=4.3, radius=0.3, paint=pale),
    ]
    return _finish(canvas, Stage(
        floor=ink("#edc8bd"), wall=ink("#edc8bd"), solids=solids, cove=0.6, camera=1.15, horizon=0.36,
        lamp=(-2.8, 4.6, 1.6), key=0.74, fill=0.40,
    ))  # fmt: skip


def sage_niche(canvas: Canvas) -> Colour:
    """An arched niche cut in a sage wall, a low plinth in it."""
    wall = ink("#a8b59b")
    solids: list[Solid] = [
        Slab(
            outline=outside(arch(0.0, 0.95, 1.25)),
            z=5.2,
            depth=0.8,
            extent=(-6, 6, 0, 6),
            paint=wall,
            sheets=18,
        ),
        Drum(x=0, z=4.7, radius=0.62, height=0.34, paint=ink("#c9d1bd")),
        Drum(x=1.5, z=4.6, radius=0.24, height=0.62, paint=ink("#94a487")),
        Ball(x=-1.42, z=4.5, radius=0.22, paint=ink("#dfe3d3")),
    ]
    return _finish(canvas, Stage(
        floor=ink("#b3bfa6"), wall=wall, solids=solids, camera=1.2, horizon=0.40, lamp=(-2.4, 3.8, 1.4),
        lamp_radius=0.4, key=0.72, fill=0.40,
    ))  # fmt: skip


def sand_steps(canvas: Canvas) -> Colour:
    """Broad steps of sand-coloured stone in late sun."""
    stone = ink("#eadcc6")
    solids: list[Solid] = [
        Block(
            x=0.1,
            z=5.5 + 0.22 * k,
            width=2.9 - 0.62 * k,
            height=0.25,
            y=0.25 * k,
            depth=2.0 - 0.44 * k,
            paint=stone,
        )
        for k in range(3)
    ]
    solids += [
        Block(x=1.75, z=6.3, width=0.5, height=1.75, depth=0.5, turn=20, paint=ink("#d8bd9c")),
        Ball(x=-1.6, z=4.4, radius=0.24, paint=ink("#cf9f7c")),
    ]
    return _finish(canvas, Stage(
        floor=ink("#e9dac4"), wall=ink("#e6d3ba"), solids=solids, wall_at=7.2, camera=1.3, horizon=0.34,
        lamp=(-3.6, 3.9, 1.8), lamp_radius=0.22, key=0.92, fill=0.40, key_colour="#fff1e0",
        fill_colour="#dfe6f2", bounce=0.7,
    ))  # fmt: skip


def white_gallery(canvas: Canvas) -> Colour:
    """A white plinth in an empty gallery, a spot from above."""
    white = ink("#f0efec")
    solids: list[Solid] = [Block(x=0, z=4.4, width=0.95, height=0.78, depth=0.95, paint=ink("#f6f5f2"))]

    def cone(x: Field, y: Field, z: Field) -> Field:
        away = np.sqrt((x - 0.0) ** 2 + (z - 4.4) ** 2 * 0.5 + np.maximum(y - 1.6, 0) ** 2 * 0.3)
        result: Field = 0.25 + 0.75 / (1 + (away / np.float32(1.5)) ** 4)
        return result

    return _finish(canvas, Stage(
        floor=ink("#dcd9d4"), wall=white, solids=solids, wall_at=6.4, camera=1.35, horizon=0.36,
        lamp=(0.5, 5.2, 3.0), lamp_radius=0.35, key=1.0, fill=0.48, key_colour="#fff8f0", gobo=cone,
    ), 0.1)  # fmt: skip


def midnight_gold(canvas: Canvas) -> Colour:
    """A dark stage with brass-edged discs: perfume, watches, evening."""
    navy, brass = ink("#202b49"), ink("#d9aa5c")
    solids: list[Solid] = [
        Drum(x=0, z=4.1, radius=1.02, height=0.05, paint=brass, gloss=0.5),
        Drum(x=0, z=4.1, radius=1.0, height=0.22, y=0.05, paint=navy, gloss=0.12),
        Drum(x=0, z=4.1, radius=0.70, height=0.04, y=0.27, paint=brass, gloss=0.5),
        Drum(x=0, z=4.1, radius=0.68, height=0.2, y=0.31, paint=ink("#26335a"), gloss=0.12),
        Slab(
            outline=ring(0.0, 1.55, 1.1, 0.035), z=5.4, depth=0.07, extent=(-1.2, 1.2, 0.4, 2.7), paint=brass
        ),
        Ball(x=1.35, z=3.9, radius=0.17, paint=brass, gloss=0.9),
    ]
    return _finish(canvas, Stage(
        floor=ink("#1b2542"), wall=ink("#1d2848"), solids=solids, cove=1.0, camera=1.15, horizon=0.38,
        lamp=(-2.0, 4.0, 2.0), key=1.15, fill=0.45, key_colour="#ffe6c4", fill_colour="#b9c8ff",
    ), 0.6)  # fmt: skip


def lavender_rings(canvas: Canvas) -> Colour:
    solids: list[Solid] = [
        Slab(
            outline=disc(-0.35, 1.25, 1.15),
            z=5.6,
            depth=0.10,
            extent=(-1.6, 0.9, 0, 2.5),
            paint=ink("#b9a2d8"),
        ),
        Slab(
            outline=ring(0.75, 1.05, 0.78, 0.08),
            z=5.2,
            depth=0.12,
            extent=(-0.2, 1.7, 0.1, 2.0),
            paint=ink("#efe3f5"),
        ),
        Drum(x=0, z=4.2, radius=0.85, height=0.30, paint=ink("#d9cbea")),
        Drum(x=-1.25, z=4.6, radius=0.3, height=0.75, paint=ink("#c3b0e0")),
        Ball(x=1.15, z=3.8, radius=0.18, paint=ink("#f3d7e3")),
    ]
    return _finish(canvas, Stage(
        floor=ink("#cbbbe2"), wall=ink("#cbbbe2"), solids=solids, cove=0.9, camera=1.15, horizon=0.36,
        lamp=(2.6, 4.6, 1.6), key=0.74, fill=0.42, fill_colour="#f4ecff",
    ))  # fmt: skip


def terracotta_blocks(canvas: Canvas) -> Colour:
    """Clay blocks and a column in hard afternoon sun, long crisp shadows."""
    solids: list[Solid] = [
        Block(x=0.05, z=4.3, width=1.5, height=0.42, depth=1.1, paint=ink("#d1835f")),
        Block(x=1.25, z=4.9, width=0.7, height=1.25, depth=0.7, turn=28, paint=ink("#b9633f")),
        Drum(x=-1.2, z=4.7, radius=0.3, height=1.0, paint=ink("#dd9a78")),
        Ball(x=-0.85, z=3.7, radius=0.15, paint=ink("#f0c4a5")),
    ]
    return _finish(canvas, Stage(
        floor=ink("#d98f6a"), wall=ink("#d98f6a"), solids=solids, wall_at=6.2, camera=1.25, horizon=0.36,
        lamp=(-4.6, 4.2, 1.4), lamp_radius=0.08, key=0.85, fill=0.34, key_colour="#ffeed6",
        fill_colour="#e6dcf0", bounce=0.7,
    ))  # fmt: skip


def marble_plinth(canvas: Canvas) -> Colour:
    """A drum of white marble before a deep green wall, on terrazzo."""
    block = Canvas(canvas.name + "/marble", 900, 700)
    ground = Canvas(canvas.name + "/terrazzo", 1400, 1000)
    white = surface(marble(block, "#f5f3f0", "#d2cfcc", "#8a8886") * 0.95, 420)
    speck = surface(terrazzo(ground, "#d9d5cc", "#8fa394", "#5d6b62", "#c2b8a6", "#f2efe8"), 230)
    solids: list[Solid] = [
        Drum(x=0, z=4.2, radius=0.72, height=0.5, paint=white, gloss=0.10),
        Slab(
            outline=disc(0.85, 1.6, 0.62),
            z=5.6,
            depth=0.06,
            extent=(0.2, 1.5, 0.9, 2.3),
            paint=ink("#c9a55f"),
        ),
    ]
    return _finish(canvas, Stage(
        floor=speck, wall=ink("#2f5245"), solids=solids, camera=1.2, horizon=0.38, lamp=(-2.6, 4.2, 1.5),
        lamp_radius=0.4, key=0.85, fill=0.40, bounce=0.2,
    ))  # fmt: skip


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "podium-blush-round": blush_round,
    "podium-sage-arch-niche": sage_niche,
    "podium-sand-steps": sand_steps,
    "podium-white-gallery": white_gallery,
    "podium-midnight-gold": midnight_gold,
    "podium-lavender-rings": lavender_rings,
    "podium-terracotta-sun": terracotta_blocks,
    "podium-marble-plinth": marble_plinth,
}
