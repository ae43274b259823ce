"""The headline of an evaluation, what the reader should know, and the pictures before there is a score."""

from __future__ import annotations

import streamlit as st

from services.evaluation import Evaluation
from ui.coverage import label_of
from ui.i18n import _
from ui.images import picture
from ui.layout import empty_state
from ui.text import plain, say, short

SHOWN = 24
"""Pictures shown while they wait for their scores."""


def summary(evaluation: Evaluation) -> None:
    """Which picture is first, and the strongest reason."""
    best = next((row for row in evaluation.rows if row.rank == 1), None)
    if best is None or best.score is None or best.score.final is None:
        st.markdown(_("No picture has a rank yet: a part of the score is missing."))
        return
    sentence = _("{name} ranks first with {final} of 100.").format(
        name=f"**{plain(short(label_of(best)))}**", final=f"{best.score.final:.1f}"
    )
    why = f" {say(best.why[0])}" if best.why else ""
    st.markdown(f"{sentence}{why}")


def notices(evaluation: Evaluation) -> None:
    """Long texts, mixed scorers: what to know before comparing figures."""
    if evaluation.mixed is not None:
        st.warning(say(evaluation.mixed), icon=":material/info:")
    for notice in evaluation.notices:
        st.info(say(notice), icon=":material/info:")


def waiting_grid(evaluation: Evaluation) -> None:
    """The pictures alone."""
    if not evaluation.rows:
        with empty_state("grading", _("No pictures yet"), _("Add the pictures that you want to compare.")):
            return
    grid = st.grid("auto", min_column_width=132, gap="small")
    for row in sorted(evaluation.rows, key=lambda row: row.variant.index)[:SHOWN]:
        with grid.cell():
            picture(row.variant.sha256, row.name, key=f"shot_tap_waiting_{row.id}")
