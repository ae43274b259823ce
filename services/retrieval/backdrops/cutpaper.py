"""Grounds of cut paper: shapes, confetti, two sheets that meet; each piece with its shadow."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.colour import ink, mix
from services.retrieval.backdrops.light import pool, shadow, vignette
from services.retrieval.backdrops.papers import tooth
from services.retrieval.backdrops.sprites import polygons

Points = list[tuple[float, float]]


def lit(canvas: Canvas, colour: Colour, strength: float = 1.05) -> Colour:
    light = pool(canvas, 0.3, 0.1, 1.8) * strength * tooth(canvas, 0.010) * vignette(canvas, 0.12)
    return colour * light[..., None]


def ground(canvas: Canvas, code: str) -> Colour:
    return ink(code) * np.ones((canvas.height, canvas.width, 1), np.float32)


def _lay(canvas: Canvas, colour: Colour, cover: Field, paint: Colour, lift: float = 1.0) -> Colour:
    """A sheet of cut paper on the ground, with its shadow."""
    dark = 0.30 * shadow(cover, canvas, 9 * lift, 5 * lift, 9 * lift) + 0.18 * shadow(
        cover, canvas, 2.5, 1, 2
    )
    return mix(colour * (1 - dark * (1 - cover))[..., None], paint, cover)


def _round(x: float, y: float, radius: float, start: float = 0.0, end: float = 2 * math.pi) -> Points:
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in np.linspace(start, end, 72)]


def _dots(x: float, y: float, pitch: float, rows: int) -> list[Points]:
    return [_round(x + pitch * i, y + pitch * j, 5) for i in range(6) for j in range(rows)]


def _ribbon(points: Sequence[tuple[float, float]], half: float) -> Points:
    """A band along a line."""
    line = np.asarray(points)
    along = np.gradient(line, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    outline = np.concatenate([line + across * half, (line - across * half)[::-1]])
    return [(float(x), float(y)) for x, y in outline]


def memphis(canvas: Canvas) -> Colour:
    """Cut-paper discs, arcs, zigzags and squiggles about an open middle."""
    w, h = canvas.design_width / 2, canvas.design_height / 2
    colour = ground(canvas, "#f6ead9")
    squiggle = [(w * 0.52 + t * 46, -h * 0.62 + 30 * math.sin(t * 1.9)) for t in np.linspace(0, 8, 90)]
    wave = [(-w * 0.98 + t * 40, h * 0.72 + 26 * math.sin(t * 2.1)) for t in np.linspace(0, 7, 90)]
    zigzag = [(-w * 0.28 + k * 44, -h * 0.92 + (k % 2) * 46) for k in range(9)]
    zigzag = [
        (x0 + (x1 - x0) * t, y0 + (y1 - y0) * t)
        for (x0, y0), (x1, y1) in itertools.pairwise(zigzag)
        for t in (0, 0.5)
    ]
    pieces: tuple[tuple[str, list[Points], float], ...] = (
        ("#e8745a", [_round(-w * 0.86, -h * 0.72, 210)], 1.4),
        ("#2f5d73", [_round(w * 0.95, h * 0.82, 260)], 1.6),
        ("#f2b84b", [_round(w * 0.62, h * 0.98, 150, math.pi, 2 * math.pi)], 1.0),
        ("#8cc1b4", [[(-w * 0.98, h * 0.28), (-w * 0.66, h * 0.50), (-w * 0.98, h * 0.74)]], 1.0),
        ("#f3a9a0", [_ribbon(_round(w * 0.98, -h * 0.98, 210, math.pi / 2, math.pi), 34)], 1.2),
        ("#2f5d73", [_ribbon(squiggle, 9)], 0.6), ("#e8745a", [_ribbon(wave, 9)], 0.6),
        ("#f2b84b", [_ribbon(zigzag, 8)], 0.6),
        ("#2a2a33", _dots(-w * 0.62, h * 0.90 - 80, 34, 5), 0.3),
        ("#f6ead9", _dots(w * 0.80, h * 0.62, 30, 6), 0.3),
    )  # fmt: skip
    for code, shapes, lift in pieces:
        colour = _lay(canvas, colour, polygons(canvas, shapes), ink(code), lift)
    return lit(canvas, colour)


def confetti(canvas: Canvas) -> Colour:
    """Paper confetti scattered round the edges of a pale ground, some still in the air."""
    colour = ground(canvas, "#f7efe6")
    rng = canvas.rng("confetti")
    tones = ("#e8745a", "#f2b84b", "#7fb7ae", "#3d6b8a", "#f0a7b4", "#c9a0d0")
    for lift in (0.5, 1.2):
        for code in tones[:: 1 if lift < 1 else 2]:
            shapes: list[Points] = []
            while len(shapes) < 32:
                u, v = rng.uniform(-0.52, 0.52, 2)
                if (u / 0.5) ** 2 + (v / 0.5) ** 2 < rng.uniform(0.45, 1.1):
                    continue
                x, y, a = u * canvas.design_width, v * canvas.design_height, rng.uniform(0, 6.3)
                long, wide = rng.uniform(9, 17), rng.uniform(4, 9)
                if rng.random() < 0.35:
                    shapes.append(_round(x, y, wide))
                    continue
                c, s = math.cos(a), math.sin(a)
                corners = ((-long, -wide), (long, -wide), (long, wide), (-long, wide))
                shapes.append([(x + px * c - py * s, y + px * s + py * c) for px, py in corners])
            colour = _lay(canvas, colour, polygons(canvas, shapes), ink(code), lift * 0.55)
    return lit(canvas, colour)


def duotone_split(canvas: Canvas) -> Colour:
    """Two papers, mint and coral, meeting on a slant: a still life ground for bold colour."""
    w, h = canvas.design_width, canvas.design_height
    cover = polygons(canvas, [[(-w, h * 0.62), (w, -h * 0.02 - w * 0.02), (w, h), (-w, h)]])
    colour = _lay(canvas, ground(canvas, "#a8d5c5"), cover, ink("#f08a70"), 1.2)
    return lit(canvas, colour)


DRAWINGS: dict[str, Callable[[Canvas], Colour]] = {
    "graphic-memphis-paper": memphis,
    "graphic-confetti": confetti,
    "graphic-duotone-mint-coral": duotone_split,
}
