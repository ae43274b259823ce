"""Cut-out on a scene: the product alone, standing on a surface before a retrieved image.

The scene is thrown out of focus like the background of a studio table, and the product stands on a
surface in the scene's own colours. A product that its photo had cut off stands on the page's edge
instead. Without a sure cut-out the whole photo stands there in an arched window.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from services.generation.compositor.canvas import Canvas, fit_headline, put_headline
from services.generation.compositor.colour import from_lch, lch, mix
from services.generation.compositor.job import Job
from services.generation.compositor.smartcrop import Box
from services.generation.compositor.standing import stand, window
from services.generation.compositor.surfaces import dithered, grade, mean_colour, scene_fill, sweep

HORIZON = 0.70
"""Height of the surface's far edge on the page, from the top."""

FLOOR = 0.905
"""Where the product stands: well in front of the surface's far edge."""


def draw(job: Job) -> Canvas:
    canvas = Canvas(_set(job))
    text, room, align, valign = _areas(job)
    toward = "top" if not job.wide else "right" if job.mirrored else "left"
    # Before the product, so that no scrim darkens it.
    put_headline(canvas, job, text, align, valign, toward=toward)
    if job.cut is not None:
        stand(canvas, job, job.cut, room)
    else:
        window(canvas, job, room)
    return canvas


def _set(job: Job) -> Image.Image:
    """Scene above, surface below, one light over both."""
    width, height = job.size
    if job.scene is None:
        return sweep(job.size, job.scheme.ground, job.scheme.shade)
    if job.cut is None or job.cut.edges.bottom:
        return grade(scene_fill(job.scene, job.size, job.chance, soften=0.004), job.scheme, 0.2)
    horizon = round(height * HORIZON)
    scene = scene_fill(job.scene, (width, round(height * (HORIZON + 0.06))), job.chance, soften=0.006)
    base = Image.new("RGB", job.size)
    scene = grade(scene, job.scheme, 0.18)
    base.paste(scene, (0, 0))
    depth = height - horizon
    base.paste(
        _surface(job, scene.crop((0, max(horizon - depth, 0), width, horizon)), depth),
        (0, horizon),
        _edge(width, depth),
    )
    return base


def _surface(job: Job, above: Image.Image, depth: int) -> Image.Image:
    """A satin table top: the colour of the scene above it and the scheme's, a soft reflection of the scene
    in it, darker to the back."""
    light, chroma, hue = lch(mix(mean_colour(above), job.scheme.ground, 0.15))
    base = np.array(from_lch(min(max(light - 0.04, 0.30), 0.84), min(chroma * 0.6, 0.035), hue), np.float32)
    width = above.width
    small = ImageOps.flip(above).resize((max(width // 8, 2), max(depth // 8, 2)), Image.Resampling.BOX)
    mirror = small.filter(ImageFilter.GaussianBlur(max(width / 8 * 0.03, 1))).resize(
        (width, depth), Image.Resampling.BICUBIC
    )
    y = np.linspace(0, 1, depth, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    reflect = (0.55 * (1 - y) ** 1.4 + 0 * x)[..., None]
    lit = (0.86 + 0.24 * np.clip(y * 1.2, 0, 1) ** 0.8 * (1 - 0.3 * x**2))[..., None]
    return dithered((base * (1 - reflect) + np.asarray(mirror, np.float32) * reflect) * lit)


def _edge(width: int, height: int) -> Image.Image:
    """Mask of the surface, its far edge a little out of focus."""
    mask = Image.new("L", (width, height), 255)
    soft = max(round(height * 0.014), 1)
    mask.paste(0, (0, 0, width, soft))
    return mask.filter(ImageFilter.GaussianBlur(soft))


def _areas(job: Job) -> tuple[Box, Box, str, str]:
    """(headline's area, product's room, alignment, vertical alignment)."""
    width, height = job.size
    safe = job.safe
    floor = height * (FLOOR if not job.tall else 0.84)
    if not job.headline:
        return safe, Box(safe.x0, safe.y0, safe.x1, floor), "left", "top"
    if job.wide:
        split = safe.x0 + safe.width * 0.46
        text = Box(safe.x0, safe.y0, split, safe.y1)
        room = Box(split + job.margin * 0.5, job.margin * 0.8, safe.x1, floor)
        if job.mirrored:
            text, room = (Box(width - b.x1, b.y0, width - b.x0, b.y1) for b in (text, room))
        return text, room, "left", "middle"
    area = Box(safe.x0, safe.y0, safe.x1, safe.y0 + safe.height * (0.24 if job.tall else 0.25))
    headline = fit_headline(job, area)
    end = safe.y0 + (headline.height if headline else 0)
    return (
        area,
        Box(safe.x0, end + job.margin * 0.7, safe.x1, floor),
        "centre" if job.centred else "left",
        "top",
    )
