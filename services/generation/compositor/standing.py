"""A product set up on the page: its cut-out standing there, or its photo in a window."""

from __future__ import annotations

from PIL import Image

from services.generation.compositor.canvas import Canvas
from services.generation.compositor.cutout import CutOut
from services.generation.compositor.harmonise import harmonise, light_wrap
from services.generation.compositor.job import Job
from services.generation.compositor.photo_fill import extend, photo_fill
from services.generation.compositor.shadow import drop_shadow, ground_shadow
from services.generation.compositor.smartcrop import DECENT_UPSCALE, Box
from services.generation.compositor.surfaces import arch, rounded


def standing(job: Job, cut: CutOut, room: Box) -> tuple[tuple[int, int], tuple[int, int]]:
    """(top left corner, size) of the cut-out standing in `room`."""
    floor = float(job.size[1]) if cut.edges.bottom else room.y1
    scale = min(room.width / cut.image.width, (floor - room.y0) / cut.image.height, DECENT_UPSCALE)
    size = (max(round(cut.image.width * scale), 1), max(round(cut.image.height * scale), 1))
    x = room.x0 + (room.width - size[0]) * _across(job)
    x = 0.0 if cut.edges.left else job.size[0] - size[0] if cut.edges.right else x
    at = (round(x), round(floor - size[1]))
    return at, size


def stand(canvas: Canvas, job: Job, cut: CutOut, room: Box) -> Box:
    """Stand the cut-out in `room`, its feet on the room's floor, lit like what is behind it. A product that
    its photo had cut off below stands on the page's lower edge: anywhere else the cut would show."""
    at, size = standing(job, cut, room)
    picture = _sized(cut.image, size)
    around = canvas.image.crop((at[0], at[1], at[0] + size[0], at[1] + size[1]))
    picture = light_wrap(harmonise(picture, around), around, max(job.short * 0.008, 1))
    if not cut.edges.bottom:
        lean = 0.5 if job.mirrored else -0.5
        canvas.paste(ground_shadow(job.size, picture.getchannel("A"), at, job.palette.ink, lean), (0, 0))
    canvas.paste(picture, at)
    return Box(at[0], at[1], at[0] + size[0], at[1] + size[1])


def _across(job: Job) -> float:
    """Place of the product in its room, 0 left, 1 right: a product alone is off the middle."""
    if job.wide or job.centred:
        return 0.5
    return 0.36 if job.mirrored else 0.64


def _sized(cut: Image.Image, size: tuple[int, int]) -> Image.Image:
    """RGBA at `size`; colours and outline resampled apart, so that no dark rim appears."""
    # No sharpening here: it would draw the outline's last trace of the old background out again.
    rgb = cut.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    alpha = cut.getchannel("A").resize(size, Image.Resampling.BICUBIC)
    rgb.putalpha(alpha)
    return rgb


def window(canvas: Canvas, job: Job, room: Box) -> Box:
    """The whole photo in an arched window, where no cut-out is sure."""
    shape = Box(0, 0, min(room.width, room.height / 1.16), room.height)
    size = job.product.frame(shape if job.product.extendable else room)
    size = (size[0], min(size[1], round(size[0] * 1.5)))
    x = room.x0 + (room.width - size[0]) * _across(job)
    y = room.y1 - size[1] - (room.height - size[1]) * 0.5
    picture = photo_fill(job.product, size, job.scheme, (0.5, 0.56), fill=0.86)
    arched = size[1] > size[0] * 1.05 and job.product.extendable
    mask = arch(size) if arched else rounded(size, job.short * 0.03)
    if arched:
        floor = size[1] * (1.0 if job.product.edges.bottom else 0.94)
        room = Box(size[0] * 0.14, size[1] * 0.2, size[0] * 0.86, floor)
        picture = extend(job.product, size, room, job.scheme)
    at = (round(x), round(y))
    canvas.paste(drop_shadow(job.size, mask, at, (0, 0, 0), job.short * 0.04, 0.26), (0, 0))
    canvas.paste(picture, at, mask)
    return Box(at[0], at[1], at[0] + size[0], at[1] + size[1])
