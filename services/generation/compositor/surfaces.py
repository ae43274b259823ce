"""What fills an area: studio sweeps, scenes, and product photos that are never cut."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from services.generation.compositor.colour import RGB, from_oklab, pixels, to_oklab
from services.generation.compositor.palette import Scheme
from services.generation.compositor.product import look
from services.generation.compositor.smartcrop import Box

SHARPEN_FROM = 1.15
"""Upscaling from here on is followed by a mild unsharp mask."""

SCENE_SOFT = 2.0
"""A scene enlarged more than this is thrown out of focus on purpose: soft by choice looks like depth."""


def resample(image: Image.Image, size: tuple[int, int], crop: Box | None = None) -> Image.Image:
    """`crop` of `image` at `size`: Lanczos; enlarged pictures are sharpened a little."""
    crop = crop or Box(0, 0, *image.size)
    scale = size[0] / crop.width
    out = image.resize(size, Image.Resampling.LANCZOS, box=crop[:], reducing_gap=3.0)
    if scale > SHARPEN_FROM and image.mode == "RGB":
        out = out.filter(ImageFilter.UnsharpMask(radius=0.9 * scale, percent=55, threshold=2))
    return out


def sweep(
    size: tuple[int, int], light: RGB, dark: RGB, centre: tuple[float, float] = (0.5, 0.42)
) -> Image.Image:
    """A seamless studio backdrop: `light` around `centre`, falling off to `dark`. Dithered: no bands."""
    width, height = size
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    aspect = width / height
    gap = np.sqrt(
        ((x - centre[0]) * max(aspect, 1) ** 0.5) ** 2 + ((y - centre[1]) / max(1 / aspect, 1) ** -0.5) ** 2
    )
    share = np.clip(gap / 0.95, 0, 1)
    share = share * share * (3 - 2 * share)
    ends = np.array([light, dark], np.float32)
    return dithered(ends[0] * (1 - share[..., None]) + ends[1] * share[..., None])


def dithered(rgb: np.ndarray) -> Image.Image:
    """Float sRGB 0..255 -> picture, with a fixed noise below one level that hides the steps."""
    height, width = rgb.shape[:2]
    return Image.fromarray(np.clip(rgb + _grain(height, width), 0, 255).astype(np.uint8))


@lru_cache(maxsize=4)
def _grain(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(11).random((height, width, 1), np.float32)


def scene_fill(
    scene: Image.Image, size: tuple[int, int], focus: float = 0.5, soften: float = 0.0
) -> Image.Image:
    """`scene` covering `size`, cropped around what draws the eye; blurred where enlarged too far.

    `focus` slides the crop where there is room, 0..1. `soften` adds blur, as a share of the short side.
    """
    crop = _scene_crop(scene, size, focus)
    scale = size[0] / crop.width
    rgb = scene.convert("RGB")
    if scale <= SCENE_SOFT and soften <= 0:
        return resample(rgb, size, crop)
    # Blurred at a quarter of the size and enlarged: the same look, a tenth of the time.
    radius = max(soften * min(size), (scale - SCENE_SOFT) * 1.1 if scale > SCENE_SOFT else 0.0)
    if radius < 3:
        return rgb.resize(size, Image.Resampling.BICUBIC, box=crop[:]).filter(
            ImageFilter.GaussianBlur(radius)
        )
    small = (max(size[0] // 3, 1), max(size[1] // 3, 1))
    blurred = rgb.resize(small, Image.Resampling.BICUBIC, box=crop[:]).filter(
        ImageFilter.GaussianBlur(radius / 3)
    )
    return dithered(np.asarray(blurred.resize(size, Image.Resampling.BICUBIC), np.float32))


def _scene_crop(scene: Image.Image, size: tuple[int, int], focus: float) -> Box:
    width, height = scene.size
    aspect = size[0] / size[1]
    wide, tall = min(width, height * aspect), min(height, width / aspect)
    cx, cy = look(scene.convert("RGB")).box.centre
    x = min(max(cx - wide * (0.3 + 0.4 * focus), 0), width - wide)
    y = min(max(cy - tall * 0.5, 0), height - tall)
    return Box(x, y, x + wide, y + tall)


def grade(image: Image.Image, scheme: Scheme, amount: float = 0.22) -> Image.Image:
    """`image` drawn gently towards the scheme: its greys take the ground's tint."""
    rgb = pixels(image).astype(np.float32)
    grey = rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    tint = np.array(scheme.ground, np.float32)
    tint = tint / max(float(tint.mean()), 1.0)
    toned = np.clip(grey[..., None] * tint, 0, 255)
    return Image.fromarray((rgb * (1 - amount) + toned * amount).astype(np.uint8))


def rounded(size: tuple[int, int], radius: float) -> Image.Image:
    """Mask (L) of a rounded rectangle, antialiased."""
    big = Image.new("L", (size[0] * 2, size[1] * 2), 0)
    ImageDraw.Draw(big).rounded_rectangle((0, 0, size[0] * 2 - 1, size[1] * 2 - 1), radius * 2, fill=255)
    return big.resize(size, Image.Resampling.BOX)


def arch(size: tuple[int, int]) -> Image.Image:
    """Mask (L) of a window with a round top."""
    big = Image.new("L", (size[0] * 2, size[1] * 2), 0)
    pen = ImageDraw.Draw(big)
    radius = min(size[0], size[1])
    pen.rounded_rectangle((0, 0, size[0] * 2 - 1, size[1] * 2 + 2 * radius), radius, fill=255)
    return big.resize(size, Image.Resampling.BOX)


def mean_colour(image: Image.Image) -> RGB:
    """Mean colour, taken in OKLab."""
    lab = to_oklab(pixels(image.resize((16, 16), Image.Resampling.BOX))).reshape(-1, 3).mean(0)
    r, g, b = (int(v) for v in from_oklab(lab))
    return r, g, b
