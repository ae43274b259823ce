"""One library: its head, and tabs of which only the open one does any work. ?library=NAME&tab="""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from services import libraries, library_health
from services.libraries import LibraryCard
from services.library_health import Trouble
from services.people import Role
from ui import address, formats
from ui.brief_form import library_name
from ui.guard import guard
from ui.i18n import _
from ui.layout import page_head
from ui.library_coverage import coverage
from ui.library_detail import item_dialog
from ui.library_duplicates import duplicates_panel
from ui.library_form import library_form
from ui.library_health import check_button, notes
from ui.library_import import attach_form
from ui.library_list import searched_with
from ui.library_map import library_map
from ui.library_pictures import pictures
from ui.library_spaces import search_models
from ui.library_table import captions_and_tags
from ui.library_watched import watched_run
from ui.navigation import LIBRARIES, go, link
from ui.review_access import refusal
from ui.text import plain

TAB = "tab"


def one_library(name: str) -> None:
    card = libraries.get_library(name)
    health = library_health.health(name)
    link(LIBRARIES, _("All libraries"), icon=":material/arrow_back:")
    facts = [
        formats.pictures(card.images),
        *([formats.size(health.bytes)] if health.bytes else []),
        searched_with(card),
        _("made {when}").format(when=formats.when(card.created_at)),
    ]
    head = page_head(plain(library_name(name)), " · ".join(facts))
    with head, st.container(horizontal=True, horizontal_alignment="right", width="content"):
        _actions(card, any(note.trouble is Trouble.WAITING for note in health.notes))
    notes(name, health)
    watched_run()
    _tabs(card)
    item_dialog(card)


def _actions(card: LibraryCard, waiting: bool) -> None:
    with st.popover(_("Search models"), icon=":material/image_search:"):
        search_models(card.name)
    if card.built_in:
        return
    why = refusal(Role.CREATOR)
    with st.popover(
        _("Add pictures"), icon=":material/add_photo_alternate:", disabled=bool(why), help=why or None
    ):
        library_form(card.name)
    if waiting:
        with st.popover(_("Attach pictures"), icon=":material/attach_file:", disabled=bool(why)):
            attach_form(card.name)
    with st.popover("", icon=":material/more_horiz:", help=_("More"), disabled=bool(why), key="library_more"):
        check_button(card.name)
        _confirm_delete(card.name)


def _confirm_delete(name: str) -> None:
    st.markdown(f"**{_('Delete')}**")
    st.markdown(_("Sessions keep the references they used. The library itself cannot be brought back."))
    if st.button(_("Delete this library"), icon=":material/delete:", key="library_delete"):
        with guard():
            libraries.delete(name)
            go(LIBRARIES)


def _tabs(card: LibraryCard) -> None:
    """Only the open one is drawn; the address says which."""
    parts: dict[str, tuple[str, Callable[[], None]]] = {
        "pictures": (_("Pictures"), lambda: pictures(card)),
        "map": (_("Picture map"), lambda: library_map(card)),
        "words": (_("Captions and tags"), lambda: captions_and_tags(card)),
        "duplicates": (_("Duplicates"), lambda: duplicates_panel(card.name)),
        "coverage": (_("Coverage"), lambda: coverage(card)),
    }
    codes = {label: code for code, (label, _draw) in parts.items()}
    wanted = address.read(TAB)
    st.session_state[TAB] = parts[wanted if wanted in parts else "pictures"][0]
    tabs = st.tabs(list(codes), key=TAB, on_change=_open_tab, args=(codes,))
    for tab, (_label, draw) in zip(tabs, parts.values(), strict=True):
        if tab.open:
            with tab, guard():
                draw()


def _open_tab(codes: dict[str, str]) -> None:
    code = codes.get(str(st.session_state[TAB]), "pictures")
    st.query_params.pop(address.PAGE, None)
    if code == "pictures":
        st.query_params.pop(TAB, None)
    else:
        st.query_params[TAB] = code
