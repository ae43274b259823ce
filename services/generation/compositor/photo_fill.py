"""Filling an area with a product photo without ever cutting the product.

In this order: a crop; the photo's own plain background extended; a thin blurred continuation; a print
mounted on the scheme's colour.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from services.generation.compositor.colour import RGB, mix, oklab_to_srgb, pixels
from services.generation.compositor.palette import Scheme
from services.generation.compositor.product import Product
from services.generation.compositor.smartcrop import DECENT_UPSCALE, Box, cover_crop, place
from services.generation.compositor.surfaces import dithered, resample, sweep

CONTINUED = 0.8
"""Share of an area that a photo must fill for the rest to be its own blurred continuation."""


def flatten(product: Product, ground: RGB) -> Image.Image:
    """The photo as RGB; where it is transparent, `ground` shows."""
    if product.image.mode != "RGBA":
        return product.image.convert("RGB")
    base = Image.new("RGB", product.size, ground)
    base.paste(product.image, (0, 0), product.image)
    return base


def photo_fill(
    product: Product,
    size: tuple[int, int],
    scheme: Scheme,
    focus: tuple[float, float] = (0.5, 0.5),
    fill: float = 0.8,
) -> Image.Image:
    """The product photo filling `size`, product whole: cropped where that works, else its plain or
    transparent background extended, else mounted on the scheme's shade like a print."""
    crop = cover_crop(product.size, product.box, size, focus, fill)
    side, top = size[0] * 0.6 * (1 - fill), size[1] * 0.5 * (1 - fill)
    if product.found == "transparency":
        return extend(product, size, Box(0, 0, *size).inset(side, top), scheme)
    if crop is not None:
        return resample(product.image.convert("RGB"), size, crop)
    if product.plain is not None and product.extendable:
        return extend(product, size, Box(0, 0, *size).inset(side, top), scheme)
    frame = product.frame(Box(0, 0, *size))
    if (frame[0] >= size[0] - 2 or frame[1] >= size[1] - 2) and frame[0] * frame[1] >= CONTINUED * size[
        0
    ] * size[1]:
        return continued(product, size, frame, focus)
    return mounted(product, size, scheme)


def continued(
    product: Product, size: tuple[int, int], frame: tuple[int, int], focus: tuple[float, float]
) -> Image.Image:
    """The photo over one whole side of `size`; along the other it goes on mirrored, soon out of focus."""
    crop = cover_crop(product.size, product.box, frame, focus, fill=0.95)
    photo = resample(product.image.convert("RGB"), frame, crop)
    left, top = (size[0] - frame[0]) // 2, (size[1] - frame[1]) // 2
    pad = ((top, size[1] - frame[1] - top), (left, size[0] - frame[0] - left), (0, 0))
    whole = Image.fromarray(np.pad(pixels(photo), pad, mode="symmetric"))
    small = whole.resize((max(size[0] // 4, 1), max(size[1] // 4, 1)), Image.Resampling.BOX)
    soft = small.filter(ImageFilter.GaussianBlur(min(size) * 0.07 / 4 + 0.5)).resize(
        size, Image.Resampling.BICUBIC
    )
    x, y = np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32)
    gap = np.maximum(
        np.maximum(left - x, x - (left + frame[0] - 1)).clip(0)[None],
        np.maximum(top - y, y - (top + frame[1] - 1)).clip(0)[:, None],
    )
    mask = Image.fromarray((255 * (1 - _ramp(gap, 0.03 * min(size)))).astype(np.uint8))
    return Image.composite(whole, soft, mask)


def extend(product: Product, size: tuple[int, int], room: Box, scheme: Scheme) -> Image.Image:
    """The product standing in `room` of a picture of `size`, its own background going on all around."""
    area = Box(0, 0, *size)
    at = place(product.size, product.box, product.edges, area, room)
    if product.found == "transparency":
        base = sweep(size, mix(scheme.ground, (255, 255, 255), 0.25), scheme.shade)
        cut = product.image.resize(
            (max(round(at.width), 1), max(round(at.height), 1)), Image.Resampling.LANCZOS
        )
        base.paste(cut, (round(at.x0), round(at.y0)), cut)
        return base
    base = _background(product, size, at)
    photo = resample(product.image.convert("RGB"), (max(round(at.width), 1), max(round(at.height), 1)))
    base.paste(photo, (round(at.x0), round(at.y0)), _melt(photo.size, product))
    return base


def _background(product: Product, size: tuple[int, int], at: Box) -> Image.Image:
    """The fitted background over the whole picture, in the photo's coordinates."""
    if product.plain is None:
        raise ValueError("the background is not plain")
    # A surface this smooth is evaluated on a coarse grid and enlarged.
    grid = (max(size[0] // 8, 2), max(size[1] // 8, 2))
    x = (np.linspace(0, size[0], grid[0], dtype=np.float32) - at.x0) / at.width * 2 - 1
    y = (np.linspace(0, size[1], grid[1], dtype=np.float32) - at.y0) / at.height * 2 - 1
    import cv2

    rgb = oklab_to_srgb(product.plain.lab(*np.meshgrid(x, y)))
    return dithered(cv2.resize(rgb, size, interpolation=cv2.INTER_LINEAR))


def _melt(size: tuple[int, int], product: Product) -> Image.Image:
    """Mask (L) of the photo that fades out towards its free edges, never across the product box."""
    width, height = size
    kx, ky = width / product.size[0], height / product.size[1]
    box, e = product.box, product.edges
    free = (box.x0 * kx, box.y0 * ky, width - box.x1 * kx, height - box.y1 * ky)
    cut = (e.left, e.top, e.right, e.bottom)
    fades = [0.0 if c else max(min(f * 0.9, 0.22 * min(size)), 1.0) for f, c in zip(free, cut, strict=True)]
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    across = _ramp(x, fades[0]) * _ramp(width - 1 - x, fades[2])
    down = _ramp(y, fades[1]) * _ramp(height - 1 - y, fades[3])
    return Image.fromarray((np.outer(down, across) * 255).astype(np.uint8))


def _ramp(distance: np.ndarray, fade: float) -> np.ndarray:
    if fade <= 0:
        return np.ones_like(distance)
    t = np.clip(distance / fade, 0, 1)
    return t * t * (3 - 2 * t)


def mounted(product: Product, size: tuple[int, int], scheme: Scheme, share: float = 0.84) -> Image.Image:
    """The whole photo as a print on the scheme's shade, no larger than is decent."""
    base = Image.new("RGB", size, scheme.shade)
    scale = min(size[0] * share / product.size[0], size[1] * share / product.size[1], DECENT_UPSCALE)
    photo = resample(flatten(product, scheme.shade), tuple(max(round(s * scale), 1) for s in product.size))  # type: ignore[arg-type]
    base.paste(photo, ((size[0] - photo.width) // 2, (size[1] - photo.height) // 2))
    return base
