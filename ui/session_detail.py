"""One session's page: its head, and tabs for variants, how it was made, discussion and export.

Everything that is open has a place in the address: ?s=SESSION, &tab=, &show=, &v=VARIANT, &review=1.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from services import review, sessions
from services.jobs import queue
from services.jobs.views import ASIDE
from services.review import SessionReview
from services.sessions import SessionKind, SessionView
from ui import address
from ui.brand_check import brand_check
from ui.brief_summary import brief_in_full
from ui.compare_choice import compare_links
from ui.discussion import discussion
from ui.export_panel import export_panel
from ui.i18n import _
from ui.images import prefetch
from ui.job_progress import run_panel
from ui.lineage import lineage
from ui.lost_pictures import lost_pictures
from ui.navigation import EVALUATE, SESSION_PARAM, go
from ui.recipes import recipe_table
from ui.review_live import follow_others
from ui.review_one import review_one, reviewing
from ui.review_shown import shown_variants
from ui.score_table import how_scored
from ui.session_header import session_header
from ui.session_story import plan_in_full, references_in_full
from ui.steps import UNFINISHED
from ui.variants import variant_grid

TAB_PARAM = "tab"


def session_detail(session_id: str) -> None:
    view = sessions.load(session_id)
    if view.kind == SessionKind.EVALUATE:
        go(EVALUATE, **{SESSION_PARAM: session_id})
    seen = review.load(session_id)
    if reviewing() and view.variants:
        review_one(view, seen)
    else:
        _whole(view, seen)
    follow_others(session_id, seen.version)


def _whole(view: SessionView, seen: SessionReview) -> None:
    session_header(view, seen)
    run = queue.latest(view.id, besides=ASIDE)
    running = bool(run and run.state in UNFINISHED)
    if run and running:
        run_panel(run, view.id)
    parts: dict[str, tuple[str, Callable[[], None]]] = {
        "variants": (_("Variants"), lambda: _variants(view, seen, running)),
        "made": (_("How it was made"), lambda: _made(view)),
        "discussion": (_("Discussion"), lambda: discussion(view, seen)),
        "export": (_("Export"), lambda: export_panel(view)),
    }
    _tabs(parts)


def _tabs(parts: dict[str, tuple[str, Callable[[], None]]]) -> None:
    """Only the open one is drawn; the address says which."""
    codes = {label: code for code, (label, _draw) in parts.items()}
    wanted = address.read(TAB_PARAM)
    st.session_state[TAB_PARAM] = parts[wanted if wanted in parts else "variants"][0]
    tabs = st.tabs(list(codes), key=TAB_PARAM, on_change=_open_tab, args=(codes,))
    for tab, (_label, draw) in zip(tabs, parts.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def _open_tab(codes: dict[str, str]) -> None:
    code = codes.get(str(st.session_state[TAB_PARAM]), "variants")
    if code == "variants":
        st.query_params.pop(TAB_PARAM, None)
    else:
        st.query_params[TAB_PARAM] = code


def _variants(view: SessionView, seen: SessionReview, running: bool) -> None:
    if not view.variants:
        if not running:
            st.info(_("No variants yet. Open the session in the Studio to go on."))
        return
    if not running:
        compare_links(view)
        brand_check(view)
        lost_pictures(view)
        prefetch(variant.sha256 for variant in view.variants)
        variant_grid(view, seen=seen, only=shown_variants(view, seen))
        how_scored(view.variants)


def _made(view: SessionView) -> None:
    if view.variants:
        lineage(view)
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
