"""Crops and placements that never cut the product.

A photo covers an area only where a crop of that shape holds the whole product box, at a scale that is
still decent; otherwise it is fitted, and the caller extends its background. An edge of the photo that
already cuts the product (a torso, a hand) has to lie on an edge of the area: floating, the cut shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

DECENT_UPSCALE = 2.7
"""Beyond this a photo is visibly soft, sharpened or not; it is framed smaller instead."""

ROUNDING = 1.012
"""Leeway for whole pixels: a crop may differ this much from its target's shape, and is stretched to it
(nobody sees 1 %), rather than cut a product that fills its photo."""


class Box(NamedTuple):
    """A rectangle in px: left, top, right, bottom; right and bottom are exclusive."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def inset(self, dx: float, dy: float | None = None) -> Box:
        """Smaller by `dx` left and right, `dy` top and bottom (like `dx` where not given)."""
        dy = dx if dy is None else dy
        return Box(self.x0 + dx, self.y0 + dy, self.x1 - dx, self.y1 - dy)

    def holds(self, other: Box, slack: float = 1e-6) -> bool:
        return (
            self.x0 <= other.x0 + slack
            and self.y0 <= other.y0 + slack
            and self.x1 >= other.x1 - slack
            and self.y1 >= other.y1 - slack
        )

    def ints(self) -> tuple[int, int, int, int]:
        return round(self.x0), round(self.y0), round(self.x1), round(self.y1)


@dataclass(frozen=True, slots=True)
class Edges:
    """Which edges of the photo cut through the product."""

    left: bool = False
    top: bool = False
    right: bool = False
    bottom: bool = False


def cover_crop(
    photo: tuple[int, int],
    product: Box,
    target: tuple[int, int],
    focus: tuple[float, float] = (0.5, 0.5),
    fill: float = 0.8,
    upscale: float = DECENT_UPSCALE,
) -> Box | None:
    """The crop of `photo` (width, height) that covers `target` and holds `product` whole, or None.

    The product's centre comes as near as it can to `focus` (0..1 of the target) and the product spans
    about `fill` of the tighter side. None where no such crop exists or it needs more than `upscale`.
    The crop has the target's shape within ROUNDING.
    """
    width, height = photo
    aspect = _feasible(photo, product, target[0] / target[1])
    largest = min(width, height * aspect)
    if not 1 / ROUNDING <= aspect * target[1] / target[0] <= ROUNDING:
        return None
    if target[0] / largest > upscale * ROUNDING:
        return None
    needed = max(product.width, product.height * aspect)
    wide = min(max(needed / fill, target[0] / upscale), largest)
    tall = wide / aspect
    cx, cy = product.centre
    x = _slide(cx - focus[0] * wide, product.x0, product.x1, wide, width)
    y = _slide(cy - focus[1] * tall, product.y0, product.y1, tall, height)
    return Box(x, y, x + wide, y + tall)


def _slide(wish: float, start: float, end: float, span: float, limit: float) -> float:
    """`wish` moved until [wish, wish + span] holds [start, end] and lies in [0, limit]."""
    low, high = max(end - span, 0.0), min(start, limit - span)
    return min(max(wish, low), max(high, low))


def frame_size(
    photo: tuple[int, int],
    product: Box,
    room: tuple[float, float],
    free: bool = False,
    upscale: float = DECENT_UPSCALE,
) -> tuple[int, int]:
    """The largest frame (width, height) in `room` that the photo can cover with its product whole.

    Its shape is the room's where a crop allows it, else the nearest that does. `free`: the background
    can be extended, so any shape will do.
    """
    aspect = room[0] / room[1]
    if not free:
        aspect = _feasible(photo, product, aspect)
    wide = min(room[0], room[1] * aspect)
    if not free:
        wide = min(wide, upscale * min(photo[0], photo[1] * aspect))
    width = max(int(wide), 1)
    return width, max(min(round(width / aspect), int(room[1] + 0.5)), 1)


def _feasible(photo: tuple[int, int], product: Box, aspect: float) -> float:
    """The shape nearest to `aspect` (width to height) of a crop that holds the product."""
    return min(max(aspect, product.width / photo[1]), photo[0] / product.height)


def product_scale(
    photo: tuple[int, int], product: Box, room: Box, edges: Edges, upscale: float = DECENT_UPSCALE
) -> float:
    """The scale at which the product box fits `room`, no larger than is decent."""
    return min(room.width / product.width, room.height / product.height, upscale)


def place(
    photo: tuple[int, int],
    product: Box,
    edges: Edges,
    area: Box,
    room: Box,
    upscale: float = DECENT_UPSCALE,
) -> Box:
    """Where the whole photo lands so that its product stands in `room`, inside `area`; px.

    The product is centred across in `room` and stands on its floor, then edges that cut the product
    are moved onto the edges of `area`. The photo may reach beyond `area`, the product never does
    (unless it is cut on both sides and has to span the area).
    """
    scale = product_scale(photo, product, room, edges, upscale)
    x = (room.x0 + room.x1) / 2 - product.centre[0] * scale
    y = room.y1 - product.y1 * scale
    if edges.left:
        x = area.x0
    elif edges.right:
        x = area.x1 - photo[0] * scale
    if edges.bottom:
        y = area.y1 - photo[1] * scale
    elif edges.top:
        y = area.y0
    return Box(x, y, x + photo[0] * scale, y + photo[1] * scale)
