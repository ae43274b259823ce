"""The paper: typefaces, colours, margins, and the small things that every page is made of."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from fpdf import FPDF

from services.generation.compositor.fonts import Face, drawable

RGB = tuple[int, int, int]

WIDTH, HEIGHT = 297.0, 210.0
"""A4 across, in mm: a screen's shape, and four squares stand in a row."""

MARGIN = 14.0
TOP, BOTTOM = 24.0, 14.0
"""The grid begins and ends here; the page's head and foot lie outside."""

PAPER: RGB = (252, 250, 245)
INK: RGB = (33, 29, 24)
SOFT: RGB = (92, 85, 74)
LINE: RGB = (223, 216, 202)
ACCENT: RGB = (43, 68, 199)
GOOD: RGB = (0, 98, 72)
BAD: RGB = (154, 45, 21)
STAR: RGB = (179, 107, 0)
"""The studio's light theme: the sheet and the screen look alike."""

_FONTS = {
    ("sans", ""): ("noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf"),
    ("sans", "B"): ("noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf"),
    ("bold", ""): ("noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf"),
    ("serif", ""): ("fontpkg_dm_serif_display", "files/DMSerifDisplay-Regular.ttf"),
}
"""Noto Sans CJK sets Latin and Korean alike; DM Serif Display, as on the pictures, sets titles."""

_FACES = (Face("cjk regular"),)


class Paper(FPDF):
    """A4 across, without automatic breaks: every block knows where it stands."""

    def __init__(self, title: str, language: str, at: datetime) -> None:
        super().__init__(orientation="landscape", format="A4", unit="mm")
        self.set_auto_page_break(False)
        self.set_margin(0)
        self.c_margin = 0
        self.title_text = clean(title)
        for (family, style), (package, path) in _FONTS.items():
            self.add_font(family, style, str(files(package).joinpath(path)))
        self.set_fallback_fonts(["bold"], exact_match=False)  # Korean beside the titles' serif
        self.set_title(self.title_text)
        self.set_creator("AIM Studio")
        self.set_lang(language)
        self.set_creation_date(at)

    def header(self) -> None:
        self.set_fill_color(*PAPER)
        self.rect(0, 0, WIDTH, HEIGHT, style="F")

    def footer(self) -> None:
        y = HEIGHT - 10
        self.words(MARGIN, y, WIDTH - 2 * MARGIN - 30, self.title_text, 7.5, SOFT)
        self.words(WIDTH - MARGIN - 9, y, 20, f"{self.page_no()} / {{nb}}", 7.5, SOFT)

    def words(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        size: float,
        colour: RGB = INK,
        family: str = "sans",
        style: str = "",
        align: str = "L",
    ) -> None:
        """One line at (x, y) mm, its top left corner; what does not fit ends in an ellipsis."""
        self.set_font(family, style, size)
        self.set_text_color(*colour)
        self.set_xy(x, y)
        self.cell(width, size * 0.45, self._fitted(text, width), align=align)

    def lines(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        size: float,
        most: int,
        colour: RGB = INK,
        family: str = "sans",
        style: str = "",
    ) -> float:
        """At most `most` lines; the y below them."""
        self.set_font(family, style, size)
        self.set_text_color(*colour)
        height = size * (0.41 if family == "serif" else 0.52)
        found: Any = self.multi_cell(width, height, clean(text), dry_run=True, output="LINES", align="L")
        shown = [str(line) for line in found[:most]]
        if len(found) > most:
            shown[-1] = self._fitted(shown[-1] + " ……", width)
        for line in shown:
            self.set_xy(x, y)
            self.cell(width, height, line)
            y += height
        return y

    def rule(self, x: float, y: float, width: float) -> None:
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.line(x, y, x + width, y)

    def _fitted(self, text: str, width: float) -> str:
        text = clean(text)
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(f"{text}…") > width:
            text = text[:-1]
        return f"{text.rstrip()}…"


@cache
def clean(text: str) -> str:
    """`text` on one line, without what the typefaces cannot draw (emoji)."""
    return drawable(text, _FACES)[0]
