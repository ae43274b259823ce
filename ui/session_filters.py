"""The Sessions page's search and filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from services import campaigns, review
from services.engines import engine_names
from services.sessions import SessionStatus
from ui import address, formats
from ui.brief_form import campaign_name
from ui.i18n import _
from ui.review_access import called
from ui.text import short

ANY = ""
BOX = 160
"""Width of a filter's box in pixels: five stand in one row beside the search at 1280 px."""


@dataclass(frozen=True, slots=True)
class Filters:
    text: str
    campaign_id: str | None
    status: str | None
    engine: str | None
    since: datetime | None
    person_id: str | None
    tag: str | None

    @property
    def active(self) -> bool:
        return any(
            (self.text, self.campaign_id, self.status, self.engine, self.since, self.person_id, self.tag)
        )


def session_filters() -> Filters:
    names = {key: short(campaign_name(name), 40) for key, name in campaigns.names().items()}
    states = {status.value: formats.status(status) for status in SessionStatus}
    engines = {name: formats.engine(name) for name in (*engine_names(), "mixed")}
    ages = {"1": _("Last day"), "7": _("Last 7 days"), "30": _("Last 30 days")}
    with st.container(horizontal=True, key="filters", vertical_alignment="bottom"):
        text = address.search_box(_("Search"), "q", _("Topic or product text"))
        campaign = address.choice(_("Campaign"), "campaign", {ANY: _("All"), **names}, BOX)
        status = address.choice(_("State"), "status", {ANY: _("All"), **states}, BOX)
        engine = address.choice(_("Engine"), "engine", {ANY: _("All"), **engines}, BOX)
        days = address.choice(_("Made"), "days", {ANY: _("Any time"), **ages}, BOX)
        person = _one_of(_("Person"), "person", {i: called(name) for i, name in review.people().items()}, 2)
        tags = review.tags_in_use(campaign or None)
        tag = _one_of(_("Tag"), "tag", {tag: tag for tag in tags}, 1)
    since = datetime.now(UTC) - timedelta(days=int(days)) if days else None
    return Filters(text, campaign or None, status or None, engine or None, since, person or None, tag or None)


def _one_of(label: str, name: str, options: dict[str, str], worth: int) -> str:
    """A filter that is only there when it can tell sessions apart, or is in the address."""
    wanted = address.read(name)
    if len(options) < worth and not wanted:
        return ANY
    if wanted and wanted not in options:
        options = {**options, wanted: wanted}  # a link may name what is not here any more
    return address.choice(label, name, {ANY: _("All"), **options}, BOX)
