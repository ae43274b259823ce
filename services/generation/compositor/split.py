"""Split: the photo on one side, on the other a retrieved scene over a panel with the headline."""

from __future__ import annotations

from PIL import Image

from services.generation.compositor.canvas import Canvas, put_headline
from services.generation.compositor.job import Job
from services.generation.compositor.print_ import print_of
from services.generation.compositor.smartcrop import Box
from services.generation.compositor.surfaces import grade, scene_fill, sweep

SHARES = (0.56, 0.6, 0.64, 0.5, 0.68)
"""The product's part of the page, best first: a little over half, so that it leads; the first that the
photo can fill is taken."""


def draw(job: Job) -> Canvas:
    canvas = Canvas(Image.new("RGB", job.size, job.scheme.ground))
    photo, scene, panel = _areas(job)
    size = (round(photo.x1) - round(photo.x0), round(photo.y1) - round(photo.y0))
    canvas.paste(print_of(job, size), photo[:2])
    if scene is not None and scene.width >= 1 and scene.height >= 1:
        size = (round(scene.x1) - round(scene.x0), round(scene.y1) - round(scene.y0))
        canvas.paste(_scene(job, size), scene[:2])
    if job.headline:
        safe = job.safe
        pad = job.margin * (0.8 if job.wide else 0.7)
        area = panel.inset(pad)
        area = Box(max(area.x0, safe.x0), max(area.y0, safe.y0), min(area.x1, safe.x1), min(area.y1, safe.y1))
        valign = "middle" if scene is not None else "bottom"
        put_headline(canvas, job, area, "left", valign, lines=5)
    return canvas


def _areas(job: Job) -> tuple[Box, Box | None, Box]:
    """(photo, scene, headline panel). Beside each other on wide pages, above each other on tall ones."""
    width, height = job.size
    if _columns(job):
        at = width * _share(job, columns=True)
        photo, rest = Box(0, 0, at, height), Box(at, 0, width, height)
        scene, panel = Box(rest.x0, 0, rest.x1, height * 0.5), Box(rest.x0, height * 0.5, rest.x1, height)
        if job.tall:
            scene, panel = (
                Box(rest.x0, 0, rest.x1, height * 0.42),
                Box(rest.x0, height * 0.42, rest.x1, height * 0.8),
            )
    else:
        at = height * _share(job, columns=False)
        photo, rest = Box(0, 0, width, at), Box(0, at, width, height)
        scene, panel = Box(0, at, width * 0.38, height), Box(width * 0.38, at, width, height)
    if job.mirrored:
        photo, scene, panel, rest = (
            Box(width - b.x1, b.y0, width - b.x0, b.y1) for b in (photo, scene, panel, rest)
        )
    if not job.headline:
        return photo, rest, rest
    if job.scene is None:
        return photo, None, rest
    return photo, scene, panel


def _columns(job: Job) -> bool:
    """Beside each other: always on wide pages, else as the recipe says where the photo suits a column."""
    if job.wide:
        return True
    if job.options.get("split") != "columns":
        return False
    return _filled(job, _share(job, True), True) >= _filled(job, _share(job, False), False) - 0.1


def _share(job: Job, columns: bool) -> float:
    shares = (0.5, 0.56, 0.44) if job.tall and not columns else SHARES
    return max(shares, key=lambda share: _filled(job, share, columns))


def _filled(job: Job, share: float, columns: bool) -> float:
    """How much of the photo's part of the page the photo fills, 0..1."""
    width, height = job.size
    area = Box(0, 0, width * share, height) if columns else Box(0, 0, width, height * share)
    size = job.product.frame(area)
    return round(size[0] * size[1] / (area.width * area.height), 2)


def _scene(job: Job, size: tuple[int, int]) -> Image.Image:
    if job.scene is None:
        return sweep(size, job.scheme.ground, job.scheme.shade)
    return grade(scene_fill(job.scene, size, job.chance), job.scheme, 0.16)
