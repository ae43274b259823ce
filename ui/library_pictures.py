"""The pictures of a library: search first, then all of them page by page."""

from __future__ import annotations

import streamlit as st

from services import library_pages
from services.libraries import LibraryCard
from services.library_spaces import spaces_of_library
from services.storage.images import get_store
from ui import address, formats
from ui.i18n import _
from ui.layout import empty_state
from ui.library_query import Wish, wish
from ui.library_results import results
from ui.library_search_bar import clear_button, search_bar
from ui.library_spaces import prepare_button
from ui.library_tiles import tile

PER_PAGE = 48


def pictures(card: LibraryCard) -> None:
    asked = wish()
    if not searchable(card.name):
        prepare_first(card.name)
    else:
        search_bar(card.name, asked)
        if asked.searches:
            results(card, asked)
            return
    _all(card, asked)


def searchable(name: str) -> bool:
    """Some search model has read every picture."""
    return any(space.ready for space in spaces_of_library(name))


def prepare_first(name: str) -> None:
    space = next((s for s in spaces_of_library(name) if s.default), spaces_of_library(name)[0])
    with st.container(border=True, key="card_prepare", horizontal=True, vertical_alignment="center"):
        words = _("Before this library can be searched, {pictures} must be read once, on this machine.")
        st.markdown(words.format(pictures=formats.pictures(space.missing)), width="stretch")
        prepare_button(name, space.encoder, "libraryprepare_first")


def _all(card: LibraryCard, asked: Wish) -> None:
    page = library_pages.page(card.name, address.current_page(), PER_PAGE, asked.shown)
    if asked.filters:
        with st.container(horizontal=True, vertical_alignment="center"):
            clear_button()
            st.caption(formats.pictures(page.total))
    if not page.items:
        _none(asked)
        return
    get_store().prefetch(item.sha256 for item in page.items if item.pictured)
    grid = st.grid(6, min_column_width=140, gap="small")
    for item in page.items:
        with grid.cell():
            tile(item.id, item.sha256, item.name, item.pictured, f"item_{item.id}")
    address.pages(page.total, PER_PAGE)


def _none(asked: Wish) -> None:
    if asked.filters:
        st.info(_("No picture passes these filters. Take one away."), icon=":material/filter_list_off:")
        return
    with empty_state("add_photo_alternate", _("No pictures yet"), _("Add some: references come from them.")):
        return
