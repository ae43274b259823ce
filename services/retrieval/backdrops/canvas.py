"""The surface a backdrop is drawn on: its size, its coordinates and its seeded randomness.

Lengths are in design pixels: one pixel of a picture of 1280x960. A picture of another size has as many
design pixels in area, so that textures keep their share of it and a thumbnail shows the same scene.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
"""A value per pixel: (height, width), or broadcastable to it."""

Colour = NDArray[np.floating[Any]]
"""Linear light, gamma 2.0, red green blue in 0..1: (3,), or (height, width, 3)."""

DESIGN_AREA = 1280 * 960


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture of `width` x `height` pixels whose randomness is decided by `name` alone."""

    name: str
    width: int
    height: int

    @property
    def pixel(self) -> float:
        """Pixels per design pixel."""
        return math.sqrt(self.width * self.height / DESIGN_AREA)

    @property
    def design_width(self) -> float:
        return self.width / self.pixel

    @property
    def design_height(self) -> float:
        return self.height / self.pixel

    @property
    def u(self) -> Field:
        """Left to right, 0..1, (1, width)."""
        return ((np.arange(self.width, dtype=np.float32) + 0.5) / self.width)[None, :]

    @property
    def v(self) -> Field:
        """Top to bottom, 0..1, (height, 1)."""
        return ((np.arange(self.height, dtype=np.float32) + 0.5) / self.height)[:, None]

    @property
    def x(self) -> Field:
        """Design pixels right of the centre, (1, width)."""
        return (self.u - 0.5) * self.design_width

    @property
    def y(self) -> Field:
        """Design pixels below the centre, (height, 1)."""
        return (self.v - 0.5) * self.design_height

    def rng(self, key: str) -> np.random.Generator:
        """A generator of its own for each use, so that one draw never shifts another."""
        digest = hashlib.sha256(f"{self.name}/{key}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big"))

    def reduced(self, factor: float) -> Canvas:
        """The same scene with `factor` times fewer pixels a side, for what is smooth anyway."""
        return Canvas(self.name, max(8, round(self.width / factor)), max(8, round(self.height / factor)))

    def part(self, name: str) -> Canvas:
        """The same surface with other randomness."""
        return Canvas(f"{self.name}/{name}", self.width, self.height)
