"""The Campaigns page's picker and filters, all of them in the address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import streamlit as st

from services import campaigns, review
from services.campaign_figures.load import FigureFilter
from services.sessions import SessionStatus
from ui import address, campaign_words, formats
from ui.brief_form import campaign_name
from ui.i18n import _
from ui.navigation import SESSION_PARAM
from ui.review_access import called
from ui.text import short

ANY = ""
BOX = 150
CUSTOM = "custom"
CAMPAIGN, DAYS, FROM, TO = "campaign", "days", "from", "to"
ADDRESS = "campaigns_address"
FILTERS = (DAYS, FROM, TO, "engine", "strategy", "status", "person")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page is about. `name` is empty for all campaigns."""

    name: str
    filter: FigureFilter

    @property
    def filtered(self) -> bool:
        given = self.filter
        kinds = (given.engine, given.strategy, given.status, given.person, given.since, given.until)
        return any(kinds)


def remember_address() -> None:
    """Keep the filters for whoever comes back.

    Opening a variant leaves its address in the browser's history for this page too: the way back would lead
    to all campaigns.
    """
    if SESSION_PARAM in st.query_params:
        st.query_params.from_dict(st.session_state.get(ADDRESS, {}))
    st.session_state[ADDRESS] = st.query_params.to_dict()


def campaign_filters() -> Wanted:
    names = campaigns.names()
    shown = {key: short(campaign_name(name), 48) for key, name in names.items()}
    people = {key: called(name) for key, name in review.people().items()}
    with st.container(horizontal=True, key="filters", vertical_alignment="bottom"):
        campaign = address.choice(_("Campaign"), CAMPAIGN, {ANY: _("All campaigns"), **shown}, 215)
        since, until = _span()
        engine = address.choice(_("Engine"), "engine", {ANY: _("All"), **_engines()}, 110)
        strategy = address.choice(
            _("Way of finding references"), "strategy", {ANY: _("All"), **_strategies()}, 215
        )
        states = {status.value: formats.status(status) for status in SessionStatus}
        status = address.choice(_("State"), "status", {ANY: _("All"), **states}, BOX)
        person = ANY
        if len(people) > 1 or address.read("person"):
            person = address.choice(_("Person"), "person", {ANY: _("Everybody"), **people}, BOX)
    wanted = FigureFilter(campaign, engine, strategy, status, person, since, until)
    return Wanted(campaign_name(names[campaign]) if campaign else "", wanted)


def clear_filters() -> None:
    """Callback: take every filter out of the address; the campaign stays."""
    for name in FILTERS:
        st.query_params.pop(name, None)


def _engines() -> dict[str, str]:
    return {name: campaign_words.engine_name(name) for name in ("lite", "full", "mixed")}


def _strategies() -> dict[str, str]:
    return {key: campaign_words.strategy_name(key) for key in campaign_words.STRATEGY_ORDER}


def _span() -> tuple[dt.date | None, dt.date | None]:
    """First and last day, both included; None is open."""
    ages = {
        "7": _("Last 7 days"),
        "30": _("Last 30 days"),
        "90": _("Last 90 days"),
        "365": _("Last 365 days"),
    }
    days = address.choice(_("Made"), DAYS, {ANY: _("Any time"), **ages, CUSTOM: _("From … to …")}, BOX)
    today = dt.datetime.now(dt.UTC).date()
    if days and days != CUSTOM:
        return today - dt.timedelta(days=int(days) - 1), None
    if days != CUSTOM:
        return None, None
    since = _day(FROM) or today - dt.timedelta(days=29)
    until = max(since, _day(TO) or today)
    key = "campaign_span"
    st.session_state[key] = (since, until)
    st.date_input(
        _("Days"), key=key, width=230, max_value=max(today, until), on_change=_write_span, args=(key,)
    )
    return since, until


def _write_span(key: str) -> None:
    """Both ends into the address, once both are chosen."""
    chosen = st.session_state[key]
    if isinstance(chosen, tuple) and len(chosen) == 2:
        st.query_params[FROM], st.query_params[TO] = (day.isoformat() for day in chosen)


def _day(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(address.read(name))
    except ValueError:
        return None
