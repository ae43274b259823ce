"""Card: the product on a paper card that lies on a retrieved scene, the headline on the card."""

from __future__ import annotations

from PIL import Image

from services.generation.compositor.canvas import Canvas, fit_headline, put_headline
from services.generation.compositor.colour import mix
from services.generation.compositor.job import Job
from services.generation.compositor.print_ import print_of
from services.generation.compositor.shadow import drop_shadow
from services.generation.compositor.smartcrop import Box
from services.generation.compositor.surfaces import grade, rounded, scene_fill, sweep

RADIUS = 0.018
"""Corner radius as a share of the short side."""


def draw(job: Job) -> Canvas:
    canvas = Canvas(backdrop(job))
    card, photo, text = _areas(job)
    paper = job.scheme.ground if job.scene is not None else mix(job.palette.paper, (255, 255, 255), 0.5)
    radius = RADIUS * job.short
    x0, y0, x1, y1 = card.ints()
    mask = rounded((x1 - x0, y1 - y0), radius)
    canvas.paste(drop_shadow(job.size, mask, (x0, y0), (0, 0, 0), job.short * 0.045), (0, 0))
    canvas.image.paste(paper, (x0, y0), mask)
    x0, y0, x1, y1 = photo.ints()
    picture = print_of(job, (x1 - x0, y1 - y0))
    canvas.paste(picture, (x0, y0), rounded(picture.size, radius * 0.5))
    if text is not None:
        put_headline(canvas, job, text, "centre" if job.centred and not job.wide else "left", "middle")
    return canvas


def backdrop(job: Job) -> Image.Image:
    """The scene, a little out of focus so that the card leads; without one a sweep in the scheme."""
    if job.scene is None:
        return sweep(job.size, job.scheme.ground, mix(job.scheme.shade, job.palette.ink, 0.08))
    return grade(scene_fill(job.scene, job.size, job.chance, soften=0.003), job.scheme, 0.18)


def _areas(job: Job) -> tuple[Box, Box, Box | None]:
    """(card, photo on it, headline on it)."""
    width, height = job.size
    safe, pad = job.safe, job.short * 0.032
    if job.wide:
        size = job.product.frame(Box(0, 0, width * (0.36 if job.headline else 0.7), height * 0.74 - 2 * pad))
        wide = size[0] + 2 * pad + (width * 0.36 if job.headline else 0.0)
        left, top = (width - wide) / 2, (height - size[1]) / 2 - pad
        card = Box(left, top, left + wide, top + size[1] + 2 * pad)
        photo = Box(left + pad, top + pad, left + pad + size[0], top + pad + size[1])
        if not job.headline:
            return card, photo, None
        text = Box(photo.x1 + pad * 1.8, card.y0 + pad * 1.8, card.x1 - pad * 1.8, card.y1 - pad * 1.8)
        if job.mirrored:
            photo, text = (Box(width - b.x1, b.y0, width - b.x0, b.y1) for b in (photo, text))
        return card, photo, text
    wide = width * (0.78 if not job.tall else 0.8)
    tall = safe.height * (0.94 if job.tall else 0.98)
    depth = pad if not job.headline else safe.height * 0.17 + pad * 2.9
    size = job.product.frame(Box(0, 0, wide - 2 * pad, min(tall - pad - depth, (wide - 2 * pad) * 1.15)))
    headline = fit_headline(job, Box(0, 0, size[0] - pad * 0.4, safe.height * 0.17), lines=3)
    if headline is not None:
        # The headline may be lower than the room kept for it: the photo takes what is left.
        depth = headline.height + pad * 2.9
        size = job.product.frame(Box(0, 0, size[0], min(tall - pad - depth, size[0] * 1.15)))
    wide, tall = size[0] + 2 * pad, size[1] + pad + depth
    left, top = (width - wide) / 2, (safe.y0 + safe.y1 - tall) / 2
    card = Box(left, top, left + wide, top + tall)
    photo = Box(card.x0 + pad, card.y0 + pad, card.x1 - pad, card.y0 + pad + size[1])
    if headline is None:
        return card, photo, None
    middle = (photo.y1 + card.y1) / 2
    half = headline.height / 2 + 1
    return card, photo, Box(card.x0 + pad * 1.2, middle - half, card.x1 - pad * 1.2, middle + half)
