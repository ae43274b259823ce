"""The Sessions page's search and filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from services import campaigns
from services.engines import engine_names
from services.sessions import SessionStatus
from ui import address, formats
from ui.brief_form import campaign_name
from ui.i18n import _
from ui.text import short

ANY = ""
BOX = 160
"""Width of a filter's box in pixels: four and the search stand in one row at 1280 px."""


@dataclass(frozen=True, slots=True)
class Filters:
    text: str
    campaign_id: str | None
    status: str | None
    engine: str | None
    since: datetime | None

    @property
    def active(self) -> bool:
        return bool(self.text or self.campaign_id or self.status or self.engine or self.since)


def session_filters() -> Filters:
    names = {card.id: short(campaign_name(card.name), 40) for card in campaigns.list_campaigns()}
    states = {status.value: formats.status(status) for status in SessionStatus}
    engines = {name: formats.engine(name) for name in engine_names()}
    ages = {"1": _("Last day"), "7": _("Last 7 days"), "30": _("Last 30 days")}
    with st.container(horizontal=True, key="filters", vertical_alignment="bottom"):
        text = address.search_box(_("Search"), "q", _("Topic or product text"))
        campaign = address.choice(_("Campaign"), "campaign", {ANY: _("All"), **names}, BOX)
        status = address.choice(_("State"), "status", {ANY: _("All"), **states}, BOX)
        engine = address.choice(_("Engine"), "engine", {ANY: _("All"), **engines}, BOX)
        days = address.choice(_("Made"), "days", {ANY: _("Any time"), **ages}, BOX)
    since = datetime.now(UTC) - timedelta(days=int(days)) if days else None
    return Filters(text, campaign or None, status or None, engine or None, since)
