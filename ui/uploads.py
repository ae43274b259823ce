"""Product photos on their way in: verified one by one, the good ones kept, each refusal told."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from services.domain import Photo
from services.limits import IMAGE_BYTES, PHOTOS_PER_BRIEF
from services.storage.images import get_store
from services.storage.intake import Rejected, store_photos
from ui.i18n import _
from ui.images import picture
from ui.text import plain, say, short

TYPES = ["png", "jpg", "jpeg", "webp"]


def photo_field(key: str, saved: tuple[Photo, ...]) -> tuple[Photo, ...]:
    """The photos chosen so far, with a place to drop more. The first is the hero until another is chosen."""
    state = f"photos_{key}"
    photos: tuple[Photo, ...] = st.session_state.setdefault(state, saved)
    round_number = st.session_state.setdefault(f"{state}_round", 0)
    st.file_uploader(
        _("Product photos"),
        type=TYPES,
        accept_multiple_files=True,
        max_upload_size=IMAGE_BYTES // 2**20,
        key=f"{state}_drop_{round_number}",
        help=_("PNG, JPEG or WEBP, up to {count} photos. Location and camera data are removed.").format(
            count=PHOTOS_PER_BRIEF
        ),
        on_change=_take,
        args=(state, f"{state}_drop_{round_number}"),
    )
    _refusals(state)
    _previews(state, photos)
    return photos


def _take(state: str, widget: str) -> None:
    """Store what was dropped, then empty the uploader: it holds every file in memory."""
    files = st.session_state.get(widget) or []
    photos: tuple[Photo, ...] = st.session_state[state]
    accepted, rejected = store_photos([(f.name, f.getvalue()) for f in files], get_store())
    known = {p.sha256 for p in photos}
    fresh = [p for p in accepted if p.sha256 not in known]
    merged = [replace(p, hero=False) for p in fresh]
    st.session_state[state] = _with_hero((*photos, *merged))
    st.session_state[f"{state}_rejected"] = rejected
    st.session_state[f"{state}_round"] += 1


def _with_hero(photos: tuple[Photo, ...]) -> tuple[Photo, ...]:
    if not photos or any(p.hero for p in photos):
        return photos
    return (replace(photos[0], hero=True), *photos[1:])


def _refusals(state: str) -> None:
    rejected: list[Rejected] = st.session_state.get(f"{state}_rejected", [])
    if rejected:
        lines = "\n".join(f"- {say(each.reason)}" for each in rejected)
        st.warning(f"{_('These files were not taken:')}\n\n{lines}", icon=":material/info:")


def _previews(state: str, photos: tuple[Photo, ...]) -> None:
    if not photos:
        return
    hero = next((p for p in photos if p.hero), photos[0])
    grid = st.grid("auto", min_column_width=128, gap="xsmall")
    for index, photo in enumerate(photos):
        with grid.cell():
            picture(photo.sha256, photo.file_name, key=f"shot_photo_{state}_{index}")
            with st.container(horizontal=True, gap="xxsmall", horizontal_alignment="distribute"):
                main = photo == hero
                label = _("Main photo") if main else _("Make main")
                st.button(
                    label,
                    icon=":material/star:" if main else None,
                    type="tertiary",
                    disabled=main,
                    key=f"{state}_hero_{index}",
                    on_click=_make_hero,
                    args=(state, index),
                )
                st.button(
                    "",
                    icon=":material/close:",
                    type="tertiary",
                    help=_("Remove {name}").format(name=plain(short(photo.file_name))),
                    key=f"{state}_remove_{index}",
                    on_click=_remove,
                    args=(state, index),
                )


def _make_hero(state: str, index: int) -> None:
    photos = st.session_state[state]
    st.session_state[state] = tuple(replace(p, hero=i == index) for i, p in enumerate(photos))


def _remove(state: str, index: int) -> None:
    photos = st.session_state[state]
    st.session_state[state] = _with_hero(photos[:index] + photos[index + 1 :])
