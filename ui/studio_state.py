"""Which session the Studio page shows, and the moves between its steps."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from services import campaigns, sessions, studio
from services.briefs import validate
from services.choices import EngineChoice
from services.domain import Brief
from services.errors import InvalidInput
from services.jobs import queue
from services.sessions import SessionView
from services.settings import get_settings
from ui.brief_form import chosen_campaign, draft, forget
from ui.engine_choice import chosen, edited
from ui.guard import guard
from ui.navigation import RUN_PARAM, SESSION_PARAM
from ui.steps import Flow, Step


def current_flow() -> Flow:
    """The session that the address names, with its latest run; an empty flow without one."""
    session_id = st.query_params.get(SESSION_PARAM)
    if not session_id:
        return Flow(None, None)
    return Flow(sessions.load(session_id), queue.latest(session_id, besides=queue.ASIDE))


def keep_draft(flow: Flow) -> Flow:
    """Save what was typed into the brief of an existing session, and the models chosen for it."""
    if flow.view is None or flow.running:
        return flow
    view = flow.view
    if parts := edited(flow.key, view.parts):
        sessions.set_parts(view.id, parts)
        view = sessions.load(view.id)
    return Flow(_keep_brief(flow.key, view), flow.run)


def _keep_brief(key: str, view: SessionView) -> SessionView:
    """The view with what was typed, as soon as that is a valid brief."""
    seen = f"seen_brief_{key}"
    base: Brief = st.session_state.setdefault(seen, view.brief)
    if draft(key, base) == base:
        if view.brief != base:  # changed elsewhere, and not here: show what is saved
            forget(key)
            st.session_state[seen] = view.brief
        return view
    brief = draft(key, view.brief)
    try:
        validate(brief)
    except InvalidInput:
        return view
    sessions.save_brief(view.id, brief)
    view = sessions.load(view.id)
    st.session_state[seen] = view.brief
    return view


def submit_brief(flow: Flow) -> None:
    """Save the brief, as a new session where there is none, and start planning it."""
    brief = draft(flow.key, flow.view.brief if flow.view else None)
    validate(brief)
    engine = chosen(flow.key, flow.view.parts if flow.view else get_settings().engine_choice)
    studio.require_parts(engine, brief)
    session_id = flow.view.id if flow.view else _create(brief, engine)
    if flow.view:
        sessions.save_brief(session_id, brief)
    open_run(session_id, studio.start_plan(session_id))


def _create(brief: Brief, engine: EngineChoice) -> str:
    name = chosen_campaign("new", None).strip() or campaigns.DEFAULT_CAMPAIGN
    session_id = sessions.create(brief, campaign=name, engine=engine)
    forget("new")
    return session_id


def find_references(session_id: str) -> None:
    open_run(session_id, studio.start_references(session_id))


def generate(session_id: str) -> None:
    open_run(session_id, studio.start_variants(session_id))


def open_run(session_id: str, run_id: str) -> None:
    """Put session and run into the address, so that a reload finds both, and draw the page anew."""
    st.query_params[SESSION_PARAM] = session_id
    st.query_params[RUN_PARAM] = run_id
    st.rerun()


def move(flow: Flow, step: Step, label: str, action: Callable[[], None]) -> None:
    """A step's button: primary where it is the one thing to do next. A refusal is told beneath it."""
    pressed = st.button(
        label,
        icon=":material/arrow_forward:",
        icon_position="right",
        type="primary" if flow.focus is step else "secondary",
        disabled=flow.running,
        key=f"move_{step}_{flow.key}",
    )
    if pressed:
        with guard():
            action()
