"""The sidebar's foot: engine in use, runs in progress, worker, language."""

from __future__ import annotations

import streamlit as st

from services.jobs import board
from services.settings import get_settings
from ui import formats
from ui.account_foot import account_foot
from ui.guard import guard
from ui.i18n import LANGUAGES, PARAM, STATE_KEY, _, language
from ui.navigation import RUNS, link
from ui.workers import keep_working, worker_line

REFRESH_SECONDS = 5.0


def sidebar_foot() -> None:
    with st.sidebar.container(key="sidebar_foot", gap="small"):
        _activity()
        language_switch("sidebar")
        account_foot()


@st.fragment(run_every=REFRESH_SECONDS)
def _activity() -> None:
    with guard():
        queued = board.summary()
        engine = formats.engine(get_settings().engine_choice.name)
        lines = [f":material/memory: {_('Engine')}: **{engine}**", worker_line(keep_working())]
        st.caption("  \n".join(lines))
        if queued.unfinished:
            link(RUNS, _runs(queued), icon=":material/checklist:")


def _runs(queued: board.Summary) -> str:
    """How many runs are at work and wait, in one line; how many are paused where that is all there is."""
    counts = {_("{count} at work"): queued.at_work, _("{count} waiting"): queued.waiting}
    if not any(counts.values()):
        counts = {_("{count} paused"): queued.paused}
    return " · ".join(text.format(count=formats.number(count)) for text, count in counts.items() if count)


def language_switch(place: str) -> None:
    """English or Korean, everywhere at once. `place` tells two switches on one page apart."""
    key = f"language_switch_{place}"
    st.session_state[key] = language()
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=lambda code: LANGUAGES[code],
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_choose_language,
        args=(key,),
    )


def _choose_language(key: str) -> None:
    st.session_state[STATE_KEY] = st.session_state[key]
    st.query_params[PARAM] = st.session_state[key]
