"""The strip of what is waiting: runs in progress, sessions to review, sessions that need attention."""

from __future__ import annotations

import streamlit as st

from services import sessions
from services.jobs import board
from services.jobs.queue import RunKind, RunView
from services.models.registry import model_card
from services.sessions import SessionStatus
from ui import formats
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.navigation import LIBRARIES, RUN_PARAM, RUNS, SESSION_PARAM, SESSIONS, SETTINGS, link, session_page
from ui.text import plain, say, short

REFRESH_SECONDS = 2.0
SHOWN = 5
"""Runs told of one by one; the Runs page has them all."""


def waiting_strip() -> None:
    running = board.summary().unfinished > 0
    if running:
        _live_strip()
    else:
        _strip(running)


@st.fragment(run_every=REFRESH_SECONDS)
def _live_strip() -> None:
    with guard():
        if not board.summary().unfinished:
            st.rerun()
        _strip(True)


def _strip(running: bool) -> None:
    review = sessions.search(status=SessionStatus.REVIEW, per_page=1).total
    with st.container(border=True, key="card_waiting", gap="small"):
        if not running and not review:
            st.caption(_("Nothing is waiting for you."))
        if review:
            label = ngettext("{count} session to review", "{count} sessions to review", review)
            link(SESSIONS, label.format(count=formats.number(review)), icon=":material/rate_review:",
                 status=SessionStatus.REVIEW)  # fmt: skip
        if running:
            _runs()


def _runs() -> None:
    """Those at work, then those that come next."""
    found = board.board(SHOWN)
    for entry in (*found.at_work, *found.waiting, *found.paused)[:SHOWN]:
        _run_line(entry.run)
    if found.unfinished > SHOWN:
        count = formats.number(found.unfinished)
        link(RUNS, _("All {count} runs").format(count=count), icon=":material/checklist:")


def _run_line(run: RunView) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(1.0, run.progress), text=f"{_name(run)} :gray[{say(run.sentence)}]")
        if run.session_id:
            page = session_page(sessions.load(run.session_id).kind, made=False)
            link(page, _("Watch"), icon=":material/visibility:", **{SESSION_PARAM: run.session_id})
        elif run.kind in (RunKind.MODELS, RunKind.BACKUP):
            link(SETTINGS, _("Watch"), icon=":material/visibility:")
        elif run.kind is RunKind.LIBRARY:
            link(LIBRARIES, _("Watch"), icon=":material/visibility:", **{RUN_PARAM: run.id})


def _name(run: RunView) -> str:
    if run.session_id:
        return f"**{plain(short(sessions.load(run.session_id).brief.topic, 48))}**"
    if run.kind is RunKind.MODELS:
        return f"**{plain(model_card(str(run.payload['model'])).name)}**"
    if run.kind is RunKind.BACKUP:
        return f"**{_('Backup')}**"
    return f"**{_('Library')}**"
