"""The first page: what was advertised, the best variant, the facts, and how the pictures came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.export.sheet.cells import picture
from services.export.sheet.page import ACCENT, HEIGHT, INK, MARGIN, SOFT, WIDTH, Paper
from services.export.words import (
    BEST,
    BRIEF,
    CAMPAIGN,
    DISCLOSURES,
    EXPORTED,
    HEADLINE,
    MADE,
    MADE_BY,
    NO_PICTURE,
    SIZES,
    STATUS,
    STATUSES,
    TITLE,
    VARIANTS,
    Words,
)
from services.generation.disclosure import source_term

if TYPE_CHECKING:
    from services.export.sheet.contact_sheet import Sheet

TEXT_WIDTH = 118.0
LABEL_WIDTH = 34.0


def cover(paper: Paper, sheet: Sheet, words: Words) -> None:
    view = sheet.view
    paper.add_page()
    paper.set_fill_color(*ACCENT)
    paper.rect(MARGIN, 18, 10, 1.2, style="F")
    paper.words(MARGIN, 23, TEXT_WIDTH, words(TITLE), 9.5, SOFT, style="B")
    y = paper.lines(MARGIN, 31, TEXT_WIDTH, view.brief.topic, 30, 4, INK, family="serif") + 6
    y = _facts(paper, sheet, words, y) + 5
    paper.words(MARGIN, y, TEXT_WIDTH, words(BRIEF), 8, SOFT, style="B")
    room = int((HEIGHT - 32 - y - 5) // (8.5 * 0.52))
    paper.lines(MARGIN, y + 5, TEXT_WIDTH, view.brief.product_text, 8.5, max(room, 1))
    _disclosure(paper, sheet, words)
    _best(paper, sheet, words)


def _facts(paper: Paper, sheet: Sheet, words: Words, y: float) -> float:
    view = sheet.view
    finals = [
        r.variant.score.final for r in sheet.rows if r.variant.score and r.variant.score.final is not None
    ]
    makers = dict.fromkeys(
        f"{r.variant.recipe.generator.id} {r.variant.recipe.generator.revision}".strip() for r in sheet.rows
    )
    facts = {
        CAMPAIGN: view.campaign,
        HEADLINE: view.brief.headline,
        STATUS: words(STATUSES[view.status]) if view.status in STATUSES else "",
        VARIANTS: str(len(sheet.rows)),
        SIZES: ", ".join(p.value for p in sheet.placements),
        BEST: f"{max(finals):.0f}" if finals else "",
        MADE: words.date(view.created_at),
        EXPORTED: words.date(sheet.at),
        MADE_BY: ", ".join(makers),
    }
    for label, value in facts.items():
        if value:
            paper.words(MARGIN, y, LABEL_WIDTH, words(label), 8.5, SOFT)
            paper.words(MARGIN + LABEL_WIDTH, y, TEXT_WIDTH - LABEL_WIDTH, value, 8.5, INK)
            y += 5.4
    return y


def _disclosure(paper: Paper, sheet: Sheet, words: Words) -> None:
    terms = dict.fromkeys(source_term(row.variant.recipe) for row in sheet.rows)
    text = " ".join(words(DISCLOSURES[term]) for term in terms)
    paper.rule(MARGIN, HEIGHT - 26, TEXT_WIDTH)
    paper.lines(MARGIN, HEIGHT - 23.5, TEXT_WIDTH, text, 7.5, 2, SOFT)


def _best(paper: Paper, sheet: Sheet, words: Words) -> None:
    """The first variant as large as the right half allows."""
    width, height = sheet.view.brief.placement.pixels
    room_w, room_h = WIDTH - 2 * MARGIN - TEXT_WIDTH - 14, HEIGHT - 36.0
    scale = min(room_w / width, room_h / height)
    w, h = width * scale, height * scale
    frame = (WIDTH - MARGIN - w, 18 + (room_h - h) / 2, w, h)
    picture(paper, sheet.best, frame, sheet.view.brief.topic, words(NO_PICTURE))
