"""Where a photo lies in the picture: covering it, or around the product that keeps its pixels.

A frame is made for the delivered size in whole pixels and can be told for the decoder's size, so that
what is painted around the product and the product pasted in at the end lie on each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from services.generation.compositor.smartcrop import DECENT_UPSCALE, Box, Edges
from services.generation.kandinsky.sizes import crop_box

MARGIN = 0.07
"""Of the picture's side that stays free beside a whole product."""

LEAST_SPAN = 0.5
"""Of the tighter side that a product spans at least: smaller, an ad shows a speck."""

CENTRE = (0.5, 0.53)
"""Where the product's centre comes to lie: a little below the middle, as things stand."""

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Frame:
    """The whole photo lies in `box` (px of a picture of `size`), which may reach beyond the picture."""

    size: Size
    box: Box

    def at(self, made: Size) -> Frame:
        """The same frame in a picture of `made`, of which `sizes.deliver` makes one of `size`."""
        left, top, right, _ = crop_box(made, self.size)
        scale = (right - left) / self.size[0]
        x0, y0, x1, y1 = (value * scale for value in self.box)
        return Frame(made, Box(left + x0, top + y0, left + x1, top + y1))

    def draw(self, photo: Image.Image, canvas: Image.Image) -> Image.Image:
        """`canvas` (of `size`; changed and returned) with `photo` laid into its box (Lanczos)."""
        x0, y0, x1, y1 = self.box.ints()
        left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, self.size[0]), min(y1, self.size[1])
        if right <= left or bottom <= top:
            return canvas
        across, down = photo.width / (x1 - x0), photo.height / (y1 - y0)
        seen = ((left - x0) * across, (top - y0) * down, (right - x0) * across, (bottom - y0) * down)
        part = photo.resize((right - left, bottom - top), Image.Resampling.LANCZOS, box=seen)
        canvas.paste(part, (left, top))
        return canvas


def covering(photo: Size, product: Box, size: Size) -> Frame:
    """The photo covers a picture of `size`; of what is cut off, as little as can be is `product`."""
    scale = max(size[0] / photo[0], size[1] / photo[1])
    width, height = photo[0] * scale, photo[1] * scale
    x = min(0.0, max(size[0] - width, size[0] / 2 - product.centre[0] * scale))
    y = min(0.0, max(size[1] - height, size[1] / 2 - product.centre[1] * scale))
    return _whole(size, x, y, width, height)


def around(photo: Size, product: Box, edges: Edges, size: Size) -> Frame:
    """The product lies whole in a picture of `size`, where all else is to be painted.

    As large as in the photo covering the picture, but no larger than the margins allow and, within what
    looks decent, no smaller than LEAST_SPAN. A side that the photo cuts lies on the picture's edge.
    """
    free = 1 - MARGIN * (2 - edges.left - edges.right), 1 - MARGIN * (2 - edges.top - edges.bottom)
    room = size[0] / max(product.width, 1), size[1] / max(product.height, 1)
    largest = min(room[0] * free[0], room[1] * free[1])
    wanted = max(size[0] / photo[0], size[1] / photo[1])
    least = min(LEAST_SPAN * min(room), max(wanted, DECENT_UPSCALE))
    scale = min(max(wanted, least), largest)
    if edges.left and edges.right:
        scale = max(scale, size[0] / photo[0])
    if edges.top and edges.bottom:
        scale = max(scale, size[1] / photo[1])
    width, height = photo[0] * scale, photo[1] * scale
    centre = product.centre[0] * scale, product.centre[1] * scale
    x = _anchored(size[0], width, centre[0], CENTRE[0], edges.left, edges.right)
    y = _anchored(size[1], height, centre[1], CENTRE[1], edges.top, edges.bottom)
    return _whole(size, x, y, width, height)


def _anchored(side: float, photo: float, centre: float, focus: float, first: bool, last: bool) -> float:
    """Where the photo begins on one axis: at the picture's edge on a side that is cut, else by the centre."""
    if first == last:  # neither side is cut, or both are and the photo covers this axis
        wanted = side * focus - centre
        return wanted if not first else min(0.0, max(side - photo, wanted))
    return 0.0 if first else side - photo


def _whole(size: Size, x: float, y: float, width: float, height: float) -> Frame:
    x0, y0 = round(x), round(y)
    return Frame(size, Box(x0, y0, x0 + max(round(width), 1), y0 + max(round(height), 1)))
