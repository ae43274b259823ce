"""Cards of things: a session, a campaign. Each leads to the thing itself."""

from __future__ import annotations

from html import escape

import streamlit as st

from services.campaigns import CampaignCard
from services.sessions import SessionCard, SessionKind
from ui import formats
from ui.brief_form import campaign_name
from ui.i18n import _
from ui.mosaic import sheet, square
from ui.navigation import CAMPAIGNS, SESSION_PARAM, link, session_page
from ui.text import plain, short

REPORT = "report"
"""In place of a status: pictures that were only scored are not for review."""
STATUS_TAGS = {
    "draft": "tag",
    "review": "tag tag-first",
    "approved": "tag tag-good",
    "rejected": "tag tag-bad",
}


def session_card(card: SessionCard) -> None:
    """Pictures, topic, state, best score. Opens the session, or the Studio while there is no variant."""
    hero = (card.hero_sha256,) if card.hero_sha256 else ()
    with st.container(border=True, key=f"card_session_{card.id}", gap="small"):
        with st.container(key=f"sheet_session_{card.id}", gap=None):
            st.image(sheet((*card.thumbnails, *hero)), alt=card.topic, width="stretch")
        page = session_page(card.kind, made=card.variants > 0)
        link(page, f"**{plain(short(card.topic, 72))}**", **{SESSION_PARAM: card.id})
        status_line(card.status if card.kind == SessionKind.STUDIO else REPORT, card.best_final)
        count = _count(card)
        st.caption(f"{plain(campaign_name(card.campaign))} · {count} · {formats.when(card.updated_at)}")


def _count(card: SessionCard) -> str:
    if card.kind == SessionKind.EVALUATE:
        return formats.pictures(card.variants)
    return formats.variants(card.variants) if card.variants else _("no variants yet")


def status_line(status: str, best: float | None) -> None:
    """The state as a tag, and the best score where there is one."""
    figure = ""
    if best is not None:
        hover = escape(f"{_('Best score')} {formats.exact(best)}")
        figure = f'<b class="score-small" title="{hover}">{formats.score(best)}</b>'
    tag = f'<span class="{STATUS_TAGS.get(status, "tag")}">{escape(formats.status(status))}</span>'
    st.html(f'<div class="score">{figure}{tag}</div>', width="content")


def campaign_card(card: CampaignCard) -> None:
    """Best variant, counts, best and median score, and how the scores went."""
    with st.container(border=True, key=f"card_campaign_{card.id}", gap="small"):
        with st.container(horizontal=True, gap="small"):
            with st.container(width=112, key=f"square_campaign_{card.id}"):
                st.image(square(card.best_sha256), alt=card.name, width="stretch")
            with st.container(gap="xsmall"):
                link(CAMPAIGNS, f"**{plain(short(campaign_name(card.name), 48))}**", campaign=card.id)
                st.caption(f"{formats.sessions(card.sessions)} · {formats.variants(card.variants)}")
                best, median = formats.score(card.best_final), formats.score(card.median_final)
                st.caption(f"{_('Best')} **{best}** · {_('median')} **{median}**")
                if card.mixed_scorers:
                    st.caption(_("Scored by different models"))
        if len(card.trend) > 1:
            st.metric(
                _("Best score of each session"),
                formats.score(card.trend[-1]),
                chart_data=[round(value, 1) for value in card.trend],
            )
