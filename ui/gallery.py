"""Inside a library: search first, then its pictures page by page."""

from __future__ import annotations

import streamlit as st

from services import libraries, library_runs
from services.jobs import queue
from services.jobs.queue import RunState, RunView
from services.libraries import LibraryCard, LibraryQuery
from ui import address, formats
from ui.i18n import _
from ui.images import full_size, picture
from ui.job_progress import run_panel
from ui.text import plain, short

PER_PAGE = 48
FOUND = 24

AT_ONCE_SECONDS = 3.0
"""A search of a warm worker takes a fraction of it; a longer one shows its progress instead."""


def gallery(card: LibraryCard) -> None:
    query = address.search_box(
        _("Search this library"), "q", _("A stylish sofa in a cozy room"), hidden_label=True
    )
    if query:
        _found(card, query)
    else:
        _all(card)


def _found(card: LibraryCard, query: str) -> None:
    """The worker searches: it has the models loaded, and this page never needs them."""
    run = _search(card, query)
    if run.state is not RunState.DONE:
        run_panel(run)
        return
    found = library_runs.found(run)
    if not found:
        st.info(_("Nothing in this library comes close to that. Try other words."))
        return
    st.caption(_("Closest first. The figure is the similarity to your words, at most 1."))
    grid = st.grid(6, min_column_width=140, gap="small")
    for index, each in enumerate(found):
        with grid.cell():
            _tile(
                each.sha256,
                each.caption or each.file_name,
                f"found_{index}",
                formats.similarity(each.similarity),
            )


def _search(card: LibraryCard, query: str) -> RunView:
    """The run of this search: asked for once, and read again when the page is drawn again."""
    asked = (card.name, card.images, query)
    if st.session_state.get("searched", (None, ""))[0] != asked:
        st.session_state["searched"] = (asked, library_runs.find(card.name, LibraryQuery(query, top=FOUND)))
    with st.spinner(_("Searching.")):
        return queue.wait(st.session_state["searched"][1], AT_ONCE_SECONDS)


def _all(card: LibraryCard) -> None:
    items = libraries.list_items(card.name, address.current_page(), PER_PAGE)
    grid = st.grid(6, min_column_width=140, gap="small")
    for item in items.items:
        with grid.cell():
            _tile(item.sha256, item.caption or item.file_name, f"item_{item.id}")
    address.pages(items.total, PER_PAGE)


def _tile(sha256: str, name: str, key: str, figure: str = "") -> None:
    with st.container(key=f"tile_{key}", gap="xxsmall"):
        picture(sha256, name, key=f"shot_tile_{key}")
        label = f"**{figure}** {plain(name)}" if figure else plain(name)
        if st.button(label, key=f"open_{key}", type="tertiary", help=_("View full size")):
            full_size(sha256, plain(short(name)), name)
