"""The sheet a layout works on: pictures in, headline on top, contrast measured and ensured."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from services.generation.compositor import contrast
from services.generation.compositor import type as typography
from services.generation.compositor.colour import RGB, Floats, mix, pixels
from services.generation.compositor.job import Job
from services.generation.compositor.smartcrop import Box
from services.generation.compositor.surfaces import rounded
from services.generation.compositor.type import Headline

SCRIM_REACH = 0.24
"""How softly a scrim ends, as a share of the short side."""


@dataclass(frozen=True)
class SetText:
    """A headline as it was set: the box of its ink and, around that, the box (px) whose pixels `behind` were
    measured before it was drawn; its colour and the contrast to the worst of them."""

    ink: Box
    box: Box
    colour: RGB
    contrast: float
    headline: Headline
    behind: Image.Image


@dataclass
class Canvas:
    """The picture in the making (`image`, RGB) and the texts set on it."""

    image: Image.Image
    texts: list[SetText] = field(default_factory=list)

    def paste(self, picture: Image.Image, at: tuple[float, float], mask: Image.Image | None = None) -> None:
        where = (round(at[0]), round(at[1]))
        if mask is None and picture.mode == "RGBA":
            mask = picture
        self.image.paste(picture, where, mask)

    def fill(self, box: Box, colour: RGB, radius: float = 0) -> None:
        x0, y0, x1, y1 = box.ints()
        if x1 <= x0 or y1 <= y0:
            return
        mask = rounded((x1 - x0, y1 - y0), radius) if radius else None
        self.image.paste(colour, (x0, y0, x1, y1), mask)

    def rule(self, start: tuple[float, float], length: float, thick: float, colour: RGB) -> None:
        """A horizontal line from `start`, `thick` px."""
        x, y = start
        t = max(round(thick), 1)
        ImageDraw.Draw(self.image).rectangle(
            (round(x), round(y), round(x + length) - 1, round(y) + t - 1), fill=colour
        )


def fit_headline(job: Job, area: Box, lines: int = 4) -> Headline | None:
    """The job's headline as large as it goes into `area`, or None where there is none."""
    if not job.headline:
        return None
    room = (max(area.width, 8), max(area.height, 8))
    return typography.fit(job.headline, job.style, room, job.short, lines)


def put_headline(
    canvas: Canvas,
    job: Job,
    area: Box,
    align: str = "left",
    valign: str = "top",
    lines: int = 4,
    toward: str = "",
    keep: Box | None = None,
) -> Box | None:
    """Set the job's headline in `area` and make sure that it can be read. Returns the ink's box.

    `toward` names the edges ("top", "bottom left" ...) that a scrim, if one is needed, runs out to.
    `keep` is the product's box: what lies there is never blurred.
    """
    headline = fit_headline(job, area, lines)
    if headline is None:
        return None
    x = area.x0 + {"left": 0.0, "centre": 0.5, "right": 1.0}[align] * (area.width - headline.width)
    y = area.y0 + {"top": 0.0, "middle": 0.5, "bottom": 1.0}[valign] * (area.height - headline.height)
    box = Box(x, y, x + headline.width, y + headline.height)
    pad = headline.size * 0.12
    around = _within(box.inset(-pad), canvas.image.size)
    colour = _ensure(canvas, job, around, toward, keep)
    behind = canvas.image.crop(around.ints())
    typography.draw(canvas.image, headline, x, y, colour, align)
    measured = contrast.worst_contrast(pixels(behind), colour)
    canvas.texts.append(SetText(box, around, colour, measured, headline, behind))
    return box


def _within(box: Box, size: tuple[int, int]) -> Box:
    x0, y0 = max(int(box.x0), 0), max(int(box.y0), 0)
    return Box(x0, y0, max(min(int(box.x1) + 1, size[0]), x0 + 1), max(min(int(box.y1) + 1, size[1]), y0 + 1))


def _ensure(canvas: Canvas, job: Job, box: Box, toward: str, keep: Box | None) -> RGB:
    """Choose the text colour for `box`; lay a scrim under it where the picture demands one."""
    behind = pixels(canvas.image.crop(box.ints()))
    for colour in (job.scheme.text, job.palette.ink, job.palette.paper):
        if contrast.worst_contrast(behind, colour) >= contrast.TARGET:
            return colour
    shape = _shape(job, box, toward)
    if keep is None or not _overlap(box, keep):
        _calm(canvas, shape, job.short, float(behind.std()))
        behind = pixels(canvas.image.crop(box.ints()))
    dark = mix(job.palette.ink, (0, 0, 0), 0.35)
    scrim = contrast.best_scrim(behind, [(job.palette.paper, dark), (job.palette.ink, job.palette.paper)])
    if scrim.alpha > 0:
        veiled = contrast.veil(pixels(canvas.image), scrim.colour, shape * scrim.alpha)
        canvas.image.paste(Image.fromarray(veiled), (0, 0))
    return scrim.text


def _shape(job: Job, box: Box, toward: str) -> Floats:
    """Opacity profile (h, w) of a scrim: 1 over `box` and out to the edges named, falling off softly."""
    width, height = job.size
    reach = SCRIM_REACH * job.short
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    wide = toward in ("top", "bottom")
    high = toward in ("left", "right")
    left = 0 if wide or "left" in toward else box.x0
    right = width if wide or "right" in toward else box.x1
    top = 0 if high or "top" in toward else box.y0
    bottom = height if high or "bottom" in toward else box.y1
    dx = np.maximum(np.maximum(left - x, x - right + 1), 0)
    dy = np.maximum(np.maximum(top - y, y - bottom + 1), 0)
    t = np.clip(1 - np.hypot(dx[None], dy[:, None]) / reach, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _calm(canvas: Canvas, shape: Floats, short: int, busy: float) -> None:
    """Blur what lies under a coming scrim, more so where it is busy: letters need a quiet ground."""
    amount = float(np.clip((busy - 12) / 30, 0, 1))
    if amount <= 0:
        return
    quarter = (max(canvas.image.width // 4, 1), max(canvas.image.height // 4, 1))
    small = canvas.image.resize(quarter, Image.Resampling.BOX).filter(
        ImageFilter.GaussianBlur(short * 0.02 / 4 + 1)
    )
    blurred = small.resize(canvas.image.size, Image.Resampling.BICUBIC)
    mask = Image.fromarray((shape * amount * 255).astype(np.uint8))
    canvas.image.paste(blurred, (0, 0), mask)


def _overlap(a: Box, b: Box) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1
