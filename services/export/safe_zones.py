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
_FEED = "Nothing covers a picture in a feed; 5 % keeps text clear of rounded corners and of cropping"
_CROP = "Google Ads Help: landscape images may be cropped by up to 5 % on each side"
_CENTRE = "Google Ads Help: keep what matters in the central 80 % of an image"
_EBU = "EBU R 95: graphics-safe area of 16:9 pictures, 5 % on each side"


def _even(name: str, margin: float, source: str) -> SafeZone:
    return SafeZone(name, margin, margin, margin, margin, source)


SAFE_ZONES: dict[Placement, tuple[SafeZone, ...]] = {
    Placement.SQUARE: (_even("Feed", 0.05, _FEED), _even("Google 80 %", 0.10, _CENTRE)),
    Placement.PORTRAIT: (_even("Feed", 0.05, _FEED), _even("Google 80 %", 0.10, _CENTRE)),
    Placement.STORY: (
        SafeZone("Stories", STORY_TOP, 0.06, STORY_BOTTOM, 0.06, _META),
        SafeZone("Reels", 0.14, 0.06, 0.35, 0.06, _META),
    ),
    Placement.WIDE: (_even("Video", 0.05, _EBU),),
    Placement.LINK: (_even("Google Display", 0.05, _CROP), _even("Google 80 %", 0.10, _CENTRE)),
}
"""The first of each is what may be covered or cut: it is veiled. The others are stricter advice for one
surface: they are drawn as dashed lines."""


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
    thick = max(round(longest / 400), 1)
    x0, y0, x1, y1 = first.box(size)
    pen.rectangle((x0, y0, x1 - 1, y1 - 1), outline=EDGE, width=thick)
    _label(pen, first.name, (x0, y1), "lt", longest)
    for zone in others:
        _dashed(pen, zone, first, size, thick)
        _label(pen, zone.name, zone.box(size)[2:], "rb", longest)
    return small


def _dashed(
    pen: ImageDraw.ImageDraw, zone: SafeZone, first: SafeZone, size: tuple[int, int], thick: int
) -> None:
    """The sides of `zone` that are not those of `first`."""
    x0, y0, x1, y1 = zone.box(size)
    sides = {
        "top": (x0, y0, x1, y0),
        "right": (x1, y0, x1, y1),
        "bottom": (x0, y1, x1, y1),
        "left": (x0, y0, x0, y1),
    }
    for name, line in sides.items():
        if getattr(zone, name) != getattr(first, name):
            _dashes(pen, line, thick)


def _dashes(pen: ImageDraw.ImageDraw, line: tuple[int, int, int, int], thick: int) -> None:
    """Upright or level, white on dark so that it shows on any picture."""
    x0, y0, x1, y1 = line
    step = 8 * thick
    pen.line(line, fill=VEIL, width=thick)
    for at in range(0, max(x1 - x0, y1 - y0), 2 * step):
        if y0 == y1:
            pen.line((x0 + at, y0, min(x0 + at + step, x1), y1), fill=EDGE, width=thick)
        else:
            pen.line((x0, y0 + at, x1, min(y0 + at + step, y1)), fill=EDGE, width=thick)


def _label(pen: ImageDraw.ImageDraw, name: str, at: tuple[int, int], anchor: str, longest: int) -> None:
    """The name on a dark tag: under the edge of what is veiled, or inside the corner of a dashed zone."""
    font = Face("inter", 600).at(max(longest / 52, 9))
    pad = max(round(longest / 240), 2)
    x, y = at[0] + (pad if anchor == "lt" else -pad), at[1] + (2 * pad if anchor == "lt" else -2 * pad)
    left, top, right, bottom = pen.textbbox((x, y), name, font=font, anchor=anchor)
    pen.rectangle((left - pad, top - pad, right + pad, bottom + pad), fill=VEIL)
    pen.text((x, y), name, font=font, fill=EDGE, anchor=anchor)
