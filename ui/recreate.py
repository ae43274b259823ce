"""Recreate from a file: an export's ZIP, or a PNG that the studio made, becomes a session again."""

from __future__ import annotations

import streamlit as st

from services import importing
from services.importing import Restored
from services.people import Role
from ui.account import may
from ui.guard import guard
from ui.i18n import _
from ui.navigation import RUN_PARAM, SESSION_PARAM, STUDIO, go
from ui.text import say

TYPES = ["zip", "png"]
_STATE = "recreated"


def recreate_entry() -> None:
    """A quiet button that opens a place to drop the file."""
    if not may(Role.CREATOR):
        return
    with st.popover(_("Recreate from a file"), icon=":material/restore_page:"):
        st.caption(
            _("An exported ZIP, or a PNG that the studio made. Brief and references come back, and each "
              "variant is made again from its own recipe.")
        )  # fmt: skip
        file = st.file_uploader(_("ZIP or PNG"), type=TYPES, key="recreate_file")
        if st.button(
            _("Recreate"), icon=":material/restore_page:", disabled=file is None, key="recreate_start"
        ):
            with guard(), st.spinner(_("Checking every file and restoring the session.")):
                if file is not None:
                    _open(importing.recreate(file.getvalue(), file.name))
        _incomplete()


def _open(restored: Restored) -> None:
    """Go to the new session where its variants are being made; stay where something must be said first."""
    if restored.missing or len(restored.notices) > 1:
        st.session_state[_STATE] = restored
        return
    run_id = importing.start_making(restored)
    go(STUDIO, **{SESSION_PARAM: restored.session_id, RUN_PARAM: run_id})


def _incomplete() -> None:
    restored: Restored | None = st.session_state.get(_STATE)
    if restored is None:
        return
    for notice in restored.notices:
        st.caption(say(notice))
    if st.button(_("Make the variants again"), icon=":material/arrow_forward:", key="recreate_go"):
        del st.session_state[_STATE]
        with guard():
            # With a picture missing the run stops there, and goes on once the picture was added.
            run_id = importing.start_making(restored)
            go(STUDIO, **{SESSION_PARAM: restored.session_id, RUN_PARAM: run_id})
