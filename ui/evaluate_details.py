"""One picture's score explained: where it comes from, what is seen, why this rank. Open by ?v=VARIANT.

The address says what is open, so that the dialog stays while a map is drawn, and after a reload.
"""

from __future__ import annotations

import streamlit as st

from services.evaluation import Evaluation, Row
from services.evaluation.uploads import UPLOAD
from ui import formats
from ui.bars import metric_names, metric_of, score_bars, score_line, seen
from ui.coverage import (
    coverage_list,
    coverage_summary,
    how_checked,
    likeness_line,
    twin_line,
    twins_of,
)
from ui.guard import guard
from ui.heatmap import heatmap_panel
from ui.i18n import _
from ui.navigation import DETAILS_PARAM, EVALUATE, SESSION_PARAM, SESSIONS
from ui.share import copy_link
from ui.text import plain, say, short


def open_details(variant_id: int) -> None:
    """For a button's on_click."""
    st.query_params[DETAILS_PARAM] = str(variant_id)


def details_if_open(evaluation: Evaluation) -> None:
    """The dialog of the picture that the address names, if any."""
    wanted = st.query_params.get(DETAILS_PARAM)
    row = next((row for row in evaluation.rows if str(row.id) == wanted), None)
    if row is None:
        return

    made_here = row.variant.recipe.generator != UPLOAD
    title = evaluation.session.brief.topic if made_here else row.name

    @st.dialog(plain(short(title)), width="large", on_dismiss=_close)
    def show() -> None:
        with guard():
            maps, words = st.columns([3, 2], gap="medium")
            with maps:
                heatmap_panel(evaluation, row)
            with words:
                _explained(evaluation, row)

    show()


def _close() -> None:
    st.query_params.pop(DETAILS_PARAM, None)


def _explained(evaluation: Evaluation, row: Row) -> None:
    score_line(row.variant, is_reference=row.variant.sha256 == evaluation.session.reference_sha256)
    if row.score:
        score_bars(row.score)
        seen(row.score)
        missing(row)
    why_this_rank(row)
    st.markdown(f"**{_('What it shows')}**")
    if summary := coverage_summary(row.coverage):
        st.caption(summary)
    coverage_list(row.coverage)
    if row.coverage and row.coverage.items:
        st.caption(f"{how_checked(row.coverage)} {_('This stands beside the score and is no part of it.')}")
    likeness_line(row.likeness)
    if names := twins_of(evaluation, row.id):
        st.caption(f":orange[:material/content_copy: {plain(twin_line(names))}]")
    page = EVALUATE if row.variant.recipe.generator == UPLOAD else SESSIONS
    copy_link(page, "variant", **{SESSION_PARAM: evaluation.session.id, DETAILS_PARAM: str(row.id)})


def why_this_rank(row: Row) -> None:
    """What lifts the picture and what it loses, against the others."""
    rank, final = row.rank, row.score.final if row.score else None
    title = _("Why this rank?")
    if rank and final is not None:
        title = _("Ranks {rank} with {final} points because").format(rank=f"#{rank}", final=f"{final:.1f}")
    st.markdown(f"**{plain(title)}**")
    if row.score is None:
        st.caption(_("This picture is not scored yet."))
    st.markdown("\n".join(f"- {say(reason)}" for reason in row.why))


def missing(row: Row) -> None:
    """Each part that is not scored, and why."""
    if row.score is None:
        return
    for name, label in metric_names().items():
        reason = metric_of(row.score, name).reason
        if reason is not None and not (name == "lpips" and row.score.is_reference):
            st.caption(f"{label}: {_('not scored')}: {say(reason)}")


def exact_figures(row: Row) -> str:
    """For a hover: raw and normalised of all parts, to four digits."""
    if row.score is None:
        return ""
    parts = [(label, metric_of(row.score, name)) for name, label in metric_names().items()]
    return "; ".join(f"{label} {formats.exact(m.raw)} ({formats.exact(m.norm)})" for label, m in parts)
