"""Pictures on a page: always thumbnails, of fixed aspect, full size on demand."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import streamlit as st
from PIL import Image, ImageOps

from services.errors import NotFound, StorageError
from services.storage.images import get_store
from ui.i18n import _

MOSAIC_GAP = 6
"""Between the pictures of a mosaic, in pixels of the mosaic."""


@st.cache_data(max_entries=512, show_spinner=False)
def thumbnail(sha256: str) -> bytes | None:
    """The bytes of a picture's thumbnail; None when the file is lost."""
    try:
        return get_store().thumbnail(sha256).read_bytes()
    except (NotFound, StorageError, OSError):
        return None


def picture(sha256: str, alt: str, key: str) -> None:
    """One thumbnail as wide as its place. `key` starts with `shot_<ratio>_` where the aspect is fixed."""
    with st.container(key=key, gap=None):
        data = thumbnail(sha256)
        if data is None:
            st.image(_blank(), alt=_("This picture's file is missing"), width="stretch")
            st.caption(f":orange[:material/broken_image:] {_('File missing')}")
        else:
            st.image(data, alt=alt, width="stretch")


@st.cache_data(max_entries=1, show_spinner=False)
def _blank() -> bytes:
    return _encoded(Image.new("RGB", (320, 320), (128, 124, 118)))


@st.cache_data(max_entries=256, show_spinner=False)
def mosaic(sha256s: Sequence[str], columns: int, rows: int, width: int = 640, height: int = 320) -> bytes:
    """One picture of up to `columns` x `rows` thumbnails, cropped to equal cells on a transparent ground.

    Empty cells stay transparent. WEBP.
    """
    sheet = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    across = (width - MOSAIC_GAP * (columns - 1)) / columns
    down = (height - MOSAIC_GAP * (rows - 1)) / rows
    for index, sha256 in enumerate(sha256s[: columns * rows]):
        data = thumbnail(sha256)
        if data is None:
            continue
        left, top = (index % columns) * (across + MOSAIC_GAP), (index // columns) * (down + MOSAIC_GAP)
        box = (round(left), round(top), round(left + across), round(top + down))
        with Image.open(BytesIO(data)) as image:
            cell = ImageOps.fit(image.convert("RGB"), (box[2] - box[0], box[3] - box[1]))
        sheet.paste(cell, box[:2])
    return _encoded(sheet)


def _encoded(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=82)
    return buffer.getvalue()


def full_size(sha256: str, title: str, alt: str) -> None:
    """Open a picture as large as the window allows."""

    @st.dialog(title, width="large")
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
