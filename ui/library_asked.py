"""Short work that a page asks the worker for: a search, a map, a check. Asked once, read at each redraw."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st

from services.errors import NotFound
from services.jobs import queue
from services.jobs.queue import RunState, RunView
from ui.job_progress import run_panel

AT_ONCE_SECONDS = 3.0
"""A search of a warm worker takes a fraction of it; a longer one shows its progress instead."""


def asked(place: str, what: Hashable, submit: Callable[[], str], sentence: str) -> RunView | None:
    """The finished run of `what`, or None while it is shown how far it is, or why it failed.

    `place` is where on the page: another `what` there asks anew.
    """
    key = f"asked_{place}"
    if st.session_state.get(key, (None, ""))[0] != what:
        st.session_state[key] = (what, submit())
    try:
        with st.spinner(sentence):
            run = queue.wait(st.session_state[key][1], AT_ONCE_SECONDS)
    except NotFound:  # old runs are cleared away
        st.session_state[key] = (what, submit())
        run = queue.wait(st.session_state[key][1], AT_ONCE_SECONDS)
    if run.state is RunState.DONE:
        return run
    run_panel(run)
    return None
