"""The Runs page's live part: what is at work, waits, is paused, failed and done, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from services.jobs import board as boards
from services.jobs import control, queue
from services.jobs.board import Board, Entry
from services.jobs.control import Move
from services.jobs.queue import RunKind, RunState
from services.jobs.supervisor import WorkerState
from ui.account import sign_in
from ui.guard import guard
from ui.i18n import _
from ui.layout import empty_state, section
from ui.navigation import (
    EXPERIMENT_PARAM,
    EXPERIMENTS,
    LIBRARIES,
    RUN_PARAM,
    SESSION_PARAM,
    SETTINGS,
    STUDIO,
    go,
    link,
    session_page,
)
from ui.runs_details import run_details
from ui.runs_words import facts, icon, place, runs, title
from ui.text import say
from ui.workers import keep_working

REFRESH_SECONDS = 2.0
SHOWN = 12
"""Of one section; a click shows as many more."""


@st.fragment(run_every=REFRESH_SECONDS)
def runs_panel() -> None:
    """Follows the queue by itself. A database or worker that is away is said, and comes back by itself."""
    with guard():
        worker = keep_working()
        found = boards.board()
        _worker_line(worker, found)
        if not (found.unfinished or found.failed or found.done):
            _nothing()
            return
        _unfinished(found)
        _section(
            "failed", _("Failed"), found.failed, _("What was finished before is kept. Try again to go on.")
        )
        _section("done", _("Done lately"), found.done)


def _worker_line(state: WorkerState, found: Board) -> None:
    """Say it when what waits cannot begin, and whether anybody need do something."""
    if found.disk_full:
        st.warning(
            _("The disk is almost full. Runs pause before anything is lost; free some space and they go on."),
            icon=":material/disc_full:",
        )
    if state is WorkerState.DOWN:
        st.error(
            _(
                "The worker does not start, so nothing begins. What waits is safe, and it is tried again. "
                "The reason is in logs/worker.out of the data folder."
            ),
            icon=":material/error:",
        )
    elif state is WorkerState.OFF and found.unfinished:
        st.warning(
            _(
                "No worker is running, so nothing begins. What waits is safe. Whoever looks after the studio "
                "starts one with: python -m services.jobs"
            ),
            icon=":material/pause_circle:",
        )
    elif state in (WorkerState.STARTING, WorkerState.WARMING) and found.unfinished:
        st.info(_("The worker is starting. What waits begins in a moment."), icon=":material/hourglass_top:")


def _unfinished(found: Board) -> None:
    if not found.unfinished:
        section(_("In progress"))
        st.caption(_("Nothing is at work, and nothing waits."))
        return
    _section("at_work", _("At work"), found.at_work)
    team = _("Everybody gets the same share of the worker; your own runs go in your order.")
    lead = team if sign_in().on else _("They go in your order.")
    _section("waiting", _("Waiting"), found.waiting, lead)
    if found.more:
        st.caption(_("{runs} more wait behind these.").format(runs=runs(found.more)))
    _section("paused", _("Paused"), found.paused)


def _section(key: str, label: str, entries: Sequence[Entry], lead: str = "") -> None:
    if not entries:
        return
    section(label, lead)
    shown = st.session_state.setdefault(f"runs_shown_{key}", SHOWN)
    for entry in entries[:shown]:
        _card(entry)
    if len(entries) > shown:
        st.button(
            _("Show more"),
            icon=":material/expand_more:",
            type="tertiary",
            key=f"more_{key}",
            on_click=_show_more,
            args=(key,),
        )


def _show_more(key: str) -> None:
    st.session_state[f"runs_shown_{key}"] += SHOWN


def _card(entry: Entry) -> None:
    run = entry.run
    with st.container(border=True, key=f"card_run_{run.id}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(gap=None, width="stretch"):
                _title(entry)
                st.caption(facts(entry))
            if run.unfinished and not run.at_work and run.pause is None:
                st.badge(place(entry), color="blue" if entry.position == 1 else "gray")
            _actions(entry)
        if run.state is RunState.FAILED:
            st.markdown(say(run.error) if run.error else _("The run stopped before it was finished."))
        elif run.unfinished and (run.at_work or run.pause is not None or run.progress > 0):
            st.progress(min(1.0, run.progress), text=f"{_doing(entry)} :gray[{run.progress:.0%}]")
        run_details(run)


def _doing(entry: Entry) -> str:
    run = entry.run
    if run.at_work or run.pause is not None:
        return say(run.sentence)
    return _("Waiting for its next turn.")


def _title(entry: Entry) -> None:
    """Leads to where the run can be watched, as far as it has a page."""
    run, label = entry.run, f"{icon(entry.run)} **{title(entry)}**"
    if run.session_id and entry.session_kind:
        page = session_page(entry.session_kind, made=run.kind is RunKind.EXPORT)
        link(page, label, **{SESSION_PARAM: run.session_id})
    elif run.kind is RunKind.LIBRARY:
        link(LIBRARIES, label, **{RUN_PARAM: run.id})
    elif run.kind is RunKind.MODELS:
        link(SETTINGS, label)
    elif run.kind is RunKind.EXPERIMENT:
        link(EXPERIMENTS, label, **{EXPERIMENT_PARAM: str(run.payload["experiment"])})
    else:
        st.markdown(label)


def _actions(entry: Entry) -> None:
    run = entry.run
    with st.container(horizontal=True, horizontal_alignment="right", width="content", gap="xsmall"):
        if run.unfinished and entry.may_change:
            _order(entry)
            if run.pause is None:
                _button(entry, "pause", _("Pause"), ":material/pause:", lambda: control.pause(run.id))
            else:
                _button(
                    entry, "resume", _("Continue"), ":material/play_arrow:", lambda: control.resume(run.id)
                )
            label = _("Stopping…") if run.cancel_requested else _("Cancel")
            _button(entry, "cancel", label, ":material/stop_circle:", lambda: queue.cancel(run.id))
        elif run.state in (RunState.FAILED, RunState.CANCELLED) and entry.may_retry:
            label = _("Try again") if run.state is RunState.FAILED else _("Go on")
            _button(entry, "retry", label, ":material/refresh:", lambda: queue.retry(run.id))


def _order(entry: Entry) -> None:
    """Move it among the waiting runs of its person: nobody gets past somebody else."""
    number, count = entry.own_place
    if count < 2:
        return
    moves = {
        Move.FIRST: (_("Move to the front"), ":material/vertical_align_top:", number > 1),
        Move.UP: (_("Move up"), ":material/arrow_upward:", number > 1),
        Move.DOWN: (_("Move down"), ":material/arrow_downward:", number < count),
    }
    with st.popover(_("Order"), icon=":material/swap_vert:", key=f"order_{entry.run.id}"):
        st.caption(
            _("{number} of {count} of this person's runs that wait.").format(number=number, count=count)
        )
        for where, (label, sign, possible) in moves.items():
            _button(entry, where.value, label, sign, partial(control.move, entry.run.id, where), possible)


def _button(
    entry: Entry, name: str, label: str, sign: str, act: Callable[[], object], possible: bool = True
) -> None:
    off = not possible or (entry.run.cancel_requested and entry.run.unfinished)
    key = f"{name}_{entry.run.id}"
    st.button(label, icon=sign, key=key, type="tertiary", disabled=off, on_click=partial(_do, act))


def _do(act: Callable[[], object]) -> None:
    act()


def _nothing() -> None:
    with empty_state(
        "checklist", _("No runs yet"), _("What the studio makes for you shows here, step by step.")
    ):
        if st.button(_("Start a brief"), icon=":material/arrow_forward:"):
            go(STUDIO)
