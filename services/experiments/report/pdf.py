"""The report as PDF, on the paper of the contact sheet: findings and figure, means, pictures, method."""

from __future__ import annotations

import io

from services.errors import StudioError
from services.experiments.report import words as w
from services.experiments.report.facts import Facts, mean
from services.experiments.report.figure import scale, signed
from services.experiments.report.figures import change, minus, number
from services.experiments.report.method import COMMAND, RULES, models, rules, settings, statistics
from services.experiments.rows import MEASURES, ScoreRow
from services.export.sheet.cells import picture
from services.export.sheet.page import (
    ACCENT,
    BAD,
    BOTTOM,
    GOOD,
    HEIGHT,
    INK,
    LINE,
    MARGIN,
    RGB,
    SOFT,
    TOP,
    WIDTH,
    Paper,
)
from services.export.words import Words
from services.storage.images import get_store

ROOM = WIDTH - 2 * MARGIN
SIDE = 384
"""Px of a picture: 150 dpi at the width that six strategies leave."""


def pdf_report(facts: Facts, words: Words) -> bytes:
    """The same facts give the same pages."""
    paper = Paper(facts.experiment.spec.name, words.language, facts.experiment.created_at)
    _cover(paper, facts, words)
    _figures(paper, facts, words)
    for place in range(len(facts.experiment.spec.briefs)):
        _pictures(paper, facts, place, words)
    _method(paper, facts, words)
    return bytes(paper.output())


def _cover(paper: Paper, facts: Facts, words: Words) -> None:
    spec, found = facts.experiment.spec, facts.findings
    paper.add_page()
    paper.set_fill_color(*ACCENT)
    paper.rect(MARGIN, 18, 10, 1.2, style="F")
    paper.words(MARGIN, 23, 150, words(w.REPORT), 9.5, SOFT, style="B")
    y = paper.lines(MARGIN, 31, ROOM, spec.name, 28, 2, INK, family="serif") + 2
    said = words(
        w.FACTS,
        briefs=len(spec.briefs),
        strategies=len(spec.strategies),
        seeds=spec.seeds,
        variants=len(facts.last()),
        date=words.date(facts.experiment.created_at),
    )
    paper.words(MARGIN, y, ROOM, said, 9, SOFT)
    y = paper.lines(MARGIN, y + 14, 190, minus(words.say(found.verdict)), 19, 3, INK, family="serif") + 5
    for sentence in found.sentences:
        y = paper.lines(MARGIN, y, 200, minus(words.say(sentence)), 10, 3) + 2.2
    if found.warnings:
        paper.words(MARGIN, y + 5, 150, words(w.BEWARE), 9, SOFT, style="B")
        y += 11
    for warning in found.warnings:
        if y < HEIGHT - 24:
            y = paper.lines(MARGIN, y, 200, words.say(warning), 9, 2, SOFT) + 1.2


def _figures(paper: Paper, facts: Facts, words: Words) -> None:
    _head(paper, words(w.FIGURE, baseline=words(facts.baseline.title)), words(w.FIGURE_LEAD))
    y = _intervals(paper, facts, words) + 8
    if y + 14 + 13 * len(facts.strategies) > HEIGHT - BOTTOM:
        _head(paper, words(w.MEANS), "")
        y = TOP
    first, step = 62.0, (ROOM - 62.0) / len(MEASURES)
    paper.words(MARGIN, y, first - 4, words(w.STRATEGY), 8, SOFT, style="B")
    for place, name in enumerate(w.MEASURES.values()):
        paper.words(MARGIN + first + place * step, y, step - 3, words(name), 8, SOFT, style="B")
    y += 6
    for preset in facts.strategies:
        paper.rule(MARGIN, y, ROOM)
        paper.words(MARGIN, y + 2.5, first - 4, words(preset.title), 9, INK, style="B")
        rows = [row for row in facts.last() if row.strategy == preset.key]
        for place, measure in enumerate(MEASURES):
            x = MARGIN + first + place * step
            paper.words(x, y + 2.5, step - 3, number(mean(rows, measure), measure), 9)
            if preset != facts.baseline:
                said, colour = _difference(facts, preset.key, measure, words)
                paper.words(x, y + 7, step - 2, said, 6.8, colour)
        y += 12.5


def _difference(facts: Facts, strategy: str, measure: str, words: Words) -> tuple[str, RGB]:
    found = facts.findings.of(strategy, measure).difference
    if found is None:
        return words(w.NO_PAIRS), SOFT
    colour = GOOD if found.low > 0 else BAD if found.high < 0 else SOFT
    ends = f"{change(found.low, measure)} … {change(found.high, measure)}"
    return f"{change(found.mean, measure)}  ({ends})", colour


def _intervals(paper: Paper, facts: Facts, words: Words) -> float:
    """Dots and bars, as in the HTML; the y below them."""
    others = facts.strategies[1:]
    found = [(preset, facts.findings.of(preset.key).difference) for preset in others]
    ends = [end for _, d in found if d is not None for end in (d.low, d.high)]
    low, high, step = scale(min([0.0, *ends]), max([0.0, *ends]))
    left, right, row = MARGIN + 66, WIDTH - MARGIN - 22, 11.0

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    bottom = TOP + row * len(others)
    for tick in range(round((high - low) / step) + 1):
        value = low + tick * step
        zero = abs(value) < step / 1e6
        paper.set_draw_color(*(INK if zero else LINE))
        paper.set_line_width(0.35 if zero else 0.2)
        paper.line(x(value), TOP, x(value), bottom)
        mark = "0" if zero else f"{value:+g}".replace("-", "−")
        paper.words(x(value) - 8, bottom + 1.5, 16, mark, 7.5, SOFT, align="C")
    for place, (preset, d) in enumerate(found):
        y = TOP + row * (place + 0.5)
        paper.words(MARGIN, y - 2, 60, words(preset.title), 9, INK, align="R")
        if d is None:
            paper.words(x(0) + 3, y - 2, 50, words(w.NO_PAIRS), 8, SOFT)
            continue
        colour = GOOD if d.low > 0 else BAD if d.high < 0 else SOFT
        paper.set_draw_color(*colour)
        paper.set_fill_color(*colour)
        paper.set_line_width(0.5)
        paper.line(x(d.low), y, x(d.high), y)
        for end in (d.low, d.high):
            paper.line(x(end), y - 1.3, x(end), y + 1.3)
        paper.circle(x(d.mean), y, 1.4, style="F")
        paper.words(right + 5, y - 2, 17, signed(d.mean), 9, colour)
    return bottom + 6


def _pictures(paper: Paper, facts: Facts, place: int, words: Words) -> None:
    """A brief's matrix; as many seeds on a page as fit."""
    brief, strategies = facts.experiment.spec.briefs[place], facts.strategies
    width, height = facts.experiment.spec.placement.pixels
    gap, label = 4.0, 16.0
    wide = min((ROOM - label - gap * len(strategies)) / len(strategies), 56.0)
    tall = min(wide * height / width, HEIGHT - TOP - BOTTOM - 20)
    wide = tall * width / height
    rows = {(r.strategy, r.seed): r for r in facts.last() if r.brief == brief.name}
    fits = max(1, int((HEIGHT - TOP - BOTTOM - 8) // (tall + 9)))
    for seed in range(facts.experiment.spec.seeds):
        y = TOP + 8 + (seed % fits) * (tall + 9)
        if seed % fits == 0:
            _head(paper, brief.name, words(w.PICTURES_LEAD))
            for column, preset in enumerate(strategies):
                x = MARGIN + label + column * (wide + gap)
                paper.words(x, TOP, wide, words(preset.title), 8.5, INK, style="B")
        paper.words(MARGIN, y, label - 2, words(w.SEED, number=seed + 1), 8, SOFT)
        for column, preset in enumerate(strategies):
            frame = (MARGIN + label + column * (wide + gap), y, wide, tall)
            _cell(paper, rows.get((preset.key, seed)), frame, words)


def _cell(paper: Paper, row: ScoreRow | None, frame: tuple[float, float, float, float], words: Words) -> None:
    x, y, wide, tall = frame
    if row is None:
        picture(paper, None, frame, "", words(w.NOT_MADE))
        return
    alt = words(w.VARIANT, brief=row.brief, strategy=row.strategy, seed=row.seed + 1)
    picture(paper, _jpeg(row.sha256), frame, alt, words(w.LOST))
    said = number(row.final, "final") if row.final is not None else words(w.NOT_SCORED)
    paper.words(x, y + tall + 1.2, wide, said, 9, INK, style="B")


def _jpeg(sha256: str) -> bytes | None:
    """A small JPEG; None where the file is lost."""
    try:
        small = get_store().open_small(sha256, SIDE).convert("RGB")
    except (StudioError, OSError):
        return None
    small.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _method(paper: Paper, facts: Facts, words: Words) -> None:
    _head(paper, words(w.METHOD), "")
    y = TOP
    labels = [words(label) for label in RULES]
    blocks: list[tuple[str, list[str]]] = [
        (
            words(preset.title),
            [" · ".join(f"{a}: {b}" for a, b in zip(labels, rules(preset, words), strict=True))],
        )
        for preset in facts.strategies
    ]
    made_by = [f"{name}: {model} {revision}".rstrip() for name, model, revision in models(facts, words)]
    blocks.append((words(w.MODELS), made_by))
    blocks.append((words(w.SETTINGS), [f"{name}: {value}" for name, value in settings(facts, words).items()]))
    blocks.append((words(w.STATISTICS), statistics(facts, words)))
    blocks.append((words(w.AGAIN), [words(w.AGAIN_LEAD), COMMAND]))
    for title, lines in blocks:
        if y > HEIGHT - BOTTOM - 18:
            _head(paper, words(w.METHOD), "")
            y = TOP
        paper.words(MARGIN, y, ROOM, title, 9.5, INK, style="B")
        y += 6
        for line in lines:
            if y > HEIGHT - BOTTOM - 12:
                _head(paper, words(w.METHOD), "")
                y = TOP
            y = paper.lines(MARGIN, y, ROOM - 40, line, 8.5, 3, SOFT) + 1
        y += 3


def _head(paper: Paper, title: str, lead: str) -> None:
    paper.add_page()
    paper.words(MARGIN, 10.5, 120, title, 15, INK, family="serif")
    if lead:
        paper.words(MARGIN + 125, 12, ROOM - 125, lead, 7.5, SOFT, align="R")
