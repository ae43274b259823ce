"""Plain backgrounds: is there one, what colour is it where, and how it goes on beyond the photo.

A studio background is nearly one colour with a slow fall-off of light. It is modelled per OKLab channel
as a quadratic surface over the photo, fitted to its border ring by trimmed least squares, so that a
product that crosses the border here and there does not spoil it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.generation.compositor.colour import Floats, from_oklab

RING = 0.045
"""Width of the border that is looked at, as a share of the photo's shorter side."""

INLIER = 0.035
"""OKLab distance to the surface within which a border pixel counts as background."""

PLAIN_SHARE = 0.72
"""Share of the border that must be background: a product may cross the rest."""

PLAIN_NOISE = 0.016
"""Largest root mean square distance of that background to its surface; paper 0.005, wood 0.04."""

DIFFERENT = 0.055
"""OKLab distance to the surface from which a pixel is product: over twice a visible difference."""


@dataclass(frozen=True)
class PlainBackground:
    """The surface, `coefficients` (6, 3) over (1, x, y, x², xy, y²) with x and y in -1..1, and its fit."""

    coefficients: Floats
    share: float
    noise: float

    def lab(self, x: Floats, y: Floats) -> Floats:
        """OKLab at (x, y) -> (..., 3). Beyond the photo the light goes on as at its edge."""
        return np.asarray(_terms(np.clip(x, -1, 1), np.clip(y, -1, 1)) @ self.coefficients, np.float32)

    def over(self, height: int, width: int) -> Floats:
        """OKLab of the background over a photo of that size (h, w, 3)."""
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        return self.lab(x, y)

    def difference(self, lab: Floats) -> NDArray[np.bool_]:
        """Where `lab` (h, w, 3) is not background."""
        height, width, _ = lab.shape
        limit = max(DIFFERENT, 3.5 * self.noise)
        return np.asarray(np.linalg.norm(lab - self.over(height, width), axis=-1) > limit)

    def colour(self) -> tuple[int, int, int]:
        """Its colour in the middle of the photo."""
        r, g, b = (int(v) for v in from_oklab(self.coefficients[0]))
        return r, g, b


def fit_plain(lab: Floats) -> PlainBackground | None:
    """The plain background of a photo `lab` (h, w, 3), or None where its border is not plain."""
    height, width, _ = lab.shape
    ring = max(2, round(RING * min(height, width)))
    inside = np.zeros((height, width), bool)
    inside[ring:-ring, ring:-ring] = True
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    border = ~inside
    terms, values = _terms(x[border], y[border]), lab[border]
    # Start from the median colour, then let the surface bend to the pixels that follow it.
    gap = np.linalg.norm(values - np.median(values, axis=0), axis=1)
    keep = gap < max(3 * INLIER, float(np.percentile(gap, 40)))
    solution = np.zeros((6, 3), np.float32)
    for _ in range(5):
        if keep.sum() < 40:
            return None
        solution = _solve(terms[keep], values[keep])
        gap = np.linalg.norm(values - terms @ solution, axis=1)
        keep = gap < INLIER
    share = float(keep.mean())
    noise = float(np.sqrt((gap[keep] ** 2).mean())) if keep.any() else 1.0
    if share < PLAIN_SHARE or noise > PLAIN_NOISE:
        return None
    return PlainBackground(solution, share, noise)


def _solve(terms: Floats, values: Floats) -> Floats:
    """Least squares with a little ridge on the bends, so that an unseen side is not invented."""
    ridge = np.diag([0, 0.002, 0.002, 0.02, 0.02, 0.02]) * len(terms)
    t = terms.astype(np.float64)
    return np.asarray(np.linalg.solve(t.T @ t + ridge, t.T @ values), np.float32)


def _terms(x: Floats, y: Floats) -> Floats:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1)
