"""The map of the studio: its pages by section, and the way from one to another."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from services.sessions import SessionKind
from ui.i18n import _, language
from ui.theme import LOGO

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

OVERVIEW = "pages/overview.py"
STUDIO = "pages/studio.py"
EXPERIMENTS = "pages/experiments.py"
SESSIONS = "pages/sessions.py"
CAMPAIGNS = "pages/campaigns.py"
COMPARE = "pages/compare.py"
LIBRARIES = "pages/libraries.py"
EVALUATE = "pages/evaluate.py"
RUNS = "pages/runs.py"
SETTINGS = "pages/settings.py"

_stage = threading.local()
"""`_stage.set` is true in a thread while Home.py runs a page there."""

SESSION_PARAM = "s"
RUN_PARAM = "run"
LIBRARY_PARAM = "library"
EXPERIMENT_PARAM = "e"
NEW_PARAM = "new"
DETAILS_PARAM = "v"
"""The variant whose details lie open."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu. `path` is its file, `address` its place in the URL."""

    path: str
    address: str
    icon: str
    title: str
    listed: bool = True
    """Whether the menu shows it; others are reached from a thing they are about."""


def menu() -> dict[str, list[Entry]]:
    """Section -> its pages. The first page is home."""
    return {
        "": [Entry(OVERVIEW, "overview", ":material/home:", _("Overview"))],
        _("Create"): [
            Entry(STUDIO, "studio", ":material/auto_awesome:", _("Studio")),
            Entry(EXPERIMENTS, "experiments", ":material/science:", _("Experiments")),
        ],
        _("Review"): [
            Entry(SESSIONS, "sessions", ":material/history:", _("Sessions")),
            Entry(CAMPAIGNS, "campaigns", ":material/monitoring:", _("Campaigns")),
            Entry(COMPARE, "compare", ":material/compare:", _("Compare"), listed=False),
        ],
        _("Assets"): [Entry(LIBRARIES, "libraries", ":material/photo_library:", _("Libraries"))],
        _("Measure"): [Entry(EVALUATE, "evaluate", ":material/grading:", _("Evaluate"))],
        _("System"): [
            Entry(RUNS, "runs", ":material/checklist:", _("Runs")),
            Entry(SETTINGS, "settings", ":material/tune:", _("Settings")),
        ],
    }


def pages() -> Page:
    """Declare the pages and return the one that the address asks for."""
    st.logo(LOGO, size="large")
    entries = [entry for section in menu().values() for entry in section]
    return st.navigation(
        [
            st.Page(e.path, title=e.title, icon=e.icon, url_path=e.address, default=e.path == OVERVIEW)
            for e in entries
        ],
        position="hidden",
    )


def sidebar_menu() -> None:
    """The menu in the sidebar. Streamlit's own puts its sections where a list may have items alone."""
    with st.sidebar.container(key="menu", gap="xsmall"):
        for section, entries in menu().items():
            if section:
                st.caption(section)
            for entry in entries:
                if entry.listed:
                    link(entry.path, entry.title, entry.icon)


def perform(page: Page) -> None:
    """Run `page` from Home.py."""
    _stage.set = True
    try:
        page.run()
    finally:
        _stage.set = False


def through_home() -> None:
    """First line of every page: make sure that Home.py runs it.

    Before `st.navigation` has run once in a server's life, Streamlit takes pages/ for a menu of its own,
    and the first deep link after a start runs the page's file alone. Declaring the pages ends that; then
    start over, at the same address. The tab's icon goes before: Streamlit would fetch the page's own from
    the web.
    """
    if not getattr(_stage, "set", False):
        st.set_page_config(page_title="AIM Studio", page_icon=LOGO, layout="wide")
        pages()
        st.rerun()


def go(page: str, **params: str) -> None:
    """Leave for `page` with these values in its address, and the language chosen by hand."""
    chosen = {"lang": language()} if st.query_params.get("lang") else {}
    st.switch_page(page, query_params={**params, **chosen})


def session_page(kind: str, made: bool) -> str:
    """Where a session of this kind is shown; `made`: it has variants."""
    if kind == SessionKind.EVALUATE:
        return EVALUATE
    return SESSIONS if made else STUDIO


def link(page: str, label: str, icon: str | None = None, **params: str) -> None:
    """A link that reads as text and opens `page` with these values in its address."""
    chosen = {"lang": language()} if st.query_params.get("lang") else {}
    st.page_link(page, label=label, icon=icon, query_params={**params, **chosen})
