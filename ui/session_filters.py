"""The Sessions page's search and filters. All of it lives in the address: a view can be sent to a colleague."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from services import campaigns
from services.engines import engine_names
from services.sessions import SessionStatus
from ui import formats
from ui.brief_form import campaign_name
from ui.i18n import _

ANY = ""


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
    names = {card.id: card.name for card in campaigns.list_campaigns()}
    with st.container(horizontal=True, key="filters", vertical_alignment="bottom"):
        text = st.text_input(
            _("Search"), key="q", bind="query-params", type="search", icon=":material/search:",
            placeholder=_("Topic or product text"),
        )  # fmt: skip
        campaign = _choice(
            _("Campaign"), "campaign", {ANY: _("All"), **{k: campaign_name(v) for k, v in names.items()}}
        )
        status = _choice(
            _("State"), "status", {ANY: _("All"), **{s: formats.status(s) for s in SessionStatus}}
        )
        engine = _choice(
            _("Engine"), "engine", {ANY: _("All"), **{e: formats.engine(e) for e in engine_names()}}
        )
        days = _choice(_("Made"), "days", {
            ANY: _("Any time"), "1": _("Last day"), "7": _("Last 7 days"), "30": _("Last 30 days"),
        })  # fmt: skip
    since = datetime.now(UTC) - timedelta(days=int(days)) if days else None
    return Filters((text or "").strip(), campaign or None, status or None, engine or None, since)


def _choice(label: str, key: str, options: dict[str, str]) -> str:
    """One filter bound to the address; an unknown value in the address reads as no filter."""
    chosen = st.selectbox(
        label,
        list(options),
        format_func=lambda value: options.get(value, value),
        key=key,
        bind="query-params",
        width=170,
    )
    return chosen or ANY
