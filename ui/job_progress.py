"""A run in progress, as the person sees it: a sentence, the share done, a way to stop.

The work itself is in the worker; this only reads its row. One full rerun at the end shows the result.
"""

from __future__ import annotations

import streamlit as st

from services.jobs import control, queue
from services.jobs.queue import RunState, RunView
from ui.arriving import arriving
from ui.guard import guard
from ui.i18n import _
from ui.steps import UNFINISHED, step_of
from ui.text import say

POLL_SECONDS = 1.0


def run_panel(run: RunView, session_id: str | None = None) -> None:
    """Progress while `run` is unfinished, pictures of `session_id` as they arrive; then how it ended."""
    if run.state in UNFINISHED:
        _poll(run.id, step_of(run), session_id)
    elif run.state is RunState.FAILED:
        _failed(run)
    elif run.state is RunState.CANCELLED:
        _stopped(run)


@st.fragment(run_every=POLL_SECONDS)
def _poll(run_id: str, step: str, session_id: str | None) -> None:
    with guard():
        run = queue.get(run_id)
        if run.state not in UNFINISHED or step_of(run) != step:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", key=f"run_progress_{run_id}"):
            st.progress(min(1.0, run.progress), text=f"{say(run.sentence)} :gray[{run.progress:.0%}]")
            if run.pause is not None and queue.may_change(run):
                _resume_button(run)
            if queue.may_change(run):
                _cancel_button(run)
        if session_id:
            arriving(session_id)


def _resume_button(run: RunView) -> None:
    if st.button(_("Continue"), icon=":material/play_arrow:", key=f"resume_{run.id}"):
        control.resume(run.id)
        st.rerun(scope="fragment")


def _cancel_button(run: RunView) -> None:
    label = _("Stopping…") if run.cancel_requested else _("Cancel")
    if st.button(label, icon=":material/stop_circle:", disabled=run.cancel_requested, key=f"cancel_{run.id}"):
        queue.cancel(run.id)
        st.rerun(scope="fragment")


def _failed(run: RunView) -> None:
    sentence = say(run.error) if run.error else _("The run stopped before it was finished.")
    st.error(sentence, icon=":material/error:")
    _again(run, _("Try again"))


def _stopped(run: RunView) -> None:
    st.info(_("Stopped as you asked. What was finished is kept."), icon=":material/stop_circle:")
    _again(run, _("Go on"))


def _again(run: RunView, label: str) -> None:
    if st.button(label, icon=":material/refresh:", key=f"retry_{run.id}"):
        queue.retry(run.id)
        st.rerun()
