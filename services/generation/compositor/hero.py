"""Hero: the product photo over the whole page, the headline on it.

A plain or transparent background goes on to the page's edges. A photo that can be cropped at a decent
scale covers the page. Any other photo is shown as a large print on the scheme's ground.
"""

from __future__ import annotations

from services.generation.compositor.canvas import Canvas, fit_headline, put_headline
from services.generation.compositor.job import Job
from services.generation.compositor.photo_fill import extend
from services.generation.compositor.print_ import draw_print
from services.generation.compositor.smartcrop import Box, cover_crop
from services.generation.compositor.surfaces import resample


def draw(job: Job) -> Canvas:
    if job.product.extendable:
        return _extended(job)
    position = job.options.get("headline", "bottom")
    focus = _focus(job, position)
    crop = cover_crop(job.product.size, job.product.box, job.size, focus, fill=0.58 + 0.1 * job.chance)
    if crop is None:
        return draw_print(job)
    canvas = Canvas(resample(job.product.image.convert("RGB"), job.size, crop))
    k = job.size[0] / crop.width
    box = job.product.box
    keep = Box((box.x0 - crop.x0) * k, (box.y0 - crop.y0) * k, (box.x1 - crop.x0) * k, (box.y1 - crop.y0) * k)
    area, align, valign, toward = _text_area(job, position)
    put_headline(canvas, job, area, align, valign, toward=toward, keep=keep)
    return canvas


def _focus(job: Job, position: str) -> tuple[float, float]:
    """Where the product goes: away from the headline."""
    if not job.headline:
        return 0.5, 0.5
    if job.wide:
        return (0.32, 0.5) if job.mirrored else (0.68, 0.5)
    return (0.5, 0.62) if position == "top" else (0.5, 0.38)


def _text_area(job: Job, position: str) -> tuple[Box, str, str, str]:
    safe = job.safe
    align = "centre" if job.centred else "left"
    if job.wide:
        half = safe.width * 0.44
        area = (
            Box(safe.x1 - half, safe.y0, safe.x1, safe.y1)
            if job.mirrored
            else Box(safe.x0, safe.y0, safe.x0 + half, safe.y1)
        )
        side = "right" if job.mirrored else "left"
        return area, "left", "bottom" if position == "bottom" else "top", f"{side} top bottom"
    room = safe.height * (0.30 if job.tall else 0.34)
    if position == "top":
        return Box(safe.x0, safe.y0, safe.x1, safe.y0 + room), align, "top", "top"
    return Box(safe.x0, safe.y1 - room, safe.x1, safe.y1), align, "bottom", "bottom"


def _extended(job: Job) -> Canvas:
    area, room, align, valign = _stage(job)
    breath = 0.04 * job.chance * room.height
    room = Box(room.x0, room.y0 + breath, room.x1, room.y1)
    canvas = Canvas(extend(job.product, job.size, room, job.scheme).convert("RGB"))
    put_headline(canvas, job, area, align, valign, toward="top")
    return canvas


def _stage(job: Job) -> tuple[Box, Box, str, str]:
    """(headline's area, product's room, alignment, vertical alignment) on an endless background."""
    width, height = job.size
    safe, gap = job.safe, job.margin * 0.8
    standing = job.product.edges.bottom
    floor = height if standing else (safe.y1 if job.tall else height - job.margin)
    if not job.headline:
        return safe, Box(job.margin, job.margin * 1.2, width - job.margin, floor), "left", "top"
    if job.wide:
        split = safe.x0 + safe.width * 0.47
        text, room = Box(safe.x0, safe.y0, split, safe.y1), Box(split + gap, job.margin, safe.x1, floor)
        if job.mirrored:
            text = Box(width - text.x1, text.y0, width - text.x0, text.y1)
            room = Box(width - room.x1, room.y0, width - room.x0, room.y1)
        return text, room, "left", "middle"
    depth = safe.height * (0.24 if job.tall else 0.27)
    align = "centre" if job.centred else "left"
    if job.options.get("headline") == "bottom" and not standing:
        text = Box(safe.x0, safe.y1 - depth, safe.x1, safe.y1)
        return text, Box(safe.x0, safe.y0, safe.x1, text.y0 - gap), align, "bottom"
    text = Box(safe.x0, safe.y0, safe.x1, safe.y0 + depth)
    headline = fit_headline(job, text)
    start = text.y0 + (headline.height if headline else 0) + gap
    aside = 0.0 if job.centred else safe.width * (-0.26 if job.mirrored else 0.26)
    room = Box(safe.x0 + max(aside, 0), start, safe.x1 + min(aside, 0), floor)
    return text, room, align, "top"
