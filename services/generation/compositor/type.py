"""Setting a headline: type styles, a modular scale, balanced lines, tracking and leading."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from PIL import Image, ImageDraw

from services.generation.compositor.colour import RGB
from services.generation.compositor.fonts import Face, clusters, drawable, face_for
from services.generation.compositor.lines import break_lines, line_merit

SCALE_RATIO = 1.25
"""Major third: each step of the scale is a quarter larger."""

SCALE_BASE = 1 / 46
"""Step 0 (small print) as a share of the placement's short side: 23 px of 1080."""

SMALLEST_STEP = 1
"""A headline below this step (29 px of 1080) is no headline; it is still shrunk rather than cut."""

_REFERENCE = 100.0
"""Widths are measured at this size once; faces here scale linearly."""


@dataclass(frozen=True, slots=True)
class TypeStyle:
    """How a headline looks. `tracking` in em, `leading` in line height per em, `largest` a scale step."""

    name: str
    faces: tuple[Face, ...]
    tracking: float
    leading: float
    largest: int = 9
    capitals: bool = False


STYLES = {
    "bold grotesque": TypeStyle(
        "bold grotesque", (Face("inter", 760), Face("cjk bold")), tracking=-0.026, leading=1.04
    ),
    "display serif": TypeStyle("display serif", (Face("serif"), Face("cjk bold")), -0.006, 1.06),
    "light grotesque": TypeStyle(
        "light grotesque", (Face("inter", 420), Face("cjk regular")), tracking=-0.03, leading=1.1
    ),
    "italic serif": TypeStyle("italic serif", (Face("serif italic"), Face("cjk regular")), -0.004, 1.08),
    "spaced capitals": TypeStyle(
        "spaced capitals", (Face("inter", 640), Face("cjk bold")), 0.07, 1.28, largest=6, capitals=True
    ),
}
"""By the name that recipes use."""

_CJK_TRACKING = -0.02
_CJK_LEADING = 1.24
"""Full-width characters fill their em box: they need air between lines and none between letters."""


@dataclass(frozen=True, slots=True)
class Headline:
    """Lines set at `size` px per em. `width`, `height` of the ink, `ascent` from its top to the first
    baseline; all px."""

    lines: tuple[str, ...]
    style: TypeStyle
    size: float
    width: float
    height: float
    ascent: float


def scale_step(short_side: int, step: int) -> float:
    """Size in px of a step of the modular scale for a placement of that short side."""
    return short_side * SCALE_BASE * SCALE_RATIO**step


def prepare(text: str, style: TypeStyle) -> tuple[str, TypeStyle]:
    """The text as that style writes it, without what cannot be drawn, and the style fit for its script."""
    text, _ = drawable(text, style.faces)
    if any(is_wide(c) for c in text):
        leading = max(style.leading, _CJK_LEADING)
        style = replace(style, tracking=_CJK_TRACKING, leading=leading, capitals=False, largest=8)
    return (text.upper() if style.capitals else text), style


def is_wide(character: str) -> bool:
    """Korean, Japanese or Chinese."""
    return unicodedata.east_asian_width(character) in ("W", "F")


def fit(
    text: str, style: TypeStyle, box: tuple[float, float], short_side: int, max_lines: int = 4
) -> Headline:
    """`text` as large as it goes into `box` (width, height in px) on the scale of `short_side`.

    Breaks at spaces. A word too long for the box shrinks the whole headline; only below step 0
    of the scale is it broken between characters. Raises ValueError for text with nothing to draw.
    """
    text, style = prepare(text, style)
    if not text:
        raise ValueError("no character of the headline can be drawn")
    measure = _Measure(style)
    floor = scale_step(short_side, 0)
    best: Headline | None = None
    highest = 0.0
    for anywhere in (False, True):
        for count in range(1, max_lines + 2 * anywhere + 1):
            lines = break_lines(text, count, measure.width, anywhere)
            if lines is None:
                continue
            made = _at_largest(lines, style, measure, box, short_side)
            # One line more must earn its place: it has to set the text clearly larger.
            merit = made.size * line_merit(lines)
            if best is None or merit > highest * 1.1:
                best, highest = made, merit
        if best is not None and best.size >= floor:
            break
    if best is None:
        raise ValueError("no character of the headline can be drawn")
    return best


def _at_largest(
    lines: tuple[str, ...], style: TypeStyle, measure: _Measure, box: tuple[float, float], short_side: int
) -> Headline:
    width = max(measure.width(line) for line in lines)
    top, bottom = measure.ink(lines)
    height = top + bottom + (len(lines) - 1) * style.leading * _REFERENCE
    size = _REFERENCE * min(box[0] / width, box[1] / height)
    steps = [scale_step(short_side, n) for n in range(SMALLEST_STEP, style.largest + 1)]
    size = max((s for s in steps if s <= size), default=size)
    k = size / _REFERENCE
    return Headline(lines, style, size, width * k, height * k, top * k)


class _Measure:
    """Widths and heights of text at the reference size, each line measured once."""

    def __init__(self, style: TypeStyle) -> None:
        self._style = style
        self._widths: dict[str, float] = {}

    def width(self, line: str) -> float:
        if line not in self._widths:
            self._widths[line] = sum(a for _, _, a in _advances(line, self._style, _REFERENCE)) - (
                self._style.tracking * _REFERENCE
            )
        return self._widths[line]

    def ink(self, lines: tuple[str, ...]) -> tuple[float, float]:
        """(height of the first line above its baseline, depth of the last below its)."""
        return -_extent(lines[0], self._style)[0], max(_extent(lines[-1], self._style)[1], 0.0)


def _extent(line: str, style: TypeStyle) -> tuple[float, float]:
    rises = [_rise(face, c) for c, face, _ in _advances(line, style, _REFERENCE)]
    return min((r[0] for r in rises), default=-70.0), max((r[1] for r in rises), default=0.0)


def _advances(line: str, style: TypeStyle, size: float) -> list[tuple[str, Face, float]]:
    """(cluster, face, advance in px with kerning and tracking) for each cluster of `line`."""
    parts: list[tuple[str, Face]] = []
    for c in clusters(line):
        before = parts[-1][1] if parts else None
        # A comma after a Korean word is set in the Korean face, not in the Latin one beside it.
        neutral = not c[0].isalnum() and before is not None and face_for(c, (before,)) is not None
        face = before if neutral else face_for(c, style.faces)
        parts.append((c, face or style.faces[-1]))
    out = []
    for i, (c, face) in enumerate(parts):
        after = parts[i + 1] if i + 1 < len(parts) else None
        advance = _advance(face, c, after[0] if after and after[1] == face else "")
        out.append((c, face, advance * size / _REFERENCE + style.tracking * size))
    return out


@lru_cache(maxsize=4096)
def _advance(face: Face, cluster: str, after: str) -> float:
    """Advance at the reference size, kerned to the cluster `after` it."""
    font = face.at(_REFERENCE)
    return font.getlength(cluster + after) - (font.getlength(after) if after else 0.0)


@lru_cache(maxsize=4096)
def _rise(face: Face, cluster: str) -> tuple[float, float]:
    """(top, bottom) of the cluster's ink at the reference size; the baseline is 0, up is negative."""
    box = face.at(_REFERENCE).getbbox(cluster, anchor="ls")
    return box[1], box[3]


def draw(
    image: Image.Image, headline: Headline, left: float, top: float, fill: RGB, align: str = "left"
) -> None:
    """Draw the lines with the ink's top left corner at (left, top) px. `align`: left, centre or right."""
    pen = ImageDraw.Draw(image)
    style, size = headline.style, headline.size
    for n, line in enumerate(headline.lines):
        advances = _advances(line, style, size)
        width = sum(a for _, _, a in advances) - style.tracking * size
        slack = headline.width - width
        x = left + {"left": 0.0, "centre": slack / 2, "right": slack}[align]
        y = top + headline.ascent + n * style.leading * size
        for c, face, advance in advances:
            pen.text((x, y), c, font=face.at(size), fill=fill, anchor="ls")
            x += advance
