"""Flat shapes given thickness: arches, discs, rings, frames, and walls with such openings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.retrieval.backdrops.canvas import Field
from services.retrieval.backdrops.solids import CLOSE, MISS, Mask, Solid, Three

Outline = Callable[[Field, Field], Field]
"""Signed distance (metres) of (x, y) to a flat shape: negative inside."""


@dataclass(frozen=True, kw_only=True)
class Slab(Solid):
    """A flat shape facing the camera, given thickness from `z` to `z + depth` by a stack of sheets."""

    outline: Outline
    z: float
    depth: float
    extent: tuple[float, float, float, float]  # x and y ranges
    sheets: int = 10

    def bounds(self) -> tuple[float, float, float, float, float, float]:
        return *self.extent, self.z, self.z + self.depth

    def hit(self, origin: Three, ray: Three) -> Field:
        return self._sheet_hit(origin, ray, self.sheets)

    def blocks(self, origin: Three, ray: Three, reach: float) -> Mask:
        return self._sheet_hit(origin, ray, 3) < reach

    def _sheet_hit(self, origin: Three, ray: Three, sheets: int) -> Field:
        ahead = np.where(np.abs(ray[2]) < 1e-6, np.float32(1e-6), ray[2])
        best: Field = np.asarray(MISS)
        for k in range(sheets):
            away = (self.z + self.depth * k / (sheets - 1) - origin[2]) / ahead
            inside = self.outline(origin[0] + away * ray[0], origin[1] + away * ray[1]) < 0
            best = np.minimum(best, np.where(inside & (away > CLOSE), away, MISS))
        return best

    def normal(self, point: Three) -> Three:
        small = np.float32(1e-3)
        x, y, z = point
        here = self.outline(x, y)
        nx = (self.outline(x + small, y) - here) / small
        ny = (self.outline(x, y + small) - here) / small
        front = z < self.z + self.depth * 0.5 / (self.sheets - 1)
        zero = np.float32(0)
        return np.where(front, zero, nx), np.where(front, zero, ny), np.where(front, np.float32(-1), zero)


def arch(x: float, half: float, spring: float) -> Outline:
    """A round-headed arch standing on the floor: `half` wide each way, its curve starting at `spring`."""

    def distance(px: Field, py: Field) -> Field:
        dx, dy = px - np.float32(x), np.maximum(py - np.float32(spring), 0)
        result: Field = np.sqrt(dx * dx + dy * dy) - np.float32(half)
        return result

    return distance


def disc(x: float, y: float, radius: float) -> Outline:
    def distance(px: Field, py: Field) -> Field:
        return np.sqrt((px - np.float32(x)) ** 2 + (py - np.float32(y)) ** 2) - np.float32(radius)

    return distance


def ring(x: float, y: float, radius: float, half: float) -> Outline:
    def distance(px: Field, py: Field) -> Field:
        gap = np.sqrt((px - np.float32(x)) ** 2 + (py - np.float32(y)) ** 2)
        return np.abs(gap - np.float32(radius)) - np.float32(half)

    return distance


def frame(x: float, y: float, wide: float, high: float) -> Callable[[Field, Field], Field]:
    return lambda px, py: np.maximum(
        np.abs(px - np.float32(x)) - wide / 2, np.abs(py - np.float32(y)) - high / 2
    )


def outside(shape: Outline) -> Outline:
    """Everything but the shape: a wall with an opening."""
    return lambda x, y: -shape(x, y)
