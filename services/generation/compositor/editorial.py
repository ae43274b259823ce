"""Editorial: a magazine page. Wide margins, a tall picture set off the middle, a large headline, one rule."""

from __future__ import annotations

from PIL import Image

from services.generation.compositor.canvas import Canvas, fit_headline, put_headline
from services.generation.compositor.job import Job
from services.generation.compositor.print_ import print_of
from services.generation.compositor.smartcrop import Box
from services.generation.compositor.surfaces import grade, scene_fill

RULE = 0.0028
"""Thickness of the rule as a share of the short side."""


def draw(job: Job) -> Canvas:
    canvas = Canvas(Image.new("RGB", job.size, job.scheme.ground))
    if job.wide:
        _wide(canvas, job)
    else:
        _tall(canvas, job)
    return canvas


def _tall(canvas: Canvas, job: Job) -> None:
    """Headline over the whole width, a rule, then the picture to one side with a small scene beside it."""
    safe, gap = job.safe, job.margin * 0.62
    headline = fit_headline(job, Box(0, 0, safe.width, safe.height * 0.27), lines=3)
    top = safe.y0
    if headline is not None:
        box = put_headline(canvas, job, Box(safe.x0, safe.y0, safe.x1, safe.y0 + safe.height * 0.27), lines=3)
        top = (box.y1 if box else top) + gap
        canvas.rule((safe.x0, top), safe.width, RULE * job.short, job.scheme.text)
        top += gap
    bottom = job.size[1] * 0.9 if job.tall else job.size[1] - job.margin
    room = Box(safe.x0, top, safe.x1, bottom)
    wide = safe.width * (0.68 if job.scene is not None else 0.78)
    size = job.product.frame(Box(0, 0, wide, room.height))
    if size[1] < room.height * 0.8:
        _stacked(canvas, job, room, gap)
        return
    x = safe.x0 if job.mirrored else safe.x1 - size[0]
    if not job.headline:
        x, bottom = (
            (x if job.scene is not None else (job.size[0] - size[0]) / 2),
            (room.y0 + room.y1 + size[1]) / 2,
        )
    photo = Box(round(x), round(bottom) - size[1], round(x) + size[0], round(bottom))
    canvas.paste(print_of(job, size), photo[:2])
    rest = safe.width - size[0] - gap
    if job.scene is not None and rest > safe.width * 0.16:
        inset = (round(rest), round(min(rest * 1.3, size[1])))
        x = photo.x1 + gap if job.mirrored else safe.x0
        canvas.paste(_scene(job, inset), (x, photo.y1 - inset[1]))


def _stacked(canvas: Canvas, job: Job, room: Box, gap: float) -> None:
    """A photo wider than the page is tall: it takes the foot of the page, the scene the space above it."""
    size = job.product.frame(room)
    x = room.x0 if job.mirrored else room.x1 - size[0]
    rest = room.height - size[1] - gap
    alone = not job.headline and (job.scene is None or rest <= job.short * 0.15)
    y = room.y0 + (room.height - size[1]) / 2 if alone else room.y1 - size[1]
    canvas.paste(print_of(job, size), (x, y))
    if job.scene is not None and rest > job.short * 0.15:
        wide = min(room.width, rest * 1.9)
        x = room.x1 - wide if job.mirrored else room.x0
        canvas.paste(_scene(job, (round(wide), round(rest))), (x, room.y0))


def _scene(job: Job, size: tuple[int, int]) -> Image.Image:
    if job.scene is None:
        return Image.new("RGB", size, job.scheme.shade)
    return grade(scene_fill(job.scene, size, job.chance), job.scheme, 0.12)


def _wide(canvas: Canvas, job: Job) -> None:
    """Picture to one side, headline and small scene stacked on the other."""
    safe, gap = job.safe, job.margin * 0.8
    width = job.size[0]
    room = Box(0, 0, safe.width * (0.48 if job.headline else 0.66), safe.height)
    size = job.product.frame(room)
    photo = Box(safe.x1 - size[0], safe.y0 + (safe.height - size[1]) / 2, safe.x1, 0)
    text = Box(safe.x0, safe.y0, photo.x0 - gap * 1.4, safe.y1)
    inset = Box(text.x0, safe.y1 - safe.height * 0.36, text.x0 + safe.height * 0.36 * 1.25, safe.y1)
    if job.mirrored:
        photo, text, inset = (Box(width - b.x1, b.y0, width - b.x0, b.y1) for b in (photo, text, inset))
        inset = Box(text.x0, inset.y0, text.x0 + inset.width, inset.y1)
    canvas.paste(print_of(job, size), photo[:2])
    area = text if job.scene is None else Box(text.x0, text.y0, text.x1, inset.y0 - gap * 1.4)
    if job.headline:
        canvas.rule((text.x0, text.y0), text.width, RULE * job.short, job.scheme.text)
        put_headline(canvas, job, Box(area.x0, area.y0 + gap * 0.8, area.x1, area.y1), lines=4)
    if job.scene is not None:
        canvas.paste(_scene(job, (round(inset.width), round(inset.height))), inset[:2])
