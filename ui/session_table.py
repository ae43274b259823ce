"""The list of sessions as rows: for those who compare figures rather than pictures."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from services.sessions import SessionCard, SessionKind
from ui import address, formats
from ui.brief_form import campaign_name
from ui.cards import REPORT
from ui.i18n import _
from ui.navigation import SESSION_PARAM, go, session_page

VIEW_PARAM = "view"
CARDS, TABLE = "cards", "table"


def as_table() -> bool:
    """The switch between cards and table; the address keeps the choice."""
    labels = {CARDS: _("Cards"), TABLE: _("Table")}
    key = "session_view"
    st.session_state[key] = TABLE if address.read(VIEW_PARAM) == TABLE else CARDS
    st.segmented_control(
        _("Show as"),
        list(labels),
        format_func=lambda code: labels[code],
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_write,
        args=(key,),
    )
    return bool(st.session_state[key] == TABLE)


def session_table(cards: Sequence[SessionCard]) -> None:
    """One row a session; a chosen row opens it."""
    st.caption(_("Choose a row to open its session."))
    table = st.dataframe(
        {
            _("Topic"): [card.topic for card in cards],
            _("Campaign"): [campaign_name(card.campaign) for card in cards],
            _("State"): [_state(card) for card in cards],
            _("Engine"): [formats.engine(card.engine) for card in cards],
            _("Variants"): [card.variants for card in cards],
            _("Best score"): [card.best_final for card in cards],
            _("Made"): [card.created_at for card in cards],
            _("Changed"): [card.updated_at for card in cards],
        },
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"session_table_{address.current_page()}",
        column_config={
            _("Topic"): st.column_config.TextColumn(width="medium"),
            _("Best score"): st.column_config.NumberColumn(format="%.0f"),
            _("Made"): st.column_config.DatetimeColumn(format="localized"),
            _("Changed"): st.column_config.DatetimeColumn(format="localized"),
        },
        placeholder=formats.DASH,
        alt=_("Sessions"),
    )
    for row in table.selection.rows:
        card = cards[row]
        go(session_page(card.kind, made=card.variants > 0), **{SESSION_PARAM: card.id})


def _state(card: SessionCard) -> str:
    return formats.status(card.status if card.kind == SessionKind.STUDIO else REPORT)


def _write(key: str) -> None:
    if st.session_state[key] == TABLE:
        st.query_params[VIEW_PARAM] = TABLE
    else:
        st.query_params.pop(VIEW_PARAM, None)
