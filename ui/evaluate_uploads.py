"""Pictures on their way into an evaluation: many, one by one, with a sentence and the share done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from services.domain import Photo
from services.limits import EVALUATION_IMAGES, IMAGE_BYTES
from services.messages import Message
from services.storage.images import get_store
from services.storage.intake import store_photos
from ui import formats
from ui.i18n import _
from ui.text import plain, say, short
from ui.uploads import TYPES


def drop_pictures(key: str, have: int, keep: Callable[[Photo], None]) -> None:
    """A place to drop pictures; each good one goes to `keep`. `have` pictures are there already."""
    state = f"evaluate_drop_{key}"
    turn = st.session_state.setdefault(f"{state}_turn", 0)
    files = st.file_uploader(
        _("Pictures to evaluate"),
        type=TYPES,
        accept_multiple_files=True,
        max_upload_size=IMAGE_BYTES // 2**20,
        key=f"{state}_{turn}",
        help=_("PNG, JPEG or WEBP, up to {count} pictures.").format(count=EVALUATION_IMAGES),
    )
    if files:
        _take(state, files, max(0, EVALUATION_IMAGES - have), keep)
    _refusals(state)


def _take(state: str, files: list[Any], room: int, keep: Callable[[Photo], None]) -> None:
    """Store what was dropped, then empty the uploader: it holds every file in memory.

    A click meanwhile starts the page over; the files done are remembered, so it goes on where it was.
    """
    turn = st.session_state[f"{state}_turn"]
    done: set[str] = st.session_state.setdefault(f"{state}_done_{turn}", set())
    if not done:
        st.session_state[f"{state}_rejected"] = []
    bar = st.progress(0.0)
    for number, file in enumerate(files, start=1):
        words = _("Reading picture {number} of {total}: {name}")
        name = plain(short(file.name))
        bar.progress((number - 1) / len(files), text=words.format(number=number, total=len(files), name=name))
        if file.file_id in done:
            continue
        if len(done) < room:
            _store(state, file, keep)
        done.add(file.file_id)
    st.session_state[f"{state}_left_out"] = max(0, len(files) - room)
    del st.session_state[f"{state}_done_{turn}"]
    st.session_state[f"{state}_turn"] += 1
    st.rerun()


def _store(state: str, file: Any, keep: Callable[[Photo], None]) -> None:
    accepted, rejected = store_photos([(file.name, file.getvalue)], get_store())
    st.session_state[f"{state}_rejected"] += [each.reason for each in rejected]
    for photo in accepted:
        keep(photo)


def _refusals(state: str) -> None:
    rejected: list[Message] = st.session_state.get(f"{state}_rejected", [])
    lines = [f"- {say(reason)}" for reason in rejected]
    if left_out := st.session_state.get(f"{state}_left_out", 0):
        sentence = _("{pictures} left out: one evaluation takes at most {limit}.")
        lines.append(f"- {sentence.format(pictures=formats.pictures(left_out), limit=EVALUATION_IMAGES)}")
    if lines:
        st.warning(f"{_('These files were not taken:')}\n\n" + "\n".join(lines), icon=":material/info:")
