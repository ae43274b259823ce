"""A photo as a large print on coloured ground: for photos too small or too tight to fill a page."""

from __future__ import annotations

from PIL import Image

from services.generation.compositor.canvas import Canvas, fit_headline, put_headline
from services.generation.compositor.job import Job
from services.generation.compositor.photo_fill import photo_fill
from services.generation.compositor.smartcrop import Box

WIDEST = 0.68
"""Share of a wide page's width that the photo may take to reach from top to bottom."""


def print_of(job: Job, size: tuple[int, int]) -> Image.Image:
    """The print itself, RGB of `size`, cropped a little closer or wider as the variant's chance has it."""
    return photo_fill(job.product, size, job.scheme, fill=0.8 + 0.15 * job.chance)


def draw_print(job: Job) -> Canvas:
    """The photo off three edges of the page where it is large enough, else as a print with margins; the
    headline on the ground that is left."""
    canvas = Canvas(Image.new("RGB", job.size, job.scheme.ground))
    photo, text, valign = _beside(job) if job.wide else _stacked(job)
    canvas.paste(print_of(job, (round(photo.width), round(photo.height))), photo[:2])
    put_headline(canvas, job, text, "centre" if job.centred and not job.wide else "left", valign)
    return canvas


def _beside(job: Job) -> tuple[Box, Box, str]:
    width, height = job.size
    safe, gap = job.safe, job.margin * 0.9
    size = job.product.frame(Box(0, 0, width * (WIDEST if job.headline else 1.0), height))
    narrower = job.product.frame(Box(0, 0, width * 0.6, height))
    size = narrower if narrower[1] >= height - 2 else size
    if size[1] >= height - 2:
        x = width - size[0] if job.headline else (width - size[0]) / 2
        photo = Box(round(x), 0, round(x) + size[0], height)
    else:
        size = job.product.frame(Box(0, 0, safe.width * (0.54 if job.headline else 1), safe.height))
        x = safe.x1 - size[0] if job.headline else (width - size[0]) / 2
        y = (height - size[1]) / 2
        photo = Box(round(x), round(y), round(x) + size[0], round(y) + size[1])
    text = Box(safe.x0, max(photo.y0, safe.y0), photo.x0 - gap, min(photo.y1, safe.y1))
    if job.mirrored:
        photo, text = (Box(width - b.x1, b.y0, width - b.x0, b.y1) for b in (photo, text))
    return photo, text, "bottom" if job.options.get("headline") == "bottom" else "top"


def _stacked(job: Job) -> tuple[Box, Box, str]:
    width, height = job.size
    safe, gap = job.safe, job.margin * 0.9
    depth = safe.height * 0.26
    headline = fit_headline(job, Box(safe.x0, 0, safe.x1, depth))
    taken = headline.height if headline else 0.0
    top = job.options.get("headline") == "top"
    # The page's part that a photo off three edges may take.
    start, end = (safe.y0 + taken + gap, float(height)) if top else (0.0, safe.y1 - taken - gap)
    if headline is None:
        start, end = 0.0, float(height)
    size = job.product.frame(Box(0, 0, width, end - start))
    if size[0] >= width - 2 and headline is not None:
        y = end - size[1] if top else start
        photo = Box(0, round(y), size[0], round(y) + size[1])
    else:
        room = Box(safe.x0, safe.y0, safe.x1, safe.y1 - (taken + gap if headline else 0))
        size = job.product.frame(room)
        x = room.x0 + (room.width - size[0]) * (0.5 if job.centred or headline is None else 0.0)
        # Picture and headline stay together, the pair in the middle of the page.
        y = room.y0 + (room.height - size[1]) / 2 + (taken + gap if headline and top else 0)
        photo = Box(round(x), round(y), round(x) + size[0], round(y) + size[1])
        if top:
            return photo, Box(safe.x0, photo.y0 - gap - taken - 1, safe.x1, photo.y0 - gap), "top"
        return photo, Box(safe.x0, photo.y1 + gap, safe.x1, photo.y1 + gap + taken + 1), "bottom"
    # In the middle of the ground that the photo leaves, never where a story's controls are.
    rest = (
        Box(safe.x0, safe.y0, safe.x1, photo.y0 - gap)
        if top
        else Box(safe.x0, photo.y1 + gap, safe.x1, safe.y1)
    )
    slack = max(rest.height - depth, 0) / 2
    return photo, Box(rest.x0, rest.y0 + slack, rest.x1, rest.y1 - slack), "middle"
