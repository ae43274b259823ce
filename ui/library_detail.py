"""One picture of a library in a dialog: large, what is known of it, where it was used, out of the library."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

import streamlit as st

from services import library_edit, library_pages
from services.errors import NotFound
from services.libraries import LibraryCard
from services.library_pages import ItemDetail, Use
from services.people import Role
from ui import formats
from ui.guard import guard
from ui.i18n import _
from ui.images import display_size
from ui.library_query import search_for
from ui.library_tiles import ITEM_PARAM, close_item, quiet
from ui.navigation import SESSION_PARAM, link, session_page
from ui.review_access import refusal
from ui.text import plain, short


def item_dialog(card: LibraryCard) -> None:
    """Open the picture that the address names, until it is closed."""
    wanted = st.query_params.get(ITEM_PARAM, "")
    if not wanted.isdecimal():
        return
    try:
        found = library_pages.item(card.name, int(wanted))
    except NotFound:
        close_item()
        st.toast(_("This picture is not in the library any more."), icon=":material/info:")
        return

    @st.dialog(plain(short(found.row.file_name)), width="large", on_dismiss=close_item)
    def show() -> None:
        with guard():
            _details(card, found)

    show()


def _details(card: LibraryCard, found: ItemDetail) -> None:
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        data = display_size(found.row.sha256) if found.row.pictured else None
        if data is not None:
            st.image(data, alt=found.row.name, width="stretch")
        elif found.row.pictured:
            st.warning(
                _("This picture's file is missing from disk. Add it again: it takes its old place."),
                icon=":material/broken_image:",
            )
        else:
            quiet(found.row.file_name)
            st.caption(_("It came with an index alone. Add the picture: it is matched by file name."))
    with right:
        if found.row.caption:
            st.markdown(plain(found.row.caption))
        st.html(f'<dl class="facts">{"".join(_facts(found))}</dl>')
        _uses(found.uses)
        with st.container(horizontal=True):
            if st.button(_("More like this"), icon=":material/image_search:", key="item_like"):
                close_item()
                st.query_params.pop("tab", None)
                search_for(like=found.row.id)
                st.rerun()
            if not card.built_in:
                _removal(card.name, found)


def _facts(found: ItemDetail) -> list[str]:
    row = found.row
    facts = [
        (_("File"), escape(row.file_name)),
        (_("Size"), escape(_size(found))),
        (_("Tags"), escape(", ".join(row.tags)) or formats.DASH),
        (_("Licence"), escape(row.licence or _("not known"))),
        (_("Credit"), _named(found)),
        (_("Added"), escape(formats.when(found.added_at))),
    ]
    if row.duplicate_of is not None:
        facts.append((_("Copy"), escape(_("shows another picture of this library again"))))
    return [f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in facts]


def _size(found: ItemDetail) -> str:
    pixels = f"{found.width} × {found.height}" if found.width and found.height else formats.DASH
    return f"{pixels} · {formats.size(found.bytes)}" if found.bytes else pixels


def _named(found: ItemDetail) -> str:
    """Who is to be named, with the way to where the picture is from."""
    words = escape(found.attribution or "")
    address = found.source_url or ""
    if urlsplit(address).scheme not in ("http", "https"):
        return words or formats.DASH
    text = words or escape(short(urlsplit(address).netloc + urlsplit(address).path))
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{text}</a>'


def _uses(uses: tuple[Use, ...]) -> None:
    if not uses:
        st.caption(_("No session has found it yet."))
        return
    st.markdown(f"**{_('Found for')}**")
    seen: set[str] = set()
    for use in uses:
        if use.session_id in seen:
            continue
        seen.add(use.session_id)
        kept = any(u.kept for u in uses if u.session_id == use.session_id)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            page = session_page(use.kind, made=True)
            link(page, plain(short(use.topic, 48)), **{SESSION_PARAM: use.session_id})
            st.caption(_("used as a reference") if kept else _("set aside"))


def _removal(name: str, found: ItemDetail) -> None:
    why = refusal(Role.CREATOR)
    with st.popover(
        _("Take out of the library"), icon=":material/delete:", disabled=bool(why), help=why or None
    ):
        st.markdown(_("Sessions keep it where they used it. To have it here again, add it again."))
        if st.button(_("Take it out"), type="primary", icon=":material/delete:", key="item_delete"):
            library_edit.delete_items(name, [found.row.id])
            close_item()
            st.rerun()
