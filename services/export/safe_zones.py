"""Where platforms cover or cut an ad: the margins of each placement, and a picture that shows them.

Figures are the platforms' own advice as of 2026; they change, so each names its source.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw

from services.domain import Placement
from services.generation.compositor.fonts import Face
from services.generation.compositor.job import STORY_BOTTOM, STORY_TOP

VEIL = (18, 16, 14)
VEIL_OPACITY = 0.55
EDGE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class SafeZone:
    """Margins as shares of the width (left, right) and height (top, bottom) that are not safe for text,
    logo or product. `name` is the surface; `source` says who advises it."""

    name: str
    top: float
    right: float
    bottom: float
    left: float
    source: str

    def box(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """What stays free, in px: left, top, right, bottom."""
        width, height = size
        return (
            round(self.left * width),
            round(self.top * height),
            round((1 - self.right) * width),
            round((1 - self.bottom) * height),
        )


_META = "Meta Business Help Centre: safe zones for Stories and Reels ads"
_GOOGLE = "Google Ads Help: image assets, keep what matters in the central 80 %"

SAFE_ZONES: dict[Placement, tuple[SafeZone, ...]] = {
    Placement.SQUARE: (SafeZone("Google Display", 0.10, 0.10, 0.10, 0.10, _GOOGLE),),
    Placement.PORTRAIT: (SafeZone("Google Display", 0.10, 0.10, 0.10, 0.10, _GOOGLE),),
    Placement.STORY: (
        SafeZone("Stories", STORY_TOP, 0.06, STORY_BOTTOM, 0.06, _META),
        SafeZone("Reels", 0.14, 0.06, 0.35, 0.06, _META),
    ),
    Placement.WIDE: (
        SafeZone(
            "Video graphics", 0.05, 0.05, 0.05, 0.05, "EBU R 95: graphics-safe area of 16:9, 5 % each side"
        ),
    ),
    Placement.LINK: (SafeZone("Google Display", 0.10, 0.10, 0.10, 0.10, _GOOGLE),),
}
"""The first of each is the one that is veiled; the others are drawn as outlines."""


def preview(picture: Image.Image, placement: Placement, longest: int) -> Image.Image:
    """A small copy of `picture` (RGB, `longest` px on its longer side) with what is not safe veiled."""
    scale = longest / max(picture.size)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    small = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    first, *others = SAFE_ZONES[placement]
    veil = Image.new("L", size, round(255 * VEIL_OPACITY))
    veil.paste(0, first.box(size))
    small.paste(VEIL, (0, 0), veil)
    pen = ImageDraw.Draw(small)
    for zone in others:
        _outline(pen, zone, size, dashed=True)
    _outline(pen, first, size, dashed=False)
    return small


def _outline(pen: ImageDraw.ImageDraw, zone: SafeZone, size: tuple[int, int], dashed: bool) -> None:
    x0, y0, x1, y1 = zone.box(size)
    thick = max(round(max(size) / 360), 1)
    if dashed:
        _dashes(pen, (x0, y1), (x1, y1), thick)
    else:
        pen.rectangle((x0, y0, x1 - 1, y1 - 1), outline=EDGE, width=thick)
    font = Face("inter", 600).at(max(max(size) / 46, 9))
    at = (x0 + 3 * thick, y1 - 2 * thick)
    x, y, right, bottom = pen.textbbox(at, zone.name, font=font, anchor="lb")
    pad = 2 * thick
    pen.rectangle((x - pad, y - pad, right + pad, bottom + pad), fill=VEIL)
    pen.text(at, zone.name, font=font, fill=EDGE, anchor="lb")


def _dashes(pen: ImageDraw.ImageDraw, start: tuple[int, int], end: tuple[int, int], thick: int) -> None:
    """A horizontal line of dashes, white on dark so that it shows on any picture."""
    step = 8 * thick
    pen.line((start, end), fill=VEIL, width=thick)
    for x in range(start[0], end[0], 2 * step):
        pen.line((x, start[1], min(x + step, end[0]), start[1]), fill=EDGE, width=thick)
