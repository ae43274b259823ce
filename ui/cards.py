"""Cards of things: a session, a campaign, a library. Each leads to the thing itself."""

from __future__ import annotations

import streamlit as st

from services.campaigns import CampaignCard
from services.libraries import LibraryCard
from services.sessions import SessionCard
from ui import formats
from ui.brief_form import campaign_name, library_name
from ui.i18n import _
from ui.images import mosaic
from ui.navigation import LIBRARIES, LIBRARY_PARAM, SESSION_PARAM, SESSIONS, STUDIO, link
from ui.text import plain, short

STATUS_COLOURS = {"draft": "gray", "review": "blue", "picked": "green"}


def session_card(card: SessionCard) -> None:
    """Pictures, topic, state, best score. Opens the session, or the Studio while there is no variant."""
    with st.container(border=True, key=f"card_session_{card.id}", gap="small"):
        pictures = card.thumbnails or ((card.hero_sha256,) if card.hero_sha256 else ())
        _sheet(pictures[:4], f"session_{card.id}", plain(card.topic))
        page = SESSIONS if card.variants else STUDIO
        link(page, f"**{plain(short(card.topic, 72))}**", **{SESSION_PARAM: card.id})
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if card.best_final is not None:
                st.markdown(f"**{formats.score(card.best_final)}**", width="content", help=_("Best score"))
            st.badge(formats.status(card.status), color=STATUS_COLOURS.get(card.status, "gray"))  # type: ignore[arg-type]
        count = formats.variants(card.variants) if card.variants else _("no variants yet")
        st.caption(f"{plain(campaign_name(card.campaign))} · {count} · {formats.when(card.updated_at)}")


def campaign_card(card: CampaignCard) -> None:
    """Best variant, count, median score and how scores went."""
    with st.container(border=True, key=f"card_campaign_{card.id}", gap="small"):
        with st.container(horizontal=True, gap="small"):
            with st.container(width=112):
                _sheet(
                    (card.best_sha256,) if card.best_sha256 else (),
                    f"campaign_{card.id}",
                    card.name,
                    square=True,
                )
            with st.container(gap="xsmall"):
                link(SESSIONS, f"**{plain(short(campaign_name(card.name), 48))}**", campaign=card.id)
                st.caption(f"{formats.sessions(card.sessions)} · {formats.variants(card.variants)}")
                best = formats.score(card.best_final)
                st.caption(f"{_('Best')} **{best}** · {_('median')} **{formats.score(card.median_final)}**")
        if len(card.trend) > 1:
            _sparkline(card)


def _sparkline(card: CampaignCard) -> None:
    st.metric(
        _("Median score"),
        formats.score(card.median_final),
        chart_data=[round(v, 1) for v in card.trend],
        chart_type="line",
        label_visibility="collapsed",
    )


def library_card(card: LibraryCard) -> None:
    """A mosaic of six, what it holds and how large it is."""
    with st.container(border=True, key=f"card_library_{card.name}", gap="small"):
        _sheet(card.mosaic, f"library_{card.name}", library_name(card.name), columns=3)
        with st.container(horizontal=True, vertical_alignment="center"):
            link(LIBRARIES, f"**{plain(short(library_name(card.name), 48))}**", **{LIBRARY_PARAM: card.name})
            if card.built_in:
                st.badge(_("Built in"), color="gray")
        parts = [formats.pictures(card.images), formats.size(card.bytes)]
        if card.duplicates:
            parts.append(_("{count} duplicates set aside").format(count=formats.number(card.duplicates)))
        st.caption(" · ".join(parts))


def _sheet(shas: tuple[str, ...], key: str, alt: str, columns: int = 2, square: bool = False) -> None:
    """Up to four (or six) pictures as one, always of the same shape, so that cards line up."""
    with st.container(key=f"{'square' if square else 'sheet'}_{key}", gap=None):
        if square:
            st.image(mosaic(shas[:1], 1, 1, 240, 240), alt=alt, width="stretch")
        elif columns == 3:
            st.image(mosaic(shas, 3, 2, 660, 360), alt=alt, width="stretch")
        else:
            across, down = {0: (1, 1), 1: (1, 1), 2: (2, 1), 3: (3, 1)}.get(len(shas), (4, 1))
            st.image(mosaic(shas, across, down, 660, 330), alt=alt, width="stretch")
