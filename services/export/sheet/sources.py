"""The last pages: every photo and reference, with its licence and whom to name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.export import words as w
from services.export.rights import UNKNOWN, Origin, UsedPicture
from services.export.sheet.cells import picture
from services.export.sheet.page import BAD, HEIGHT, INK, MARGIN, SOFT, TOP, WIDTH, Paper
from services.export.words import Words

if TYPE_CHECKING:
    from services.export.sheet.contact_sheet import Sheet

ROW = 17.0
THUMBNAIL = 18.0
_ORIGINS = {Origin.BRIEF: w.PHOTO, Origin.LIBRARY: w.REFERENCE, Origin.DRAWN: w.DRAWN}
_COLUMNS = (
    (w.PICTURE, 22.0, 88.0),
    (w.LICENCE, 114.0, 46.0),
    (w.ATTRIBUTION, 164.0, 62.0),
    (w.USED_IN, 230.0, 39.0),
)
"""Heading, x from the margin, width; mm."""


def sources(paper: Paper, sheet: Sheet, words: Words) -> None:
    fits = int((HEIGHT - TOP - 22) // ROW)
    numbers = {row.variant.id: row.variant.index + 1 for row in sheet.rows}
    for place, used in enumerate(sheet.pictures):
        if place % fits == 0:
            _head(paper, words)
        _row(paper, sheet, used, numbers, words, TOP + 8 + (place % fits) * ROW)
    if sheet.problems:
        _problems(paper, sheet, words, len(sheet.pictures) % fits or fits, fits)


def _head(paper: Paper, words: Words) -> None:
    paper.add_page()
    paper.words(MARGIN, 10.5, 130, words(w.SOURCES), 15, INK, family="serif")
    paper.words(MARGIN + 135, 12, WIDTH - 2 * MARGIN - 135, words(w.SOURCES_LEAD), 7.5, SOFT, align="R")
    for label, x, width in _COLUMNS:
        paper.words(MARGIN + x, TOP, width, words(label), 8, SOFT, style="B")
    paper.rule(MARGIN, TOP + 5.5, WIDTH - 2 * MARGIN)


def _row(
    paper: Paper, sheet: Sheet, used: UsedPicture, numbers: dict[int, int], words: Words, y: float
) -> None:
    frame = (MARGIN, y, THUMBNAIL, ROW - 3.5)
    picture(paper, sheet.thumbnails.get(used.sha256), frame, used.file_name, "")
    (_, name_x, name_w), (_, licence_x, licence_w), (_, credit_x, credit_w), (_, used_x, used_w) = _COLUMNS
    paper.words(MARGIN + name_x, y + 1.5, name_w, used.file_name, 8.5)
    origin = words(_ORIGINS[used.origin])
    below = f"{origin} · {used.library}" if used.library and used.origin is Origin.LIBRARY else origin
    paper.words(MARGIN + name_x, y + 6.2, name_w, below, 7.5, SOFT)
    for text, x, width in ((used.licence, licence_x, licence_w), (used.attribution, credit_x, credit_w)):
        known = text != UNKNOWN
        paper.words(
            MARGIN + x, y + 1.5, width, text if known else words(w.UNKNOWN), 8.5, INK if known else BAD
        )
    if used.source_url:
        paper.words(MARGIN + credit_x, y + 6.2, credit_w, used.source_url, 7, SOFT)
    shown = ", ".join(str(numbers[i]) for i in sorted(used.variants, key=lambda i: numbers[i]))
    paper.words(MARGIN + used_x, y + 1.5, used_w, shown or "–", 8.5)


def _problems(paper: Paper, sheet: Sheet, words: Words, taken: int, fits: int) -> None:
    """Beneath the last picture, or on a page of its own where there is no room."""
    y = TOP + 12 + taken * ROW
    if taken > fits - 3:
        paper.add_page()
        y = TOP
    paper.words(MARGIN, y, 80, words(w.PROBLEMS), 11, BAD, family="serif")
    for problem in sheet.problems:
        if y > HEIGHT - 26:
            break
        y = paper.lines(MARGIN, y + 6, WIDTH - 2 * MARGIN, words.say(problem), 8, 2, INK) - 4
