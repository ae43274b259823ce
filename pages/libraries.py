"""Libraries: the pictures that references are found in. Cards, one library by ?library=NAME, new ones."""

from __future__ import annotations

import streamlit as st

from services import libraries
from services.jobs import queue
from ui import formats
from ui.brief_form import library_name
from ui.cards import library_card
from ui.gallery import gallery
from ui.guard import guard
from ui.i18n import _
from ui.ingest_report import ingest_run
from ui.layout import empty_state, page_head
from ui.library_form import library_form
from ui.library_spaces import search_models
from ui.navigation import LIBRARIES, LIBRARY_PARAM, RUN_PARAM, go, link, through_home
from ui.text import plain


def watched_run() -> None:
    """The ingest that the address names."""
    if run_id := st.query_params.get(RUN_PARAM):
        with guard():
            ingest_run(queue.get(run_id))


def all_libraries() -> None:
    actions = page_head(_("Libraries"), _("The pictures that references are found in."))
    with actions.popover(_("New library"), icon=":material/add:", type="primary"):
        library_form()
    watched_run()
    cards = libraries.list_libraries()
    if not cards:
        with empty_state(
            "photo_library",
            _("No libraries yet"),
            _("Add your own pictures; the studio's backdrops are drawn with the first run."),
        ):
            return
    grid = st.grid(3, min_column_width=280)
    for card in cards:
        with grid.cell():
            library_card(card)


def one_library(name: str) -> None:
    card = libraries.get_library(name)
    link(LIBRARIES, _("All libraries"), icon=":material/arrow_back:")
    facts = [
        formats.pictures(card.images),
        formats.size(card.bytes),
        _("made {when}").format(when=formats.when(card.created_at)),
    ]
    head = page_head(plain(library_name(name)), " · ".join(facts))
    with head, st.container(horizontal=True, horizontal_alignment="right", width="content"):
        with st.popover(_("Search models"), icon=":material/image_search:"):
            search_models(name)
        if not card.built_in:
            with st.popover(_("Add pictures"), icon=":material/add_photo_alternate:"):
                library_form(name)
            with st.popover(_("Delete"), icon=":material/delete:"):
                confirm_delete(name)
    watched_run()
    gallery(card)


def confirm_delete(name: str) -> None:
    st.markdown(_("Sessions keep the references they used. The library itself cannot be brought back."))
    if st.button(_("Delete this library"), type="primary", icon=":material/delete:"):
        with guard():
            libraries.delete(name)
            go(LIBRARIES)


through_home()
with guard():
    name = st.query_params.get(LIBRARY_PARAM)
    if name:
        one_library(name)
    else:
        all_libraries()
