"""Overview: what is waiting, the campaigns, the latest sessions; a welcome on the first visit."""

from __future__ import annotations

import streamlit as st

from services import campaigns, sessions
from services.sessions import SessionPage
from ui.cards import campaign_card, session_card
from ui.guard import guard
from ui.i18n import _
from ui.layout import page_head, section
from ui.navigation import SESSIONS, STUDIO, go, link, through_home
from ui.waiting import waiting_strip
from ui.welcome import welcome

LATEST = 8
CAMPAIGNS = 6


def overview(latest: SessionPage) -> None:
    with page_head(_("Overview"), _("What is waiting, and what was made last.")):
        if st.button(_("New brief"), type="primary", icon=":material/add:"):
            go(STUDIO)
    waiting_strip()

    section(_("Campaigns"))
    grid = st.grid(3, min_column_width=280)
    for campaign in campaigns.list_campaigns(CAMPAIGNS):
        with grid.cell():
            campaign_card(campaign)

    section(_("Latest sessions"))
    grid = st.grid(4, min_column_width=230)
    for card in latest.cards:
        with grid.cell():
            session_card(card)
    if latest.total > LATEST:
        link(SESSIONS, _("All sessions"), icon=":material/arrow_forward:")


through_home()
with guard():
    latest = sessions.search(per_page=LATEST)
    if latest.total:
        overview(latest)
    else:
        welcome()
