"""Solids that stand on a stage: what a ray meets, and which way its surface faces.

The stage is measured in metres: x right, y up from the floor, z away from the camera.
A ray is an origin and a direction, each three broadcastable arrays; a hit is the distance along it,
infinite where it misses.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from services.retrieval.backdrops.canvas import Colour, Field

Three = tuple[Field, Field, Field]
"""x, y and z of points or directions."""


Mask = NDArray[np.bool_]

MISS = np.float32(np.inf)


CLOSE = np.float32(1e-3)


@dataclass(frozen=True, kw_only=True)
class Solid:
    """A thing on the stage. `paint` is its colour, or a function of points (x, y, z) to colours."""

    paint: Colour | Callable[[Field, Field, Field], Colour]
    gloss: float = 0.0
    lidded: ClassVar[bool] = False  # has a top with an edge of its own

    def bounds(self) -> tuple[float, float, float, float, float, float]:
        """x, y and z ranges that hold it."""
        raise NotImplementedError

    def hit(self, origin: Three, ray: Three) -> Field:
        raise NotImplementedError

    def blocks(self, origin: Three, ray: Three, reach: float) -> Mask:
        """True where it stands in a ray's way within `reach`; a hit may be coarser here."""
        return self.hit(origin, ray) < reach

    def normal(self, point: Three) -> Three:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Ball(Solid):
    x: float
    z: float
    radius: float
    y: float = 0.0  # of its lowest point

    def bounds(self) -> tuple[float, float, float, float, float, float]:
        r = self.radius
        return self.x - r, self.x + r, self.y, self.y + 2 * r, self.z - r, self.z + r

    def hit(self, origin: Three, ray: Three) -> Field:
        ox, oy, oz = origin[0] - self.x, origin[1] - self.y - self.radius, origin[2] - self.z
        a = ray[0] ** 2 + ray[1] ** 2 + ray[2] ** 2
        b = ox * ray[0] + oy * ray[1] + oz * ray[2]
        inside = b * b - a * (ox * ox + oy * oy + oz * oz - self.radius**2)
        root = np.sqrt(np.maximum(inside, 0))
        near, far = (-b - root) / a, (-b + root) / a
        near = np.where(near > CLOSE, near, far)
        return np.where((inside > 0) & (near > CLOSE), near, MISS)

    def normal(self, point: Three) -> Three:
        r = np.float32(1 / self.radius)
        return (point[0] - self.x) * r, (point[1] - self.y - self.radius) * r, (point[2] - self.z) * r


@dataclass(frozen=True, kw_only=True)
class Drum(Solid):
    """An upright cylinder: a podium or a plinth."""

    lidded: ClassVar[bool] = True
    x: float
    z: float
    radius: float
    height: float
    y: float = 0.0

    def bounds(self) -> tuple[float, float, float, float, float, float]:
        r = self.radius
        return self.x - r, self.x + r, self.y, self.y + self.height, self.z - r, self.z + r

    def hit(self, origin: Three, ray: Three) -> Field:
        ox, oz = origin[0] - self.x, origin[2] - self.z
        a = ray[0] ** 2 + ray[2] ** 2 + np.float32(1e-9)
        b = ox * ray[0] + oz * ray[2]
        inside = b * b - a * (ox * ox + oz * oz - self.radius**2)
        side = (-b - np.sqrt(np.maximum(inside, 0))) / a
        level = origin[1] + side * ray[1]
        on_side = (inside > 0) & (side > CLOSE) & (level >= self.y) & (level <= self.y + self.height)
        best = np.where(on_side, side, MISS)
        steep = np.where(np.abs(ray[1]) < 1e-6, np.float32(1e-6), ray[1])
        lid = (self.y + self.height - origin[1]) / steep
        on_lid = (ox + lid * ray[0]) ** 2 + (oz + lid * ray[2]) ** 2 <= self.radius**2
        return np.where(on_lid & (lid > CLOSE) & (lid < best), lid, best)

    def normal(self, point: Three) -> Three:
        top = point[1] > self.y + self.height - 2e-3
        r = np.float32(1 / self.radius)
        zero = np.float32(0)
        return (
            np.where(top, zero, (point[0] - self.x) * r),
            np.where(top, np.float32(1), zero),
            np.where(top, zero, (point[2] - self.z) * r),
        )


@dataclass(frozen=True, kw_only=True)
class Block(Solid):
    """A box on the floor, turned about the upright axis by `turn` degrees."""

    lidded: ClassVar[bool] = True
    x: float
    z: float
    width: float
    height: float
    depth: float
    y: float = 0.0
    turn: float = 0.0

    def bounds(self) -> tuple[float, float, float, float, float, float]:
        r = math.hypot(self.width, self.depth) / 2 if self.turn else max(self.width, self.depth) / 2
        across = r if self.turn else self.width / 2
        deep = r if self.turn else self.depth / 2
        return (
            self.x - across, self.x + across, self.y, self.y + self.height, self.z - deep, self.z + deep,
        )  # fmt: skip

    def _turned(self, x: Field, z: Field, back: bool = False) -> tuple[Field, Field]:
        c, s = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        s = -s if back else s
        return x * np.float32(c) + z * np.float32(s), z * np.float32(c) - x * np.float32(s)

    def hit(self, origin: Three, ray: Three) -> Field:
        ox, oz = self._turned(origin[0] - self.x, origin[2] - self.z)
        rx, rz = self._turned(ray[0], ray[2])
        oy = origin[1] - self.y - self.height / 2
        enter: Field | float = -np.inf
        leave: Field | float = np.inf
        for o, r, half in (
            (ox, rx, self.width / 2),
            (oy, ray[1], self.height / 2),
            (oz, rz, self.depth / 2),
        ):
            safe = np.where(np.abs(r) < 1e-6, np.float32(1e-6), r)
            near, far = (-half - o) / safe, (half - o) / safe
            enter = np.maximum(enter, np.minimum(near, far))
            leave = np.minimum(leave, np.maximum(near, far))
        enter = np.where(enter > CLOSE, enter, leave)
        return np.where((enter <= leave) & (enter > CLOSE), enter, MISS).astype(np.float32)

    def normal(self, point: Three) -> Three:
        x, z = self._turned(point[0] - self.x, point[2] - self.z)
        y = point[1] - self.y - self.height / 2
        sx, sy, sz = x / (self.width / 2), y / (self.height / 2), z / (self.depth / 2)
        ax, ay, az = np.abs(sx), np.abs(sy), np.abs(sz)
        on_x = (ax >= ay) & (ax >= az)
        on_y = ~on_x & (ay >= az)
        nx = np.where(on_x, np.sign(sx), 0).astype(np.float32)
        nz = np.where(on_x | on_y, 0, np.sign(sz)).astype(np.float32)
        nx, nz = self._turned(nx, nz, back=True)
        return nx, np.where(on_y, np.sign(sy), 0).astype(np.float32), nz
