"""The libraries as cards: pictures, count, size, search model, and how each fares."""

from __future__ import annotations

import streamlit as st

from services import libraries, library_health
from services.choices import ENCODERS
from services.jobs import queue
from services.jobs.queue import RunView
from services.libraries import LibraryCard
from services.library_spaces import spaces_of_library
from ui import formats
from ui.brief_form import library_name
from ui.i18n import _
from ui.layout import empty_state
from ui.library_health import badge
from ui.library_spaces import space_name
from ui.mosaic import sheet
from ui.navigation import LIBRARIES, LIBRARY_PARAM, link
from ui.text import plain, short


def library_list() -> None:
    cards = libraries.list_libraries()
    if not cards:
        with empty_state(
            "photo_library",
            _("No libraries yet"),
            _("Add your own pictures; the studio's backdrops are drawn with the first run."),
        ):
            return
    active = queue.active()
    grid = st.grid(3, min_column_width=280)
    for card in cards:
        with grid.cell():
            library_card(card, active)


def library_card(card: LibraryCard, active: list[RunView]) -> None:
    """A mosaic of six, what it holds, how large it is, what it is searched with, and how it fares."""
    name = library_name(card.name)
    health = library_health.health(card.name, active)
    with st.container(border=True, key=f"card_library_{card.name}", gap="small"):
        with st.container(key=f"sheet_library_{card.name}", gap=None):
            st.image(sheet(card.mosaic, six=True), alt=name, width="stretch")
        link(LIBRARIES, f"**{plain(short(name, 48))}**", **{LIBRARY_PARAM: card.name})
        parts = [formats.pictures(card.images)]
        if health.bytes:
            parts.append(formats.size(health.bytes))
        if card.built_in:
            parts.append(_("built in"))
        if card.duplicates:
            parts.append(_("{count} duplicates set aside").format(count=formats.number(card.duplicates)))
        with st.container(gap=None):
            st.caption(" · ".join(parts))
            st.caption(searched_with(card))
            badge(health)


def searched_with(card: LibraryCard) -> str:
    """The search models that have read it, in the words of the Settings page."""
    ready = [space.encoder for space in spaces_of_library(card.name) if space.ready and space.total]
    names = [space_name(encoder) for encoder in ENCODERS if encoder in ready]
    return (
        _("Search model: {models}").format(models=", ".join(names)) if names else _("Cannot be searched yet")
    )
