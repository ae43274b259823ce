"""One session with everything that made it: variants, brief, plan, references, recipes, exact scores."""

from __future__ import annotations

import streamlit as st

from services import sessions, studio
from services.jobs import queue
from services.sessions import SessionKind, SessionView
from ui import formats
from ui.brief_form import campaign_name
from ui.brief_summary import brief_in_full
from ui.cards import status_line
from ui.guard import guard
from ui.i18n import _
from ui.job_progress import run_panel
from ui.layout import page_head
from ui.navigation import EVALUATE, RUN_PARAM, SESSION_PARAM, SESSIONS, STUDIO, go, link
from ui.recipes import recipe_table
from ui.score_table import how_scored
from ui.session_story import plan_in_full, references_in_full
from ui.steps import UNFINISHED
from ui.text import plain
from ui.variants import variant_grid


def session_detail(session_id: str) -> None:
    view = sessions.load(session_id)
    if view.kind == SessionKind.EVALUATE:
        go(EVALUATE, **{SESSION_PARAM: session_id})
    link(SESSIONS, _("All sessions"), icon=":material/arrow_back:")
    with page_head(plain(view.brief.topic)):
        _actions(view)
    _facts(view)
    run = queue.latest(session_id, besides=queue.ASIDE)
    if run and run.state in UNFINISHED:
        run_panel(run, session_id)
    variants, made = st.tabs([_("Variants"), _("How it was made")], key="tab", on_change="rerun")
    if variants.open:
        with variants:
            _variants(view, running=bool(run and run.state in UNFINISHED))
    if made.open:
        with made:
            _made(view)


def _actions(view: SessionView) -> None:
    with st.container(horizontal=True, horizontal_alignment="right", width="content"):
        if st.button(
            _("Run again"),
            icon=":material/replay:",
            help=_("New variants from the same references, with new seeds."),
        ):
            with guard():
                go(STUDIO, **{SESSION_PARAM: view.id, RUN_PARAM: studio.start_again(view.id)})
        if view.variants and st.button(_("Score report"), icon=":material/grading:"):
            go(EVALUATE, **{SESSION_PARAM: view.id})
        if st.button(_("Duplicate as new brief"), icon=":material/content_copy:"):
            with guard():
                go(STUDIO, **{SESSION_PARAM: sessions.duplicate(view.id)})
        if st.button(_("Open in Studio"), icon=":material/edit:"):
            go(STUDIO, **{SESSION_PARAM: view.id})


def _facts(view: SessionView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        status_line(view.status, None)
        st.caption(
            " · ".join(
                [
                    plain(campaign_name(view.campaign)),
                    formats.engine(view.engine),
                    _("made {when}").format(when=formats.when(view.created_at)),
                    _("changed {when}").format(when=formats.when(view.updated_at)),
                ]
            ),
            width="content",
        )
        if view.parent_id:
            link(
                SESSIONS,
                _("Made from another session"),
                icon=":material/call_split:",
                **{SESSION_PARAM: view.parent_id},
            )


def _variants(view: SessionView, running: bool) -> None:
    if not view.variants:
        if not running:
            st.info(_("No variants yet. Open the session in the Studio to go on."))
        return
    if not running:
        variant_grid(view)
        how_scored(view.variants)


def _made(view: SessionView) -> None:
    st.header(_("Brief"), anchor=False)
    brief_in_full(view.brief)
    if view.plan:
        st.header(_("Plan"), anchor=False)
        plan_in_full(view.plan)
    if view.conditions:
        st.header(_("References"), anchor=False)
        references_in_full(view)
    if view.variants:
        st.header(_("Recipes"), anchor=False)
        recipe_table(view)
