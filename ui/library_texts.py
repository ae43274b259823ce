"""Texts to hold against a library: the parts of a session's plan, or typed ones; kept in the address."""

from __future__ import annotations

import streamlit as st

from services import sessions
from services.errors import NotFound
from ui import address
from ui.i18n import _
from ui.library_query import search_for
from ui.text import plain, short

SESSION, TYPED = "for", "texts"
NEWEST = 50
"""Sessions that are offered; an older one is opened by its own page's link."""

SEPARATOR = "\n"


def session_searches() -> None:
    """Inside a popover: a session, and its parts as searches of one click."""
    chosen = _session_box("library_search_session")
    if chosen is None:
        return
    for place, text in enumerate(parts_of(chosen)):
        st.button(
            plain(short(text, 60)),
            key=f"library_part_{chosen}_{place}",
            type="tertiary",
            icon=":material/search:",
            on_click=search_for,
            args=(text,),
        )


def texts_field(key: str) -> list[str]:
    """A session's parts or typed lines, whichever the address has; [] while there is neither."""
    left, right = st.columns(2, gap="medium")
    with left:
        chosen = _session_box(f"{key}_session")
    with right:
        typed = _typed(f"{key}_typed")
    return typed or (parts_of(chosen) if chosen else [])


def parts_of(session_id: str) -> list[str]:
    """The sub-queries of the session's plan, in their order."""
    try:
        view = sessions.load(session_id)
    except NotFound:
        return []
    return [query.text for query in view.plan.subqueries if query.text.strip()] if view.plan else []


def _session_box(key: str) -> str | None:
    """The newest sessions that have a plan. The address says which is chosen, in every tab."""
    names = {card.id: card.topic for card in sessions.search(per_page=NEWEST).cards if _planned(card.stage)}
    wanted = address.read(SESSION)
    if wanted and wanted not in names and parts_of(wanted):
        names[wanted] = sessions.load(wanted).brief.topic
    if not names:
        st.caption(_("No session has a plan yet. Plan one in the Studio, or type texts."))
        return None
    st.session_state[key] = wanted if wanted in names else None
    st.selectbox(
        _("Parts of a session's plan"),
        list(names),
        key=key,
        format_func=lambda session_id: short(names.get(session_id) or str(session_id), 60),
        placeholder=_("Choose a session"),
        on_change=_choose,
        args=(key,),
    )
    return wanted if wanted in names else None


def _choose(key: str) -> None:
    value = st.session_state[key]
    st.query_params.pop(TYPED, None)
    if value:
        st.query_params[SESSION] = value
    else:
        st.query_params.pop(SESSION, None)


def _typed(key: str) -> list[str]:
    st.session_state[key] = SEPARATOR.join(st.query_params.get_all(TYPED))
    st.text_area(
        _("Or your own texts, one a line"),
        key=key,
        height=96,
        placeholder=_("plush cushions"),
        on_change=lambda: _write(st.session_state[key]),
    )
    return st.query_params.get_all(TYPED)


def _write(text: str) -> None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines:
        st.query_params[TYPED] = lines
    else:
        st.query_params.pop(TYPED, None)


def _planned(stage: str) -> bool:
    return stage != "brief"
