"""Compare: two to four variants of a session (?s=ID&v=12,15) side by side; with ?vote=1 a blind vote."""

from __future__ import annotations

import streamlit as st

from services.evaluation import Evaluation, load_evaluation
from ui import address, compare_table
from ui.compare_choice import VOTE_PARAM, chosen, strip
from ui.compare_rows import name_of
from ui.compare_stage import Shown, stage
from ui.compare_style import compare_css
from ui.guard import guard
from ui.i18n import _
from ui.layout import empty_state, page_head
from ui.navigation import COMPARE, SESSION_PARAM, SESSIONS, go, link, session_page, through_home
from ui.text import plain, short
from ui.vote_page import vote_page, voting

VIEW_PARAM = "view"
SIDE, WIPE = "side", "wipe"


def compare_page(evaluation: Evaluation) -> None:
    view = evaluation.session
    shown = chosen(evaluation.rows)
    head = page_head(_("Compare"), plain(short(view.brief.topic, 90)))
    with head, st.container(horizontal=True, vertical_alignment="center", width="content"):
        views = {SIDE: _("Next to each other"), WIPE: _("Slider")}
        wipe = len(shown) == 2 and address.segments(_("View"), VIEW_PARAM, views) == WIPE
        if st.button(_("Vote blind"), icon=":material/how_to_vote:"):
            go(COMPARE, **{SESSION_PARAM: view.id, VOTE_PARAM: "1"})
        link(
            session_page(view.kind, made=True), _("Back"), ":material/arrow_back:", **{SESSION_PARAM: view.id}
        )
    strip(evaluation.rows, shown)
    pictures = [
        Shown(
            row.variant.sha256,
            (row.variant.width, row.variant.height),
            name_of(row),
            _("{variant} for {topic}").format(variant=name_of(row), topic=view.brief.topic),
        )
        for row in shown
    ]
    stage(pictures, f"compare_{view.id}", wipe=wipe)
    if len(shown) < 2:
        st.info(_("Choose another variant above to compare it with."), icon=":material/touch_app:")
        return
    compare_table.scores(shown)
    compare_table.differences(shown)


def too_few(evaluation: Evaluation) -> None:
    """No pair can be made of what there is."""
    view = evaluation.session
    page_head(_("Compare"), plain(short(view.brief.topic, 90)))
    body = _("A comparison needs two variants. This session has fewer so far.")
    with empty_state("compare", _("Nothing to compare yet"), body):
        if st.button(_("Open the session"), icon=":material/history:", type="primary"):
            go(session_page(view.kind, made=bool(view.variants)), **{SESSION_PARAM: view.id})


def no_session() -> None:
    page_head(_("Compare"), _("Two to four variants of a session side by side."))
    body = _("Open a session and choose Compare there.")
    with empty_state("compare", _("Which session?"), body):
        if st.button(_("All sessions"), icon=":material/history:", type="primary"):
            go(SESSIONS)


through_home()
with guard():
    compare_css()
    session_id = st.query_params.get(SESSION_PARAM)
    if not session_id:
        no_session()
    else:
        found = load_evaluation(session_id)
        if len(found.rows) < 2:
            too_few(found)
        elif voting():
            vote_page(found)
        else:
            compare_page(found)
