"""Sessions: everything that was ever made, by search and filters; one session by ?s=ID."""

from __future__ import annotations

import streamlit as st

from services import sessions
from ui import address, formats
from ui.cards import session_card
from ui.guard import guard
from ui.i18n import _
from ui.layout import empty_state, page_head
from ui.navigation import SESSION_PARAM, STUDIO, go, through_home
from ui.recreate import recreate_entry
from ui.review_style import review_css
from ui.session_detail import session_detail
from ui.session_filters import session_filters
from ui.session_table import as_table, session_table

PER_PAGE = 24


def session_list() -> None:
    with page_head(_("Sessions"), _("Every brief and all that came of it.")):
        recreate_entry()
        if st.button(_("New brief"), type="primary", icon=":material/add:"):
            go(STUDIO)
    filters = session_filters()
    found = sessions.search(
        filters.text,
        filters.campaign_id,
        filters.status,
        filters.engine,
        filters.since,
        address.current_page(),
        PER_PAGE,
        person_id=filters.person_id,
        tag=filters.tag,
    )
    if not found.total:
        nothing(filters.active)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(formats.sessions(found.total))
        table = as_table()
    if table:
        session_table(found.cards)
    else:
        grid = st.grid(4, min_column_width=230)
        for card in found.cards:
            with grid.cell():
                session_card(card)
    address.pages(found.total, PER_PAGE)


def nothing(filtered: bool) -> None:
    if filtered:
        with empty_state(
            "search_off", _("No session fits"), _("Take a filter away, or search for another word.")
        ):
            if st.button(_("Clear the filters"), icon=":material/filter_alt_off:"):
                go("pages/sessions.py")
        return
    with empty_state("add_photo_alternate", _("No sessions yet"), _("Start with your product's photo.")):
        if st.button(_("Start the first brief"), icon=":material/arrow_forward:"):
            go(STUDIO)


through_home()
with guard():
    review_css()
    session_id = st.query_params.get(SESSION_PARAM)
    if session_id:
        session_detail(session_id)
    else:
        session_list()
