"""Tags and licences of many pictures at once, and taking the last such change back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from services import library_edit, library_pages
from services.errors import StudioError
from services.library_edit import Edit, add_tags, remove_tags, set_licence
from services.library_pages import LibraryPage
from ui import formats
from ui.i18n import _, ngettext, tr
from ui.review_access import called
from ui.text import plain

NOTE = "library_bulk_note"
UNCHANGED = ""


def bulk_bar(name: str, chosen: Sequence[int], page: LibraryPage, read_anew: Callable[[], None]) -> None:
    """For the `chosen` pictures, or for all of the page while none is chosen."""
    ids = list(chosen) or [item.id for item in page.items]
    with st.container(horizontal=True, vertical_alignment="center", key="library_bulk"):
        with st.popover(_label(len(ids), bool(chosen)), icon=":material/edit_note:"):
            _form(name, ids, read_anew)
        if (last := library_edit.last_bulk(name)) is not None:
            words = ngettext(
                "Undo the change of {count} picture", "Undo the change of {count} pictures", last.items
            )
            st.button(
                words.format(count=formats.number(last.items)),
                icon=":material/undo:",
                type="tertiary",
                key="library_bulk_undo",
                help=_("Made by {person}. What was changed since stays.").format(
                    person=plain(called(last.person))
                ),
                on_click=_undo,
                args=(name, last.entry_id, read_anew),
            )
    if note := st.session_state.pop(NOTE, None):
        good, text = note
        (st.success if good else st.warning)(text, icon=":material/check:" if good else ":material/info:")


def _label(count: int, chosen: bool) -> str:
    number = formats.number(count)
    if chosen:
        return ngettext("Change {count} chosen picture", "Change {count} chosen pictures", count).format(
            count=number
        )
    return ngettext(
        "Change the {count} picture of this page", "Change all {count} pictures of this page", count
    ).format(count=number)


def _form(name: str, ids: Sequence[int], read_anew: Callable[[], None]) -> None:
    known = list(library_pages.tags_in_use(name))
    st.multiselect(
        _("Add these tags"), known, key="bulk_add", accept_new_options=True, placeholder=_("Type a tag")
    )
    st.multiselect(_("Take these tags away"), known, key="bulk_remove", placeholder=_("Choose tags"))
    licences = [licence for licence in library_pages.licences_in_use(name) if licence]
    st.selectbox(
        _("Licence"),
        licences,
        index=None,
        key="bulk_licence",
        accept_new_options=True,
        placeholder=_("Leave as it is"),
    )
    st.button(
        _("Change"),
        type="primary",
        key="bulk_apply",
        icon=":material/check:",
        on_click=_apply,
        args=(name, tuple(ids), read_anew),
    )


def _apply(name: str, ids: tuple[int, ...], read_anew: Callable[[], None]) -> None:
    edits: list[Edit] = []
    if added := st.session_state.get("bulk_add"):
        edits.append(add_tags(added))
    if removed := st.session_state.get("bulk_remove"):
        edits.append(remove_tags(removed))
    if licence := st.session_state.get("bulk_licence"):
        edits.append(set_licence(licence))
    if not edits:
        st.session_state[NOTE] = (False, _("Choose tags or a licence first."))
        return
    try:
        changed = library_edit.edit_all(name, ids, library_edit.all_of(edits))
    except StudioError as error:
        st.session_state[NOTE] = (False, plain(tr(error.message)))
        return
    _told(changed.items, read_anew)
    for key, empty in (("bulk_add", []), ("bulk_remove", []), ("bulk_licence", None)):
        st.session_state[key] = empty


def _undo(name: str, entry_id: int, read_anew: Callable[[], None]) -> None:
    try:
        changed = library_edit.undo(name, entry_id)
    except StudioError as error:
        st.session_state[NOTE] = (False, plain(tr(error.message)))
        return
    _told(changed.items, read_anew)


def _told(count: int, read_anew: Callable[[], None]) -> None:
    words = ngettext("{count} picture changed.", "{count} pictures changed.", count)
    st.session_state[NOTE] = (True, words.format(count=formats.number(count)))
    read_anew()
