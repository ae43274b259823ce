"""Light and film: pools of light, relief, vignettes, grain, and the dithered step to 8 bits."""

from __future__ import annotations

import numpy as np
from PIL import Image

from services.retrieval.backdrops.canvas import Canvas, Colour, Field
from services.retrieval.backdrops.noise import blur, white

_KNEE = 0.82
"""Linear light above which highlights are rolled off instead of clipped."""


def pool(canvas: Canvas, u: float, v: float, radius: float, squash: float = 1.0) -> Field:
    """A lamp's pool of light around (u, v): 1 at its centre, falling with the square of the distance.

    `radius` is the distance, in heights of the design picture, at which half the light is left.
    """
    across = (canvas.u - u) * (canvas.design_width / 960) * squash
    down = (canvas.v - v) * (canvas.design_height / 960)
    return 1 / (1 + (across * across + down * down) / np.float32(radius * radius))


def vignette(canvas: Canvas, strength: float) -> Field:
    """1 at the centre, 1 - strength in the corners."""
    gap = (canvas.u - 0.5) ** 2 + (canvas.v - 0.5) ** 2
    return 1 - np.float32(strength) * (gap * 2) ** 1.3


def relief(
    canvas: Canvas, height: Field, depth: float, toward: tuple[float, float] = (-0.6, -0.8), rise: float = 1.2
) -> Field:
    """Lambert shading of a height field under a lamp, about 1 where it is flat.

    `depth` is the height, in design pixels, of 1.0 in the field; `toward` points to the lamp
    (right, down), `rise` says how high it stands.
    """
    slope = np.float32(depth * canvas.pixel)
    across = np.empty_like(height)
    down = np.empty_like(height)
    across[:, 1:-1] = (height[:, 2:] - height[:, :-2]) * (slope / 2)
    across[:, 0], across[:, -1] = across[:, 1], across[:, -2]
    down[1:-1] = (height[2:] - height[:-2]) * (slope / 2)
    down[0], down[-1] = down[1], down[-2]
    facing = np.float32(rise) - across * np.float32(toward[0]) - down * np.float32(toward[1])
    lit: Field = np.maximum(facing, 0) / np.sqrt(1 + across * across + down * down) / np.float32(rise)
    return lit


def shadow(mask: Field, canvas: Canvas, softness: float, across: float = 0.0, down: float = 0.0) -> Field:
    """The soft shadow a mask casts: blurred by `softness` and moved, in design pixels; 0..1."""
    moved = np.roll(mask, (round(down * canvas.pixel), round(across * canvas.pixel)), (0, 1))
    return np.clip(blur(moved, softness * canvas.pixel), 0, 1)


def depth_of_field(canvas: Canvas, colour: Colour, sharpness: Field, softness: float) -> Colour:
    """Sharp where `sharpness` is 1, out of focus (blurred by `softness` design pixels) where it is 0."""
    soft = blur(colour, softness * canvas.pixel)
    half = blur(colour, softness * canvas.pixel / 3)
    near = np.clip(sharpness * 2 - 1, 0, 1)[..., None]
    far = np.clip(1 - sharpness * 2, 0, 1)[..., None]
    return colour * near + soft * far + half * (1 - near - far)


def develop(canvas: Canvas, colour: Colour, grain: float = 0.007) -> Image.Image:
    """The finished picture: highlights rolled off, film grain, 8 bits.

    The grain, some levels deep and as fine as a pixel, is also the dither that keeps gradients from banding.
    """
    seen = np.clip(colour, 0, _KNEE, dtype=np.float32)
    over = colour - seen
    np.maximum(over, 0, out=over)
    if over.any():
        room = np.float32(1 - _KNEE)
        seen += over * room / (over + room)
    np.sqrt(seen, out=seen)
    seen *= 255
    speck = white(canvas, "grain")
    speck *= np.float32(grain * 255)
    speck[:, 1:] += speck[:, :-1] * np.float32(0.5)
    speck[1:] += speck[:-1] * np.float32(0.5)
    speck += np.float32(0.5)
    seen += speck[..., None]
    return Image.fromarray(np.clip(seen, 0, 255, out=seen).astype(np.uint8))
