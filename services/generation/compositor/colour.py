"""Colour spaces: 8-bit sRGB, linear light, OKLab and OKLCH.

OKLab (Ottosson, 2020) serves for distances, clustering and mixing: L in 0..1, a and b in about
-0.4..0.4; a just noticeable difference is about 0.02.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
RGB = tuple[int, int, int]

_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_FROM_LMS = np.linalg.inv(_TO_LMS.astype(np.float64)).astype(np.float32)
_FROM_LAB = np.linalg.inv(_TO_LAB.astype(np.float64)).astype(np.float32)


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    """(height, width, 3) of the picture's colours, its transparency left out."""
    return np.asarray(image.convert("RGB"))


def to_linear(rgb: NDArray[np.uint8]) -> Floats:
    """8-bit sRGB -> linear light 0..1, same shape."""
    return np.asarray(_LINEAR[rgb], np.float32)


def to_srgb(linear: Floats) -> Floats:
    """Linear light -> sRGB 0..1, clipped to what a screen can show."""
    x = np.clip(linear, 0.0, 1.0)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.power(x, 1 / 2.4) - 0.055).astype(np.float32)


def to_oklab(rgb: NDArray[np.uint8]) -> Floats:
    """8-bit sRGB (..., 3) -> OKLab (..., 3)."""
    return np.asarray(np.cbrt(to_linear(rgb) @ _TO_LMS.T) @ _TO_LAB.T, np.float32)


def oklab_to_srgb(lab: Floats) -> Floats:
    """OKLab (..., 3) -> sRGB 0..255 as floats, colours out of gamut clipped."""
    linear = np.asarray((lab.astype(np.float32) @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T, np.float32)
    return to_srgb(linear) * np.float32(255)


def from_oklab(lab: Floats) -> NDArray[np.uint8]:
    """OKLab (..., 3) -> 8-bit sRGB, colours out of gamut clipped."""
    return (oklab_to_srgb(lab) + 0.5).astype(np.uint8)


def lch(rgb: RGB) -> tuple[float, float, float]:
    """(lightness 0..1, chroma 0..~0.37, hue in degrees 0..360)."""
    light, a, b = (float(v) for v in to_oklab(np.array(rgb, np.uint8)))
    return light, float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360)


def from_lch(light: float, chroma: float, hue: float) -> RGB:
    """The colour of that lightness and hue; chroma is lowered until a screen can show it."""
    angle = np.radians(hue)
    for share in (1.0, 0.92, 0.84, 0.76, 0.68, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0):
        c = chroma * share
        lab = np.array([light, c * np.cos(angle), c * np.sin(angle)], np.float32)
        linear = (lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T
        if linear.min() >= -0.002 and linear.max() <= 1.002:
            break
    r, g, b = (int(v) for v in from_oklab(lab))
    return r, g, b


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """`a` with `share` (0..1) of `b`, mixed in OKLab."""
    lab = to_oklab(np.array([a, b], np.uint8))
    r, g, bl = (int(v) for v in from_oklab(lab[0] * (1 - share) + lab[1] * share))
    return r, g, bl
