"""The pictures of an evaluation as a grid of thumbnails: the reference is the one that is pressed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

import streamlit as st

from ui.evaluate_tap import tap
from ui.i18n import _
from ui.text import plain, short

PER_PAGE = 24


class Tile(NamedTuple):
    """A picture that can be the reference. `product`: a product photo, not one to be scored."""

    sha256: str
    name: str
    product: bool = False


def reference_grid(
    tiles: Sequence[Tile],
    reference: str | None,
    choose: Callable[[str], None],
    remove: Callable[[str], None] | None = None,
    scope: str = "new",
) -> None:
    """24 thumbnails a page. Pressing one calls `choose` with its key; `remove` takes one out."""
    count = math.ceil(len(tiles) / PER_PAGE)
    key = f"reference_page_{scope}"  # not in the address: the table below may have pages of its own there
    if st.session_state.get(key, 1) > max(count, 1):  # pictures were taken out
        st.session_state[key] = max(count, 1)
    first = (st.session_state.get(key, 1) - 1) * PER_PAGE
    grid = st.grid("auto", min_column_width=132, gap="small")
    for tile in tiles[first : first + PER_PAGE]:
        with grid.cell(), st.container(gap="xsmall"):
            _tile(tile, tile.sha256 == reference, choose, None if tile.product else remove)
    if count > 1:
        st.pagination(count, key=key)


def _tile(
    tile: Tile, chosen: bool, choose: Callable[[str], None], remove: Callable[[str], None] | None
) -> None:
    key = f"reference_{'product_' if tile.product else ''}{tile.sha256[:16]}"
    name = short(tile.name, 28)
    words = _("{name} is the reference") if chosen else _("Use {name} as the reference")
    tap(tile.sha256, tile.name, words.format(name=plain(name)), key, choose, tile.sha256, chosen=chosen)
    tag = _("Reference") if chosen else _("Product photo") if tile.product else ""
    shown = f"<b>{escape(tag)}</b>" if tag else ""
    with st.container(horizontal=True, wrap=False, gap="xsmall", vertical_alignment="center"):
        line = f"{shown}<span>{escape(name)}</span>"
        st.html(f'<div class="tile-name" title="{escape(tile.name)}">{line}</div>')
        if remove is not None:
            st.button(
                "",
                icon=":material/close:",
                type="tertiary",
                help=_("Remove {name}").format(name=plain(name)),
                key=f"remove_{key}",
                on_click=remove,
                args=(tile.sha256,),
            )
