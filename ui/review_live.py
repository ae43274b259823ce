"""Others work on the same session: a look every few seconds whether anybody did something to it."""

from __future__ import annotations

import streamlit as st

from services import review
from services.errors import StudioError

LOOK_SECONDS = 4.0
"""One small query; a colleague's approval shows before one would ask about it."""


@st.fragment(run_every=LOOK_SECONDS)
def follow_others(session_id: str, version: int) -> None:
    """Draw the page anew when it holds an older `version`. What is typed meanwhile stays in its field."""
    try:
        changed = review.version(session_id) != version
    except StudioError:  # busy, or the role is gone: the page's next run says so
        return
    if changed:
        st.rerun()
