"""WCAG 2.x contrast, measured on the pixels that are really behind a text, and scrims that ensure it.

A text passes AA at 4.5:1 (WCAG 2.2, 1.4.3). Photos have no single background colour: a text passes
here when all but the worst 0.5 % of the pixels in its box do. Where a photo does not allow it, a scrim
in the palette's ink or paper is laid on and strengthened until it does, no further.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.generation.compositor.colour import RGB, Floats, to_linear

AA = 4.5
TARGET = 4.7
"""Aimed at a little above AA: rounding to 8 bits afterwards must not undo it."""

WORST = 0.5
"""Percentile of pixels, worst first, that may fall short: isolated sparkles do not hide a letter."""

CONTENDERS = 5.0
"""Per cent of the pixels, worst first, on which a scrim's opacity is searched."""

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def luminance(rgb: NDArray[np.uint8]) -> Floats:
    """WCAG relative luminance 0..1 of 8-bit sRGB (..., 3)."""
    return np.asarray(to_linear(rgb) @ _LUMA, np.float32)


def ratio(a: RGB, b: RGB) -> float:
    """WCAG contrast ratio of two colours, 1..21."""
    hi, lo = sorted((float(luminance(np.array(c, np.uint8))) for c in (a, b)), reverse=True)
    return (hi + 0.05) / (lo + 0.05)


def ratios(behind: NDArray[np.uint8], text: RGB) -> Floats:
    """Contrast of `text` against every pixel of `behind` (h, w, 3) -> (h, w)."""
    y = luminance(behind)
    t = float(luminance(np.array(text, np.uint8)))
    return np.asarray((np.maximum(y, t) + 0.05) / (np.minimum(y, t) + 0.05), np.float32)


def worst_contrast(behind: NDArray[np.uint8], text: RGB, percentile: float = WORST) -> float:
    """Contrast that all but `percentile` % of the pixels reach; higher is better."""
    return float(np.percentile(ratios(behind, text), percentile))


@dataclass(frozen=True, slots=True)
class Scrim:
    """A veil of `colour` with opacity `alpha` (0: none needed) under a text of colour `text`."""

    text: RGB
    colour: RGB
    alpha: float


def veil(behind: NDArray[np.uint8], colour: RGB, alpha: Floats | float) -> NDArray[np.uint8]:
    """`behind` (h, w, 3) with `colour` over it at opacity `alpha` (scalar or (h, w))."""
    a = np.asarray(alpha, np.float32)
    a = a[..., None] if a.ndim else a
    return (behind * (1 - a) + np.array(colour, np.float32) * a + 0.5).astype(np.uint8)


def needed_alpha(behind: NDArray[np.uint8], text: RGB, colour: RGB, target: float = TARGET) -> float:
    """Smallest opacity, 0..1, of a veil of `colour` at which `text` passes on `behind`."""
    found = ratios(behind, text).ravel()
    if float(np.percentile(found, WORST)) >= target:
        return 0.0
    # The search looks at the pixels that fall short most; its result is then measured on all.
    count = max(int(found.size * CONTENDERS / 100), 1)
    worst = behind.reshape(-1, 1, 3)[np.argpartition(found, count - 1)[:count]]
    low, high = 0.0, 1.0
    for _ in range(9):
        middle = (low + high) / 2
        if worst_contrast(veil(worst, colour, middle), text, WORST * 100 / CONTENDERS) >= target:
            high = middle
        else:
            low = middle
    while high < 1 and worst_contrast(veil(behind, colour, high), text) < target:
        high = min(high + 0.01, 1.0)
    return high


def best_scrim(behind: NDArray[np.uint8], pairs: list[tuple[RGB, RGB]], target: float = TARGET) -> Scrim:
    """Of (text, veil) colour pairs the one that needs the least veil; the first wins a near tie.

    Each pair must itself reach `target` at full opacity, as ink and paper do.
    """
    scrims = [Scrim(text, colour, needed_alpha(behind, text, colour, target)) for text, colour in pairs]
    return min(enumerate(scrims), key=lambda s: s[1].alpha + 0.12 * s[0])[1]
