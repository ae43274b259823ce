"""What a search of a library found: pictures with their similarity, and why each is there in plain words."""

from __future__ import annotations

from html import escape

import streamlit as st

from services import library_pages, library_runs
from services.libraries import LibraryCard
from services.retrieval.found import Found, Why
from services.storage.images import get_store
from ui import formats
from ui.i18n import _, ngettext
from ui.library_asked import asked
from ui.library_query import Wish, search_for
from ui.library_search_bar import clear_button
from ui.library_tiles import tile
from ui.text import say

LABELS_SHOWN = 3
CAPTION_DECIDES = 0.5
"""From this share of the similarity on the caption is named as the reason."""


def results(card: LibraryCard, wish: Wish) -> None:
    """The worker searches: it has the models loaded, and this page never needs them."""
    what = (card.name, library_pages.version(card.name), wish.query())
    run = asked("library_search", what, lambda: library_runs.find(card.name, wish.query()), _("Searching."))
    if run is None:
        return
    for notice in library_runs.notices(run):
        st.info(say(notice), icon=":material/info:")
    found = library_runs.found(run)
    with st.container(horizontal=True, vertical_alignment="center", key="library_results_head"):
        clear_button()
        if found:
            count = ngettext("{count} picture", "{count} pictures", len(found))
            words = _("Closest first. The figure is the similarity, at most 1.")
            st.caption(f"{count.format(count=formats.number(len(found)))} · {words}")
    if not found:
        st.info(
            _("Nothing that passes the filters comes close to that. Take a filter away.")
            if wish.filters
            else _("Nothing in this library comes close to that. Try other words.")
        )
        return
    get_store().prefetch(hit.sha256 for hit in found if hit.pictured)
    grid = st.grid(4, min_column_width=200, gap="medium")
    for hit in found:
        with grid.cell():
            _result(hit)


def _result(hit: Found) -> None:
    name = hit.caption or hit.file_name
    figure = formats.similarity(hit.similarity)
    with st.container(gap="xxsmall", key=f"result_{hit.item_id}"):
        tile(hit.item_id, hit.sha256, name, hit.pictured, f"found_{hit.item_id}", figure)
        reason = why(hit.why)
        if reason:
            st.html(f'<p class="why">{escape(reason)}</p>')
        st.button(
            _("More like this"),
            key=f"like_{hit.item_id}",
            type="tertiary",
            icon=":material/image_search:",
            on_click=search_for,
            kwargs={"like": hit.item_id},
        )


def why(reason: Why) -> str:
    """ "Because of: Labrador retriever, sofa. Its caption says: plush." "" where the model cannot tell."""
    parts = []
    if reason.labels:
        shown = ", ".join(label.name for label in reason.labels[:LABELS_SHOWN])
        parts.append(_("Because of: {things}.").format(things=shown))
    if reason.words:
        parts.append(_("Its caption says: {words}.").format(words=", ".join(reason.words)))
    elif reason.caption is not None and reason.caption >= CAPTION_DECIDES:
        parts.append(_("Mostly for its caption."))
    return " ".join(parts)
