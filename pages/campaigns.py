"""Campaigns: what was made and spent, how the scores went, and what came of it."""

from __future__ import annotations

import streamlit as st

from services.campaign_figures.load import load_report
from ui import address, campaign_manage, campaign_sections, campaign_summary
from ui.brand_panel import brand_panel
from ui.campaign_filters import Wanted, campaign_filters, clear_filters, remember_address
from ui.guard import guard
from ui.i18n import _
from ui.layout import empty_state, page_head
from ui.navigation import STUDIO, go, through_home
from ui.team_view import team_section
from ui.text import plain


def campaigns_page() -> None:
    remember_address()
    head = page_head(_("Campaigns"), _("What was made, how it scored, and what came of it."))
    wanted = campaign_filters()
    with head:
        if wanted.filter.campaign_id:
            campaign_manage.rename_button(wanted.filter.campaign_id, wanted.name)
        campaign_manage.new_button()
    if wanted.name:
        st.header(plain(wanted.name), anchor=False)
    chosen = address.read(campaign_summary.SCALE)
    report = load_report(wanted.filter, int(chosen) if chosen.isdecimal() else None)
    if not report.headline.sessions:
        nothing(wanted)
    else:
        campaign_summary.headline(report.headline, wanted.filter)
        if report.scale is None:
            st.info(
                _("No variant is scored yet: scores show here as soon as one is."), icon=":material/info:"
            )
        else:
            campaign_summary.scale_choice(report)
            campaign_summary.best_variants(wanted.filter, report.scale)
            campaign_sections.scores(report, wanted.filter, report.scale)
            campaign_sections.over_time(report)
            campaign_sections.parts(report, wanted.filter, report.scale)
        campaign_sections.funnel(report.headline)
        team_section(wanted.filter.campaign_id)
    if wanted.filter.campaign_id:
        campaign_manage.weights_panel(wanted.filter.campaign_id)
        brand_panel(wanted.filter.campaign_id)


def nothing(wanted: Wanted) -> None:
    if wanted.filtered:
        with empty_state("search_off", _("No session fits"), _("Take a filter away to see more.")):
            st.button(_("Clear the filters"), icon=":material/filter_alt_off:", on_click=clear_filters)
        return
    body = _("Start with your product's photo: figures show here as soon as there is a session.")
    with empty_state("monitoring", _("Nothing to tell yet"), body):
        if st.button(_("Start the first brief"), icon=":material/arrow_forward:", type="primary"):
            go(STUDIO)


through_home()
with guard():
    campaigns_page()
