"""The evaluation as a report: one row a picture, best first; each row leads to its details."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from services.domain import AimScore, MetricScore
from services.evaluation import Evaluation, Row
from ui import address, formats
from ui.bars import metric_names, metric_of
from ui.coverage import label_of, twin_line, twins_of
from ui.evaluate_details import exact_figures, open_details
from ui.evaluate_tap import tap
from ui.i18n import _, tr
from ui.text import plain, short
from ui.theme import METRIC_COLOURS

PER_PAGE = 24
SORT_PARAM = "sort"
THUMB, MORE = 76, 84
"""Widths in pixels of the first and the last column; ui/evaluate_style.py keeps the head off the last."""


def evaluation_table(evaluation: Evaluation) -> None:
    """24 rows a page, in the order that the address asks for."""
    rows = sorted_rows(evaluation.rows, address.read(SORT_PARAM))
    first = (address.current_page() - 1) * PER_PAGE
    beside = _beside_names(evaluation)
    _head(beside)
    for row in rows[first : first + PER_PAGE] or rows[:PER_PAGE]:
        _row(evaluation, row, beside)
    address.pages(len(rows), PER_PAGE)


def orders() -> dict[str, str]:
    """Code -> what the rows can be sorted by; each puts the best first."""
    return {
        "rank": _("Rank"),
        **metric_names(),
        "coverage": _("Shows plan"),
        "likeness": _("Likeness to the product"),
        "name": _("File name"),
    }


def sorted_rows(rows: Sequence[Row], order: str) -> list[Row]:
    """`rows` by one of `orders`, those without the figure last; by rank when the order is unknown."""
    if order == "name":
        return sorted(rows, key=lambda row: row.name.casefold())
    figures: dict[str, Callable[[Row], float | None]] = {
        "coverage": lambda row: row.coverage.share if row.coverage else None,
        "likeness": lambda row: row.likeness.figures.best if row.likeness else None,
        **{name: _norm_of(name) for name in metric_names()},
    }
    figure = figures.get(order)
    if figure is None:
        return list(rows)
    return sorted(rows, key=lambda row: (figure(row) is None, -(figure(row) or 0.0)))


def _norm_of(name: str) -> Callable[[Row], float | None]:
    return lambda row: metric_of(row.score, name).norm if row.score else None


def _head(beside: dict[str, str]) -> None:
    names = "".join(
        f'<span class="num">{escape(label)}<small>{escape(_("measured (0–1)"))}</small></span>'
        for label in metric_names().values()
    )
    names += "".join(f'<span class="num beside">{escape(label)}</span>' for label in beside.values())
    head = f'<span>{escape(_("Picture"))}</span><span class="num">{escape(_("Score"))}</span>{names}'
    look = f"report report-head beside-{len(beside)}"
    st.html(f'<div class="{look}" aria-hidden="true">{head}</div>')


def _row(evaluation: Evaluation, row: Row, beside: dict[str, str]) -> None:
    label = label_of(row)
    with st.container(horizontal=True, wrap=False, key=f"row_report_{row.id}", gap="small"):
        with st.container(width=THUMB):
            words = _("Details of {name}").format(name=plain(short(label)))
            tap(row.variant.sha256, label, words, f"row_{row.id}", open_details, row.id)
        cells = _cells(evaluation, row, beside)
        st.html(f'<div class="report beside-{len(beside)}">{cells}</div>', width="stretch")
        with st.container(width=MORE, horizontal_alignment="right"):
            st.button(
                _("Details"),
                type="tertiary",
                icon=":material/chevron_right:",
                icon_position="right",
                key=f"details_{row.id}",
                on_click=open_details,
                args=(row.id,),
            )


def _cells(evaluation: Evaluation, row: Row, beside: dict[str, str]) -> str:
    """All figures of a row; what a cell is, is said unseen for those who listen."""
    score = row.score
    value = score.final if score else None
    final = formats.DASH if value is None else f"{value:.1f}"
    exact = escape(_("Score of 0 to 100. Exactly {exact}.").format(exact=formats.exact(value)))
    cells = [
        f"<div>{_words(evaluation, row)}</div>",
        f'<span class="num final" title="{exact}"><span class="vh">{escape(_("Score"))}</span>{final}</span>',
        *(_metric(row, name, label) for name, label in metric_names().items()),
        *(_beside(label, _figure_beside(row, name)) for name, label in beside.items()),
        *(f'<div class="reason">{escape(line)}</div>' for line in reasons(score)),
    ]
    return "".join(cells)


def _beside_names(evaluation: Evaluation) -> dict[str, str]:
    """The columns beside the score, as far as any picture has a figure for them."""
    names = {}
    if any(row.coverage for row in evaluation.rows):
        names["coverage"] = _("Shows plan")
    if any(row.likeness for row in evaluation.rows):
        names["likeness"] = _("Like product")
    return names


def _figure_beside(row: Row, name: str) -> str:
    if name == "coverage":
        return formats.percent(row.coverage.share if row.coverage else None)
    return formats.similarity(row.likeness.figures.best if row.likeness else None)


def _words(evaluation: Evaluation, row: Row) -> str:
    """Name, what the model sees, and notes as tags."""
    tags = []
    if row.rank:
        tags.append(f'<span class="tag{" tag-first" if row.rank == 1 else ""}">#{row.rank}</span>')
    if row.variant.sha256 == evaluation.session.reference_sha256:
        tags.append(f'<span class="tag">{escape(_("Reference"))}</span>')
    if names := twins_of(evaluation, row.id):
        tags.append(f'<span class="tag tag-caution">{escape(twin_line(names))}</span>')
    caption = row.score.caption.text if row.score else ""
    seen = f'<div class="caption">“{escape(caption)}”</div>' if caption else ""
    name = f'<div class="name" title="{escape(row.name)}">{escape(short(label_of(row), 44))}</div>'
    return f'{name}{seen}<div class="tags">{"".join(tags)}</div>'


def _metric(row: Row, name: str, label: str) -> str:
    """ "0.312 (0.94)" over a bar; words where there is no figure."""
    spoken = f'<span class="vh">{escape(label)}</span>'
    metric = metric_of(row.score, name) if row.score else MetricScore()
    if metric.raw is None or metric.norm is None:
        return f'<span class="num none">{spoken}{escape(_missing(row.score, name))}</span>'
    fill = f"width:{metric.norm:.1%};background:{METRIC_COLOURS[name]}"
    return (
        f'<span class="num" title="{escape(exact_figures(row))}">{spoken}{metric.raw:.3f} '
        f'<small>({metric.norm:.2f})</small><span class="track"><i style="{fill}"></i></span></span>'
    )


def _missing(score: AimScore | None, name: str) -> str:
    if score is None:
        return formats.DASH
    return _("is the reference") if name == "lpips" and score.is_reference else _("not scored")


def _beside(label: str, figure: str) -> str:
    return f'<span class="num beside"><span class="vh">{escape(label)}</span>{figure}</span>'


def reasons(score: AimScore | None) -> list[str]:
    """ "Looks like reference, not scored: the reason", for each part that has one.

    That the reference is not compared with itself stands in its cell.
    """
    if score is None:
        return []
    sentence = _("{part}, not scored: {reason}")
    parts = [(n, label) for n, label in metric_names().items() if not (n == "lpips" and score.is_reference)]
    found = [(label, metric_of(score, name).reason) for name, label in parts]
    return [sentence.format(part=label, reason=tr(reason)) for label, reason in found if reason]
