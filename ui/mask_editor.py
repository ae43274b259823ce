"""Which pixels of the product stay: the studio's cut-out or a mask picture of one's own, shaped by sliders.

Streamlit has no brush. What the cut-out gets wrong is put right by threshold and growth, or by a mask
drawn in any paint program on a copy of the photo.
"""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import Image

from services.domain import Photo
from services.errors import ImageRejected, InvalidInput
from services.generation.kandinsky import masks
from services.generation.kandinsky.masks import Shape
from services.limits import IMAGE_BYTES
from services.storage.images import encode_small, get_store
from services.storage.intake import read_image
from ui.guard import guard
from ui.i18n import _
from ui.text import say
from ui.uploads import TYPES

PREVIEW_SIDE = 560
"""px. As wide as its column, twice for sharp screens."""

PAINTED = (32, 110, 190)
"""Laid over what will be painted: read as water around the product in light and dark."""

VEIL = 0.62
GROWTH = 60.0
"""Thousandths of the photo's longer side, either way."""


def mask_key(key: str) -> str:
    """Where the form of session `key` holds the mask: its key in the image store, "" for the cut-out."""
    return f"generation_mask_{key}"


def mask_editor(key: str, photo: Photo, saved: str | None) -> None:
    """Preview and sliders for the hero `photo`. What is used is put into the image store."""
    in_use = st.session_state.get(mask_key(key), saved or "")
    left, right = st.columns([3, 2], gap="medium")
    with right:
        own = _own_mask(key, photo)
        raw = own or _cut_out(photo.sha256)
        shape = _sliders(key) if raw is not None else masks.PLAIN
    touched = own is not None or shape != masks.PLAIN
    with left:
        kept = _stored(in_use, photo) if in_use and not touched else None
        finished = kept or _finished(raw, shape)
        _preview(photo, finished)
        _in_use(in_use, raw is not None)
    if raw is not None or in_use:
        with right:
            _buttons(key, finished, bool(in_use), touched)


def _stored(mask: str, photo: Photo) -> Image.Image | None:
    """The mask in use; None, with a word about it, where it was made for another photo or is gone."""
    with guard():
        found = get_store().open(mask)
        if found.size == (photo.width, photo.height):
            return found.convert("L")
        st.warning(
            _("The mask in use was made for another photo. Make one for this photo, or go back to the "
              "cut-out."),
            icon=":material/content_cut:",
        )  # fmt: skip
    return None


@st.cache_data(max_entries=8, show_spinner=False)
def _cut_out(sha256: str) -> Image.Image | None:
    """The raw mask of the studio's cut-out; None where it is not sure."""
    return masks.automatic(get_store().open(sha256))


def _own_mask(key: str, photo: Photo) -> Image.Image | None:
    file = st.file_uploader(
        _("A mask of your own"),
        type=TYPES,
        max_upload_size=IMAGE_BYTES // 2**20,
        key=f"mask_file_{key}",
        help=_("A picture of the photo's shape: white, or opaque, where the product stays."),
    )
    if file is None:
        return None
    try:
        return masks.uploaded(read_image(file.getvalue(), file.name), (photo.width, photo.height))
    except (ImageRejected, InvalidInput) as error:
        st.warning(say(error.message), icon=":material/info:")
        return None


def _sliders(key: str) -> Shape:
    threshold = st.slider(
        _("Counts as product from"),
        0.05,
        0.95,
        masks.PLAIN.threshold,
        0.05,
        format="percent",
        key=f"mask_threshold_{key}",
    )
    grow = st.slider(
        _("Shrink or grow"),
        -GROWTH,
        GROWTH,
        masks.PLAIN.grow,
        1.0,
        format="%.0f",
        key=f"mask_grow_{key}",
        help=_("In thousandths of the photo's longer side."),
    )
    feather = st.slider(
        _("Soft rim"), 0.0, 30.0, masks.PLAIN.feather, 1.0, format="%.0f", key=f"mask_feather_{key}"
    )
    invert = st.toggle(_("The other way round"), key=f"mask_invert_{key}")
    return Shape(threshold, grow, feather, invert)


def _finished(raw: Image.Image | None, shape: Shape) -> Image.Image | None:
    if raw is None:
        st.warning(
            _("The product cannot be told from its background surely enough. Add a mask of your own at the "
              "right, or use a photo on a plain or transparent background."),
            icon=":material/content_cut:",
        )  # fmt: skip
        return None
    try:
        return masks.shaped(raw, shape)
    except InvalidInput as error:
        st.warning(say(error.message), icon=":material/info:")
        return None


def _preview(photo: Photo, mask: Image.Image | None) -> None:
    small = masks.flattened(get_store().open_small(photo.sha256, PREVIEW_SIDE))
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    if mask is not None:
        keep = np.asarray(mask.resize(small.size), np.float32)[..., None] / 255
        seen = np.asarray(small, np.float32)
        veiled = seen * (1 - VEIL) + np.asarray(PAINTED, np.float32) * VEIL
        small = Image.fromarray((seen * keep + veiled * (1 - keep)).astype(np.uint8))
    alt = _("The photo: what is veiled in blue will be painted, the rest stays")
    st.image(encode_small(small), alt=alt, width="stretch")


def _in_use(mask: str, sure: bool) -> None:
    legend = _("What is veiled in blue will be painted.")
    if mask:
        st.caption(f":material/check: {_('In use: the mask that you made.')} {legend}")
    elif sure:
        st.caption(f":material/check: {_('In use: the cut-out of the studio.')} {legend}")


def _buttons(key: str, finished: Image.Image | None, own: bool, touched: bool) -> None:
    with st.container(horizontal=True, gap="small"):
        if st.button(
            _("Use this mask"),
            icon=":material/check:",
            disabled=finished is None or not touched,
            key=f"mask_use_{key}",
        ):
            with guard():
                st.session_state[mask_key(key)] = get_store().put_image(finished) if finished else ""
                st.rerun()
        if own and st.button(_("Back to the cut-out"), type="tertiary", key=f"mask_reset_{key}"):
            st.session_state[mask_key(key)] = ""
            st.rerun()
