"""Mood board: photos and retrieved images, each as large as its weight, with the headline and swatches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from services.generation.compositor.canvas import Canvas, fit_headline, put_headline
from services.generation.compositor.colour import to_oklab
from services.generation.compositor.job import Job
from services.generation.compositor.photo_fill import photo_fill
from services.generation.compositor.product import Product
from services.generation.compositor.smartcrop import Box
from services.generation.compositor.surfaces import grade, scene_fill
from services.generation.compositor.treemap import squarify

TILES = 7
"""More than this and the small ones turn to stamps. The product and the heaviest are shown."""

GUTTER = 0.014
"""Space between tiles as a share of the short side."""


@dataclass(frozen=True)
class Tile:
    """One picture of the board with its weight and its place (px, before the gutter is taken off)."""

    weight: float
    content: Product | Image.Image
    box: Box


def draw(job: Job) -> Canvas:
    canvas = Canvas(Image.new("RGB", job.size, job.scheme.ground))
    board, band = _areas(job)
    half = GUTTER * job.short / 2
    for tile in tiles(job, board.inset(-half)):
        x0, y0, x1, y1 = tile.box.inset(half).ints()
        size = (max(x1 - x0, 1), max(y1 - y0, 1))
        canvas.paste(_picture(job, tile.content, size), (x0, y0))
    if band is not None:
        _caption(canvas, job, band)
    return canvas


def tiles(job: Job, board: Box) -> list[Tile]:
    """The board's tiles, heaviest first; their areas are proportional to their weights."""
    hero: tuple[float, Product | Image.Image] = (job.weight, job.product)
    rest: list[tuple[float, Product | Image.Image]] = [
        *job.others,
        *((r.weight, r.image) for r in job.references),
    ]
    if hero[0] <= 0:  # the user gave the photo no weight: it is still what the ad is for
        hero = (max((w for w, _ in rest), default=1.0), job.product)
    rest = sorted(rest, key=lambda part: -part[0])[: TILES - 1]
    parts = sorted([hero, *rest], key=lambda part: -part[0])
    weights = [w for w, _ in parts]
    boxes = _arranged(job, weights, [c is job.product for _, c in parts].index(True), board)
    if job.mirrored:
        boxes = [Box(board.x0 + board.x1 - b.x1, b.y0, board.x0 + board.x1 - b.x0, b.y1) for b in boxes]
    return [Tile(w, content, box) for (w, content), box in zip(parts, boxes, strict=True)]


def _arranged(job: Job, weights: list[float], hero: int, board: Box) -> list[Box]:
    """Of the tilings in proportion, the one whose tile for the product suits its photo best and whose
    others are not strips: squarified, or the product with one or no companion in a column or a row of
    its own and the rest squarified beside it."""
    options = [squarify(weights, board)]
    others = [i for i in range(len(weights)) if i != hero]
    groups = [[hero], *([hero, i] for i in others)] if others else []
    for group in groups:
        rest = [i for i in others if i not in group]
        options += [_grouped(weights, group, rest, board, column) for column in (True, False) if rest]
    return min(options, key=lambda boxes: _misfit(job, boxes, hero))


def _grouped(weights: list[float], group: list[int], rest: list[int], board: Box, column: bool) -> list[Box]:
    """Tiles in the order of `weights`: `group` stacked in a column (or a row) at the start of `board`."""
    share = sum(weights[i] for i in group) / sum(weights)
    boxes = [board] * len(weights)
    x, y = board.x0 + board.width * share, board.y0 + board.height * share
    first = Box(board.x0, board.y0, x, board.y1) if column else Box(board.x0, board.y0, board.x1, y)
    left = Box(x, board.y0, board.x1, board.y1) if column else Box(board.x0, y, board.x1, board.y1)
    start = first.y0 if column else first.x0
    for i in group:
        part = weights[i] / sum(weights[j] for j in group)
        end = start + part * (first.height if column else first.width)
        boxes[i] = Box(first.x0, start, first.x1, end) if column else Box(start, first.y0, end, first.y1)
        start = end
    for i, box in zip(rest, squarify([weights[i] for i in rest], left), strict=True):
        boxes[i] = box
    return boxes


def _misfit(job: Job, boxes: list[Box], hero: int) -> float:
    """How much of its tile the product's photo would leave empty, and how stretched the tiles are."""
    tile = boxes[hero]
    width, height = job.product.frame(tile)
    stretched = [max(b.width / b.height, b.height / b.width) for b in boxes]
    return (
        5 * (1 - width * height / (tile.width * tile.height)) + 0.4 * max(stretched) + 0.5 * stretched[hero]
    )


def _areas(job: Job) -> tuple[Box, Box | None]:
    """(the pictures' area, the caption's)."""
    page = job.page.inset(job.margin)
    safe = job.safe
    gap = job.margin * 0.7
    if not job.headline:
        return page, None
    if job.wide:
        band = Box(safe.x0, page.y0, safe.x0 + safe.width * 0.30, page.y1)
        return Box(band.x1 + gap, page.y0, page.x1, page.y1), band
    headline = fit_headline(job, Box(0, 0, safe.width, safe.height * 0.2), lines=3)
    depth = (headline.height if headline else 0) + gap * 2.1 + job.short * 0.026
    if job.tall:  # the platform's controls cover the foot of a story: words above, pictures below
        return Box(page.x0, safe.y0 + depth + gap, page.x1, page.y1), Box(
            safe.x0, safe.y0 - gap, safe.x1, safe.y0 + depth
        )
    bottom = page.y1 - gap * 0.2
    return Box(page.x0, page.y0, page.x1, bottom - depth), Box(page.x0, bottom - depth, page.x1, bottom)


def _caption(canvas: Canvas, job: Job, band: Box) -> None:
    """Headline and a row of the product's own colours."""
    dot = job.short * 0.026
    gap = job.margin * 0.7
    if job.wide:
        text = Box(band.x0, band.y0, band.x1, band.y1 - dot - gap)
        put_headline(canvas, job, text, "left", "top", lines=6)
        _swatches(canvas, job, band.x0, band.y1 - dot, dot)
        return
    headline = fit_headline(job, Box(0, 0, job.safe.width, job.safe.height * 0.2), lines=3)
    depth = headline.height + 1 if headline else 0
    text = Box(band.x0, band.y0 + gap, band.x1, band.y0 + gap + depth)
    put_headline(canvas, job, text, "left", "top", lines=3)
    _swatches(canvas, job, band.x0, band.y1 - dot, dot)


def _swatches(canvas: Canvas, job: Job, x: float, y: float, size: float) -> None:
    pen = ImageDraw.Draw(canvas.image)
    ground = to_oklab(np.array(job.scheme.ground, np.uint8))
    seen = [
        c for c in job.palette.swatches if np.linalg.norm(to_oklab(np.array(c, np.uint8)) - ground) > 0.05
    ]
    for colour in seen[:5]:
        pen.rectangle((round(x), round(y), round(x + size * 1.9) - 1, round(y + size) - 1), fill=colour)
        x += size * 1.9


def _picture(job: Job, content: Product | Image.Image, size: tuple[int, int]) -> Image.Image:
    if isinstance(content, Product):
        return photo_fill(content, size, job.scheme, fill=0.86)
    return grade(scene_fill(content, size, job.chance), job.scheme, 0.10)
