"""One variant on the contact sheet: picture, rank, score, stars, what was decided."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from services.domain import Decision
from services.export.sheet.page import BAD, GOOD, INK, LINE, PAPER, SOFT, STAR, Paper
from services.export.words import NO_PICTURE, NOT_SCORED, PICKED, REJECTED, SHORTLISTED, VARIANT, Words

if TYPE_CHECKING:
    from services.export.sheet.contact_sheet import SheetRow

Frame = tuple[float, float, float, float]
"""x, y, width, height in mm."""

STARS = 5
NARROW = 40.0
"""mm. Below it the name of the variant has a line of its own."""


def cell(paper: Paper, row: SheetRow, words: Words, frame: Frame) -> None:
    """The variant in `frame`, with its words beneath."""
    x, y, width, tall = frame
    picture(paper, row.picture, frame, words(VARIANT, number=row.variant.index + 1), words(NO_PICTURE))
    if row.variant.decision is Decision.REJECTED and row.picture:
        with paper.local_context(fill_opacity=0.55):
            paper.set_fill_color(*PAPER)
            paper.rect(x, y, width, tall, style="F")
    _score(paper, row, words, x, y + tall + 2, width)
    _decision(paper, row, words, x, y + tall + 9.4, width)


def picture(paper: Paper, data: bytes | None, frame: Frame, alt: str, missing: str) -> None:
    """A picture whole in its frame; where there is none, the sentence `missing`."""
    x, y, width, tall = frame
    paper.set_draw_color(*LINE)
    paper.set_line_width(0.2)
    if data is None:
        paper.rect(x, y, width, tall)
        paper.lines(x + 3, y + tall / 2 - 4, width - 6, missing, 7.5, 4, SOFT)
        return
    paper.image(io.BytesIO(data), x, y, width, tall, keep_aspect_ratio=True, alt_text=alt)
    paper.rect(x, y, width, tall)


def _score(paper: Paper, row: SheetRow, words: Words, x: float, y: float, width: float) -> None:
    score, rank = row.variant.score, row.variant.rank
    shift = 0.0
    if rank is not None:
        label = f"#{rank}"
        paper.words(x, y + 0.9, 12, label, 8, SOFT, style="B")
        shift = paper.get_string_width(label) + 1.8
    if score is not None and score.final is not None:
        paper.words(x + shift, y, 20, f"{score.final:.0f}", 15, INK, family="serif")
    else:
        paper.words(x + shift, y + 0.9, width - shift, words(NOT_SCORED), 8, SOFT)
    if row.marks.stars is not None:
        full = round(row.marks.stars)
        stars = "★" * full + "☆" * (STARS - full)
        paper.words(x + width / 2, y + 0.9, width / 2, stars, 8 if width > NARROW else 6, STAR, align="R")


def _decision(paper: Paper, row: SheetRow, words: Words, x: float, y: float, width: float) -> None:
    name = words(VARIANT, number=row.variant.index + 1)
    said: list[tuple[str, tuple[int, int, int]]] = []
    if row.variant.decision is Decision.PICKED:
        said.append((words(PICKED), GOOD))
    elif row.variant.decision is Decision.REJECTED:
        said.append((words(REJECTED), BAD))
    if row.marks.shortlisted:
        said.append((words(SHORTLISTED), GOOD))
    left = x
    for text, colour in said:
        paper.words(left, y, width - (left - x), text, 7.5, colour, style="B")
        left += paper.get_string_width(text) + 2
    if not said or width <= NARROW:
        paper.words(x, y + (3.8 if said else 0), width, name, 7.5, SOFT)
    else:
        paper.words(left, y, width - (left - x), name, 7.5, SOFT)
    tags = " · ".join(row.marks.tags)
    if tags and width > NARROW:
        paper.words(x, y + 3.9, width, tags, 7, SOFT)
