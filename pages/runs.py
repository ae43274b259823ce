"""Runs: what is at work, what waits and whose turn it is, what is paused, what failed and why."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from services.jobs import control
from services.people import Role
from ui.account import may
from ui.guard import guard
from ui.i18n import _
from ui.layout import page_head
from ui.navigation import through_home
from ui.runs_panel import runs_panel
from ui.runs_words import runs

CLEARED = "runs_cleared"


def head() -> None:
    """The title, and the way to clear finished runs away."""
    with page_head(
        _("Runs"), _("What is at work, what waits and what ended. Closing the page stops nothing.")
    ):
        if may(Role.CREATOR):
            with st.popover(_("Clear away"), icon=":material/cleaning_services:", key="clear_runs"):
                _clear()
    if CLEARED in st.session_state:
        st.toast(
            _("{runs} cleared away.").format(runs=runs(st.session_state.pop(CLEARED))),
            icon=":material/check:",
        )


def _clear() -> None:
    whose = _("finished runs of everybody") if may(Role.ADMIN) else _("your own finished runs")
    st.caption(
        _(
            "Takes {whose} off this list. What they made stays, and so does the latest run of each session."
        ).format(whose=whose)
    )
    ages = {
        "week": (_("Older than a week"), timedelta(days=7)),
        "day": (_("Older than a day"), timedelta(days=1)),
        "all": (_("All of them"), timedelta(0)),
    }
    for name, (label, age) in ages.items():
        if st.button(label, key=f"clear_{name}", width="stretch"):
            st.session_state[CLEARED] = control.clear(age)
            st.rerun()


through_home()
with guard():
    head()
    runs_panel()
