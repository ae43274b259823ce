"""Pictures of a library as tiles: a thumbnail, its name, a way to open it. One without a file is quiet."""

from __future__ import annotations

from html import escape

import streamlit as st

from ui.i18n import _
from ui.images import picture
from ui.text import plain, short

ENDINGS = ("png", "jpg", "jpeg", "webp")

ITEM_PARAM = "item"
"""The picture whose details lie open."""


def tile(item_id: int, sha256: str, name: str, pictured: bool, key: str, figure: str = "") -> None:
    """`figure` stands before the name; a click on the name opens the details."""
    with st.container(key=f"tile_{key}", gap="xxsmall"):
        if pictured:
            picture(sha256, name, key=f"shot_tile_{key}")
        else:
            quiet(name)
        words = plain(short(readable(name), 90))
        st.button(
            f"**{figure}** {words}" if figure else words,
            key=f"open_{key}",
            type="tertiary",
            help=_("Details"),
            on_click=open_item,
            args=(item_id,),
        )


def readable(name: str) -> str:
    """A file's name as one reads it: "Border_terrier.jpg" is "Border terrier". A caption stays as it is."""
    stem, dot, ending = name.rpartition(".")
    if not (dot and stem and ending.lower() in ENDINGS):
        return name
    return " ".join(stem.rsplit("/", 1)[-1].replace("_", " ").split()) or name


def quiet(name: str) -> None:
    """In place of a picture that is not here: its file's name on an empty tile."""
    ending = escape(name.rsplit(".", 1)[-1][:5].upper() if "." in name else "")
    label = escape(_("Waits for its file"))
    st.html(f'<div class="tile-quiet" role="img" aria-label="{label}"><b>{ending}</b>{label}</div>')


def open_item(item_id: int) -> None:
    """From a click: the address says which picture lies open."""
    st.query_params[ITEM_PARAM] = str(item_id)


def close_item() -> None:
    st.query_params.pop(ITEM_PARAM, None)
