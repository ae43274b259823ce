"""Pictures on a page: always thumbnails, of fixed aspect, full size on demand."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import streamlit as st
from PIL import Image, ImageOps

from services.errors import NotFound, StorageError, Unavailable
from services.storage.images import encode_small, get_store
from services.storage.kinds import data_address
from ui.i18n import _

TINY_SIDE = 96
"""Shown at 40 to 56 css px."""
DISPLAY_SIDE = 1440
"""A column of 720 css px at double density; the original is one click away."""


_LOST = (NotFound, StorageError, OSError)
"""None of these is remembered: the file may be there at the next look."""


def prefetch(keys: Iterable[str]) -> None:
    """Before a grid of thumbnails: have them fetched side by side where the store is not on this machine."""
    get_store().prefetch(keys)


def thumbnail(sha256: str) -> bytes | None:
    """The bytes of a picture's thumbnail; None when the file is lost or the store does not answer."""
    try:
        return _thumbnail(sha256)
    except _LOST:
        return None


@st.cache_data(max_entries=512, show_spinner=False)
def _thumbnail(sha256: str) -> bytes:
    return get_store().thumbnail(sha256).read_bytes()


def display_size(sha256: str) -> bytes | None:
    """A picture of at most `DISPLAY_SIDE` pixels, for a large view; None when the file is lost."""
    try:
        return _display_size(sha256)
    except _LOST:
        return None


@st.cache_data(max_entries=48, show_spinner=False)
def _display_size(sha256: str) -> bytes:
    image = get_store().open(sha256)
    image.thumbnail((DISPLAY_SIDE, DISPLAY_SIDE))
    return encode_small(image)


def tiny(sha256: str) -> str:
    """A square of the picture as a data URI, for drawings and lines of text; "" when its file is lost."""
    try:
        return _tiny(sha256)
    except _LOST:
        return ""


@st.cache_data(max_entries=512, show_spinner=False)
def _tiny(sha256: str) -> str:
    data = _thumbnail(sha256)
    small = ImageOps.fit(Image.open(BytesIO(data)).convert("RGB"), (TINY_SIDE, TINY_SIDE))
    return data_address(encode_small(small))


def picture(sha256: str, alt: str, key: str) -> None:
    """One thumbnail as wide as its place. `key` starts with `shot_<ratio>_` where the aspect is fixed."""
    with st.container(key=key, gap=None):
        try:
            st.image(_thumbnail(sha256), alt=alt, width="stretch")
        except Unavailable:  # it is not lost: whoever reads this need not make it again
            st.image(_blank(), alt=_("This picture cannot be fetched at the moment"), width="stretch")
            st.caption(f":orange[:material/cloud_off:] {_('Cannot be fetched at the moment')}")
        except _LOST:
            st.image(_blank(), alt=_("This picture's file is missing"), width="stretch")
            st.caption(f":orange[:material/broken_image:] {_('File missing')}")


@st.cache_data(max_entries=1, show_spinner=False)
def _blank() -> bytes:
    return encode_small(Image.new("RGB", (320, 320), (128, 124, 118)))


def full_size(sha256: str, title: str, alt: str) -> None:
    """Open a picture as large as the window allows."""

    @st.dialog(title, width="medium")
    def show() -> None:
        path = get_store().path(sha256)
        st.image(str(path), alt=alt, width="stretch")
        st.download_button(
            _("Download"),
            path.read_bytes(),
            file_name=f"{sha256[:12]}{path.suffix or '.png'}",
            icon=":material/download:",
            on_click="ignore",
        )

    show()
