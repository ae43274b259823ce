"""The contact sheet as PDF: a cover with the facts, the variants in ranked rows, what went into them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.domain import Placement, Variant
from services.export.marks import Marks
from services.export.rights import UsedPicture
from services.export.sheet.cells import cell
from services.export.sheet.cover import cover
from services.export.sheet.page import BOTTOM, HEIGHT, INK, MARGIN, SOFT, TOP, WIDTH, Paper
from services.export.sheet.sources import sources
from services.export.words import SCORES, VARIANTS, Words
from services.messages import Message
from services.sessions import SessionView

COLUMNS = {
    Placement.SQUARE: 4,
    Placement.PORTRAIT: 5,
    Placement.STORY: 7,
    Placement.WIDE: 4,
    Placement.LINK: 4,
}
"""So that two rows fill a page, three of wide pictures."""

GAP = 6.0
WORDS_HEIGHT = 19.0
"""Under each picture, in mm."""

logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of every table that a subset drops


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A variant with its small picture (JPEG bytes; None where its file is lost)."""

    variant: Variant
    marks: Marks
    picture: bytes | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the sheet shows. `best` is a larger picture for the cover; `thumbnails` are of `pictures`, by
    key; `problems` say what was left out."""

    view: SessionView
    rows: Sequence[SheetRow]
    placements: Sequence[Placement]
    best: bytes | None
    pictures: Sequence[UsedPicture]
    thumbnails: dict[str, bytes]
    problems: Sequence[Message]
    at: datetime


def contact_sheet(sheet: Sheet, words: Words) -> bytes:
    """The PDF. The same sheet at the same moment gives the same pages."""
    paper = Paper(sheet.view.brief.topic, words.language, sheet.at)
    cover(paper, sheet, words)
    _grid(paper, sheet, words)
    if sheet.pictures:
        sources(paper, sheet, words)
    return bytes(paper.output())


def _grid(paper: Paper, sheet: Sheet, words: Words) -> None:
    placement = sheet.view.brief.placement
    columns = COLUMNS[placement]
    width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) / columns
    tall = width * placement.pixels[1] / placement.pixels[0]
    step = tall + WORDS_HEIGHT + GAP / 2
    lines = max(int((HEIGHT - TOP - BOTTOM + GAP / 2) // step), 1)
    for number, row in enumerate(sheet.rows):
        place = number % (columns * lines)
        if place == 0:
            paper.add_page()
            _head(paper, words)
        x = MARGIN + (place % columns) * (width + GAP)
        y = TOP + (place // columns) * step
        cell(paper, row, words, (x, y, width, tall))


def _head(paper: Paper, words: Words) -> None:
    paper.words(MARGIN, 10.5, 80, words(VARIANTS), 15, INK, family="serif")
    paper.words(MARGIN + 90, 12, WIDTH - 2 * MARGIN - 90, words(SCORES), 7.5, SOFT, align="R")
