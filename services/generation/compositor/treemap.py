"""Squarified treemaps (Bruls, Huizing and van Wijk, 2000): areas in proportion, tiles near to square."""

from __future__ import annotations

from collections.abc import Sequence

from services.generation.compositor.smartcrop import Box


def squarify(weights: Sequence[float], area: Box) -> list[Box]:
    """One box per weight, in the order given, that tile `area`; box areas are proportional to weights.

    Weights must be > 0 and fall (not rise) from first to last for near-square tiles.
    """
    scale = area.width * area.height / sum(weights)
    todo = [w * scale for w in weights]
    boxes: list[Box] = []
    rest = area
    while todo:
        side = min(rest.width, rest.height)
        row = 1
        while row < len(todo) and _worst(todo[: row + 1], side) <= _worst(todo[:row], side):
            row += 1
        placed, rest = _lay(todo[:row], rest)
        boxes += placed
        todo = todo[row:]
    return boxes


def _worst(areas: Sequence[float], side: float) -> float:
    """The least square tile's ratio of sides in a row of these areas along `side`."""
    total = sum(areas)
    return max(max(side**2 * a / total**2, total**2 / (side**2 * a)) for a in areas)


def _lay(areas: Sequence[float], rest: Box) -> tuple[list[Box], Box]:
    """A row along the shorter side of `rest`, and what is left of it."""
    total = sum(areas)
    boxes: list[Box] = []
    if rest.width >= rest.height:
        thick = total / rest.height
        y = rest.y0
        for a in areas:
            boxes.append(Box(rest.x0, y, rest.x0 + thick, y + a / thick))
            y += a / thick
        return boxes, Box(rest.x0 + thick, rest.y0, rest.x1, rest.y1)
    thick = total / rest.width
    x = rest.x0
    for a in areas:
        boxes.append(Box(x, rest.y0, x + a / thick, rest.y0 + thick))
        x += a / thick
    return boxes, Box(rest.x0, rest.y0 + thick, rest.x1, rest.y1)
