"""Evaluate: finished pictures of any origin, scored and explained. A new one, or one by ?s=ID."""

from __future__ import annotations

import streamlit as st

from services.evaluation import Evaluation, load_evaluation
from services.jobs import queue
from services.jobs.queue import RunState
from services.sessions import SessionKind
from ui import formats
from ui.brief_form import campaign_name
from ui.compare_choice import compare_links
from ui.coverage import twin_warning
from ui.evaluate_details import details_if_open
from ui.evaluate_form import new_evaluation
from ui.evaluate_setup import score_again, setup
from ui.evaluate_summary import notices, summary, waiting_grid
from ui.evaluate_table import evaluation_table
from ui.evaluate_tools import tools
from ui.guard import guard
from ui.i18n import _
from ui.job_progress import run_panel
from ui.layout import page_head
from ui.navigation import EVALUATE, SESSION_PARAM, SESSIONS, go, link, through_home
from ui.score_table import how_scored
from ui.steps import UNFINISHED
from ui.text import plain


def start() -> None:
    page_head(_("Evaluate"), _("Drop finished pictures and see how well each one tells your story, and why."))
    new_evaluation()


def one_evaluation(evaluation: Evaluation) -> None:
    view = evaluation.session
    link(SESSIONS, _("All sessions"), icon=":material/arrow_back:")
    with page_head(plain(view.brief.topic), plain(view.brief.product_text)):
        if view.kind == SessionKind.STUDIO:
            if st.button(_("Open the session"), icon=":material/history:"):
                go(SESSIONS, **{SESSION_PARAM: view.id})
        elif st.button(_("New evaluation"), icon=":material/add:"):
            go(EVALUATE)
    st.caption(facts(evaluation))
    compare_links(view)

    run = queue.latest(view.id, besides=queue.ASIDE)
    running = run is not None and run.state in UNFINISHED
    if run is not None and run.state is not RunState.DONE:
        run_panel(run)
    if not running:
        score_again(evaluation)
    report(evaluation)
    setup(evaluation, running)
    details_if_open(evaluation)


def facts(evaluation: Evaluation) -> str:
    view = evaluation.session
    parts = [
        formats.pictures(len(evaluation.rows)),
        plain(campaign_name(view.campaign)),
        formats.engine(view.engine),
        _("made {when}").format(when=formats.when(view.created_at)),
    ]
    return " · ".join(parts)


def report(evaluation: Evaluation) -> None:
    """Headline, warnings, table, formulas; the bare pictures until there is a score."""
    if not any(row.score for row in evaluation.rows):
        waiting_grid(evaluation)
        return
    summary(evaluation)
    notices(evaluation)
    twin_warning(evaluation)
    tools(evaluation)
    evaluation_table(evaluation)
    how_scored([row.variant for row in evaluation.rows])


through_home()
with guard():
    session_id = st.query_params.get(SESSION_PARAM)
    if session_id:
        one_evaluation(load_evaluation(session_id))
    else:
        start()
