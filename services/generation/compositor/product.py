"""Finding the product in its photo: where it is, what lies around it, which edges cut it.

Three ways, surest first: its transparency; the difference to a plain background; an estimate of what
draws the eye (frequency-tuned saliency: Achanta et al., 2009, with a mild pull to the centre).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from services.generation.compositor.backdrop_fit import PlainBackground, fit_plain
from services.generation.compositor.colour import Floats, pixels, to_oklab
from services.generation.compositor.palette import Palette, palette_of
from services.generation.compositor.smartcrop import Box, Edges, frame_size

ANALYSIS_SIDE = 224
"""Longer side at which a photo is looked at: enough to find a box within 1 %, and quick."""

MARGIN = 0.02
"""The box is grown by this share of the photo's side: a tight box grazes whiskers."""

TOUCH = 0.012
"""A photo's edge on which more than this share is product cuts it. An estimate by saliency is too vague
to tell."""

MASK_OPAQUE = 0.5
SALIENT_MASS = 0.97
"""Share of the saliency that the estimated box holds."""


@dataclass(frozen=True)
class Product:
    """A product photo, looked at. `image` is RGB or RGBA, upright; `box` in its px.

    `found` says how: "transparency", "plain background" or "saliency". `mask` (analysis size, 0..1)
    says how surely each pixel is product. `plain` describes the background where it is plain.
    """

    image: Image.Image
    box: Box
    edges: Edges
    found: str
    mask: Floats
    plain: PlainBackground | None

    @cached_property
    def palette(self) -> Palette:
        small = self.image.convert("RGB").resize(self.mask.shape[::-1], Image.Resampling.BOX)
        # A saliency estimate prefers black on white; its root still leaves the corners out.
        sure = np.sqrt(self.mask) if self.found == "saliency" else self.mask
        return palette_of(pixels(small), np.asarray(sure, np.float32))

    @property
    def extendable(self) -> bool:
        """Whether the background can go on around the product: known, and no two opposite edges cut it."""
        e = self.edges
        known = self.plain is not None or self.found == "transparency"
        return known and not ((e.left and e.right) or (e.top and e.bottom))

    def frame(self, room: Box) -> tuple[int, int]:
        """Size of the largest frame in `room` that this photo fills with the product whole."""
        return frame_size(self.size, self.box, (room.width, room.height), free=self.extendable)

    @property
    def size(self) -> tuple[int, int]:
        return self.image.size


def look(image: Image.Image) -> Product:
    """Find the product in `image` (RGB, or RGBA where it has transparency)."""
    small = _small(image)
    if image.mode == "RGBA":
        alpha: Floats = np.asarray(small.getchannel("A"), np.float32) / np.float32(255)
        if alpha.max() > MASK_OPAQUE and (alpha < MASK_OPAQUE).mean() > 0.01:
            return _product(image, alpha, "transparency", None, tight=True)
        image, small = image.convert("RGB"), small.convert("RGB")
    lab = to_oklab(pixels(small))
    plain = fit_plain(lab)
    if plain is not None:
        mask = clean(plain.difference(lab))
        if 0.01 < mask.mean() < 0.9:
            return _product(image, mask, "plain background", plain)
    return _product(image, saliency(lab), "saliency", None, mass=SALIENT_MASS)


def _small(image: Image.Image) -> Image.Image:
    scale = ANALYSIS_SIDE / max(image.size)
    size = tuple(max(round(s * scale), 8) for s in image.size)
    return image.resize((size[0], size[1]), Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)


def _product(
    image: Image.Image,
    mask: Floats,
    found: str,
    plain: PlainBackground | None,
    mass: float | None = None,
    tight: bool = False,
) -> Product:
    x0, y0, x1, y1 = _mass_box(mask, mass) if mass else _extent(mask > MASK_OPAQUE)
    height, width = mask.shape
    grow = 0.0 if tight else MARGIN
    x0, x1 = max(x0 / width - grow, 0.0), min(x1 / width + grow, 1.0)
    y0, y1 = max(y0 / height - grow, 0.0), min(y1 / height + grow, 1.0)
    edges = Edges() if mass else _cut_edges(mask > MASK_OPAQUE)
    w, h = image.size
    return Product(image, Box(x0 * w, y0 * h, x1 * w, y1 * h), edges, found, mask, plain)


def _cut_edges(mask: NDArray[np.bool_]) -> Edges:
    """Edges that more than a grazing pixel of the product lies on."""
    rims = (mask[:, :2], mask[:2], mask[:, -2:], mask[-2:])
    left, top, right, bottom = (float(rim.mean()) > TOUCH for rim in rims)
    return Edges(left, top, right, bottom)


def _extent(mask: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _mass_box(weight: Floats, mass: float) -> tuple[float, float, float, float]:
    """The box that leaves out (1 - mass) of the weight, the same share on each of its four sides."""
    tail = (1 - mass) / 4
    spans = []
    for axis in (0, 1):
        run = np.cumsum(weight.sum(axis), dtype=np.float64)
        run /= run[-1]
        spans.append((int(np.searchsorted(run, tail)), int(np.searchsorted(run, 1 - tail)) + 1))
    (x0, x1), (y0, y1) = spans
    return float(x0), float(y0), float(min(x1, weight.shape[1])), float(min(y1, weight.shape[0]))


def clean(mask: NDArray[np.bool_]) -> Floats:
    """`mask` without specks and pinholes; parts far smaller than the largest are dropped."""
    from scipy import ndimage

    closed = ndimage.binary_closing(np.pad(mask, 4, mode="edge"), iterations=3)[4:-4, 4:-4]
    opened = ndimage.binary_opening(closed, iterations=1)
    filled = ndimage.binary_fill_holes(opened)
    labels, count = ndimage.label(filled)
    if not count:
        return np.zeros(mask.shape, np.float32)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    keep = sizes >= 0.04 * sizes.max()
    return np.asarray(keep[labels], np.float32)


def saliency(lab: Floats) -> Floats:
    """What draws the eye, 0..1 (h, w): distance of each colour to the photo's mean, and fine contrast."""
    height, width, _ = lab.shape
    soft = np.stack([_blur(lab[..., c], 2.0) for c in range(3)], -1)
    tuned = np.linalg.norm(soft - lab.reshape(-1, 3).mean(0), axis=-1)
    detail = _blur(np.abs(lab[..., 0] - _blur(lab[..., 0], 4.0)), 6.0)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    pull = np.exp(-(x**2 + y**2) / 0.9)
    weight = (tuned / (tuned.max() + 1e-6) + detail / (detail.max() + 1e-6)) * (0.25 + pull)
    weight = np.clip(weight - np.percentile(weight, 35), 0, None)
    return np.asarray(weight / (weight.max() + 1e-9) + 1e-6, np.float32)


def _blur(channel: Floats, radius: float) -> Floats:
    image = Image.fromarray(np.ascontiguousarray((np.clip(channel, -1, 1) + 1) * 127.5).astype(np.uint8))
    blurred = np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32)
    return np.asarray(blurred / 127.5 - 1, np.float32)
