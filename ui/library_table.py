"""Captions, tags and licences of a library in a table. Each edited cell is saved at once.

The table's rows are read once for a page and kept: what the editor gives back is never fed to it again,
so that the cursor stays where it is. A change of many pictures, another page or filter reads them anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from services import library_edit, library_pages
from services.errors import StudioError
from services.libraries import LibraryCard
from services.library_edit import CAPTION_CHARS, LICENCE_CHARS, Edit, Words
from services.library_pages import ItemFilter, ItemRow, LibraryPage
from services.people import Role
from ui import address, formats
from ui.i18n import _, tr
from ui.images import tiny
from ui.library_bulk import bulk_bar
from ui.review_access import refusal
from ui.text import plain

PER_PAGE = 50
WITHOUT = "blank"
KEPT, FAULT, EPOCH = "library_table_kept", "library_table_fault", "library_table_epoch"
_NEW = object()
SELECT, PICTURE, FILE, CAPTION, TAGS, LICENCE = "select", "picture", "file", "caption", "tags", "licence"


def captions_and_tags(card: LibraryCard) -> None:
    why = _("The studio's own library cannot be changed.") if card.built_in else refusal(Role.CREATOR)
    st.caption(
        why or _("Captions are searched; tags and licences are filters. What you change is saved at once.")
    )
    blank = address.segments(_("Which pictures"), WITHOUT, {"": _("All"), "1": _("Without a caption")})
    page = _page(card.name, ItemFilter(uncaptioned=blank == "1"))
    if fault := st.session_state.pop(FAULT, ""):
        st.warning(plain(fault), icon=":material/info:")
    if not page.items:
        st.info(
            _("Every picture has a caption.") if blank else _("No pictures yet."),
            icon=":material/check_circle:",
        )
        return
    key = _key(card.name, page)
    if not why:
        bulk_bar(card.name, _chosen(key, page), page, _read_anew)
    _editor(card.name, page, key, bool(why))
    address.pages(page.total, PER_PAGE)


def _page(name: str, wanted: ItemFilter) -> LibraryPage:
    """The rows as they were when this page was opened."""
    what = (name, wanted, address.current_page(), st.session_state.setdefault(EPOCH, 0))
    kept = st.session_state.get(KEPT)
    if kept is None or kept[0] != what:
        kept = (what, library_pages.page(name, address.current_page(), PER_PAGE, wanted))
        st.session_state[KEPT] = kept
    page: LibraryPage = kept[1]
    return page


def _read_anew() -> None:
    st.session_state[EPOCH] = st.session_state.get(EPOCH, 0) + 1


def _key(name: str, page: LibraryPage) -> str:
    """Another key is another editor, without the edits of the one before."""
    first = page.items[0].id if page.items else 0
    return f"library_table_{name}_{page.page}_{first}_{st.session_state[EPOCH]}"


def _editor(name: str, page: LibraryPage, key: str, disabled: bool) -> None:
    tags = list(dict.fromkeys([*library_pages.tags_in_use(name), *(t for i in page.items for t in i.tags)]))
    st.data_editor(
        _columns(page.items),
        key=key,
        hide_index=True,
        row_height=56,
        height=min(640, 56 * len(page.items) + 60),
        disabled=[SELECT, PICTURE, FILE, CAPTION, TAGS, LICENCE] if disabled else [PICTURE, FILE],
        column_order=[PICTURE, FILE, CAPTION, TAGS, LICENCE] if disabled else None,
        column_config={
            SELECT: st.column_config.CheckboxColumn(_("Choose"), width="small", pinned=True),
            PICTURE: st.column_config.ImageColumn(_("Picture"), width="small"),
            FILE: st.column_config.TextColumn(_("File"), width=150),
            CAPTION: st.column_config.TextColumn(_("Caption"), width=300, max_chars=CAPTION_CHARS),
            TAGS: st.column_config.MultiselectColumn(
                _("Tags"), width=180, options=tags, accept_new_options=True
            ),
            LICENCE: st.column_config.TextColumn(_("Licence"), width=140, max_chars=LICENCE_CHARS),
        },
        on_change=_save,
        args=(name, key, page.items),
        alt=_("Captions, tags and licences of {pictures}").format(pictures=formats.pictures(len(page.items))),
    )


def _columns(items: tuple[ItemRow, ...]) -> dict[str, list[Any]]:
    return {
        SELECT: [False] * len(items),
        PICTURE: [tiny(item.sha256) if item.pictured else "" for item in items],
        FILE: [item.file_name for item in items],
        CAPTION: [item.caption for item in items],
        TAGS: [list(item.tags) for item in items],
        LICENCE: [item.licence or "" for item in items],
    }


def _save(name: str, key: str, items: tuple[ItemRow, ...]) -> None:
    """Save what was edited since the last time, and nothing that others changed meanwhile."""
    rows: Mapping[int, Mapping[str, Any]] = st.session_state[key]["edited_rows"]
    before: dict[tuple[int, str], Any] = st.session_state.setdefault(f"{key}_saved", {})
    now = {
        (row, column): value
        for row, cells in rows.items()
        for column, value in cells.items()
        if column in (CAPTION, TAGS, LICENCE)
    }
    fresh = {place: value for place, value in now.items() if before.get(place, _NEW) != value}
    edits: dict[int, dict[str, Any]] = {}
    for (row, column), value in fresh.items():
        edits.setdefault(items[row].id, {})[column] = value
    try:
        library_edit.edit(name, {item: _edit(cells) for item, cells in edits.items()})
    except StudioError as error:
        st.session_state[FAULT] = tr(error.message)
    else:
        before.update(fresh)


def _edit(cells: Mapping[str, Any]) -> Edit:
    def change(words: Words) -> Words:
        return Words(
            caption=str(cells.get(CAPTION, words.caption) or ""),
            tags=tuple(cells.get(TAGS, words.tags) or ()),
            licence=str(cells.get(LICENCE, words.licence) or ""),
        )

    return change


def _chosen(key: str, page: LibraryPage) -> list[int]:
    rows: Mapping[int, Mapping[str, Any]] = st.session_state.get(key, {}).get("edited_rows", {})
    return [page.items[row].id for row, cells in rows.items() if cells.get(SELECT) and row < len(page.items)]
