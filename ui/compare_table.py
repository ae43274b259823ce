"""The lines under compared pictures as a table: names in its head, bars for scores, bold for differences."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from services.aim.ranking import mixed_scorers
from services.evaluation import Row
from ui import formats
from ui.campaign_words import scorer_name, weights
from ui.compare_rows import Cell, Line, comparable, name_of, recipe_lines, score_lines
from ui.i18n import _, ngettext
from ui.layout import section
from ui.score_table import how_scored
from ui.text import plain, say
from ui.theme import METRIC_COLOURS


def scores(rows: Sequence[Row]) -> None:
    """The scores side by side; what does not compare says so, in words and in the table's head."""
    section(_("Scores"))
    if not any(row.score for row in rows):
        st.caption(_("None of these pictures is scored yet."))
        return
    alike = comparable(rows)
    if not alike:
        _not_comparable(rows)
    _table(rows, score_lines(rows), notes=None if alike else [_scored_by(row) for row in rows])
    how_scored([row.variant for row in rows])


def differences(rows: Sequence[Row]) -> None:
    """Only where the recipes differ."""
    section(_("What was done differently"))
    lines, same = recipe_lines([row.variant for row in rows])
    if lines:
        _table(rows, lines, strong=True)
    else:
        st.caption(_("Nothing: these pictures have the same recipe."))
    if same and lines:
        st.caption(_("The same in all: {names}.").format(names=plain(" · ".join(same))))


def _not_comparable(rows: Sequence[Row]) -> None:
    mixed = mixed_scorers([row.score for row in rows if row.score])
    if mixed:
        st.warning(say(mixed), icon=":material/difference:")
        return
    late = [plain(name_of(row)) for row in rows if row.rank is None and row.score and row.score.final]
    text = ngettext(
        "{names} was scored against another text or reference: its score does not compare with the others.",
        "{names} were scored against another text or reference: their scores do not compare with the others.",
        len(late),
    )
    st.warning(text.format(names=", ".join(late)), icon=":material/difference:")


def _scored_by(row: Row) -> str:
    if row.score is None:
        return ""
    used = weights(row.score.weights)
    return f"{scorer_name(row.score.scorer)} · {_('weights {weights}').format(weights=used)}"


def _table(
    rows: Sequence[Row], lines: Sequence[Line], strong: bool = False, notes: Sequence[str] | None = None
) -> None:
    heads = "".join(
        f'<th scope="col">{escape(name_of(row))}{_small(notes[n] if notes else "")}</th>'
        for n, row in enumerate(rows)
    )
    body = "".join(
        f'<tr><th scope="row">{escape(line.label)}</th>'
        + "".join(_cell(cell, line.metric, strong) for cell in line.cells)
        + "</tr>"
        for line in lines
    )
    st.html(f'<table class="versus"><thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>')


def _cell(cell: Cell, metric: str, strong: bool) -> str:
    hover = f' title="{escape(cell.exact)}"' if cell.exact and cell.exact != cell.text else ""
    bold = (strong or cell.best) and cell.text != formats.DASH
    text = f"<b>{escape(cell.text)}</b>" if bold else escape(cell.text)
    if cell.best:
        text += f' <small class="best">{escape(_("best"))}</small>'
    bar = ""
    if cell.share is not None and metric:
        fill = f"width:{cell.share:.1%};background:{METRIC_COLOURS[metric]}"
        bar = f'<span class="bar-track"><span style="{fill}"></span></span>'
    return f"<td{hover}>{text}{bar}</td>"


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""
