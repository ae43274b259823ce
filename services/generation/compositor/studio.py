"""Studio: the product alone on a seamless sweep of the scheme's colour, a disc of light behind it."""

from __future__ import annotations

from PIL import Image, ImageDraw

from services.generation.compositor.canvas import Canvas, fit_headline, put_headline
from services.generation.compositor.colour import lch, mix
from services.generation.compositor.cutout import CutOut
from services.generation.compositor.job import Job
from services.generation.compositor.smartcrop import Box
from services.generation.compositor.standing import stand, standing, window
from services.generation.compositor.surfaces import sweep


def draw(job: Job) -> Canvas:
    light = mix(job.scheme.ground, (255, 255, 255), 0.10)
    canvas = Canvas(sweep(job.size, light, mix(job.scheme.ground, job.scheme.shade, 0.7), _light(job)))
    text, room, align, valign = _areas(job)
    if job.cut is not None:
        _disc(canvas, job, room, job.cut)
        stand(canvas, job, job.cut, room)
    else:
        window(canvas, job, room)
    put_headline(canvas, job, text, align, valign)
    return canvas


def _light(job: Job) -> tuple[float, float]:
    x = (0.3 if job.mirrored else 0.7) if job.wide else 0.5
    return x + 0.16 * (job.chance - 0.5), 0.45 if job.wide else 0.6


def _areas(job: Job) -> tuple[Box, Box, str, str]:
    """Headline below the product on square and tall pages, beside it on wide ones."""
    width, height = job.size
    safe = job.safe
    if not job.headline:
        return safe, Box(safe.x0, safe.y0, safe.x1, height - job.margin * 1.2), "left", "top"
    if job.wide:
        text = Box(safe.x0, safe.y0, safe.x0 + safe.width * 0.48, safe.y1)
        room = Box(text.x1 + job.margin * 0.4, job.margin, safe.x1, height - job.margin * 1.3)
        if job.mirrored:
            text, room = (Box(width - b.x1, b.y0, width - b.x0, b.y1) for b in (text, room))
        return text, room, "left", "bottom" if job.options.get("headline") == "bottom" else "middle"
    align = "centre" if job.centred else "left"
    area = Box(safe.x0, safe.y1 - safe.height * 0.26, safe.x1, safe.y1)
    headline = fit_headline(job, area)
    if job.cut is not None and job.cut.edges.bottom:  # it stands on the page's edge: words go above
        above = Box(safe.x0, safe.y0, safe.x1, safe.y0 + safe.height * 0.26)
        start = safe.y0 + (headline.height if headline else 0) + job.margin
        return above, Box(safe.x0, start, safe.x1, height), align, "top"
    start = safe.y1 - (headline.height if headline else 0)
    room = Box(safe.x0, safe.y0 + (0 if job.tall else job.margin * 0.1), safe.x1, start - job.margin)
    return area, room, align, "bottom"


def _disc(canvas: Canvas, job: Job, room: Box, cut: CutOut) -> None:
    """A large circle behind the product: it gives a lone product a place on the page."""
    at, size = standing(job, cut, room)
    cx = at[0] + size[0] / 2
    edge = min(cx, job.size[0] - cx) - job.margin
    radius = max(min(max(size) * 0.56, room.height * 0.47, edge), min(size) * 0.5)
    cy = at[1] + size[1] - radius * 1.05
    side = max(round(radius * 4), 4)
    mask = Image.new("L", (side, side), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), fill=235)
    mask = mask.resize((max(side // 2, 1), max(side // 2, 1)), Image.Resampling.BOX)
    # Lighter than the ground, whatever it is: light behind a product, never a grey mixture of two hues.
    colour = mix(job.scheme.ground, (255, 255, 255), 0.12 if lch(job.scheme.ground)[0] < 0.5 else 0.42)
    canvas.image.paste(colour, (round(cx - mask.width / 2), round(cy - mask.height / 2)), mask)
