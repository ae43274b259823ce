"""The variants' pictures in their grid: bare while the rest is in the making, inside cards afterwards."""

from __future__ import annotations

import streamlit as st
from streamlit.elements.lib.grid_container import GridContainer

from services import sessions
from services.domain import Placement, Variant
from services.sessions import SessionView
from ui.i18n import _
from ui.images import picture
from ui.theme import ratio_name

CARD_WIDTH = {Placement.WIDE: 300, Placement.LINK: 300}
"""Wide pictures need wider cards; the others stand four in a row at 1280 px."""


def arriving(session_id: str) -> None:
    """The variants made so far, while the rest is in the making."""
    view = sessions.load(session_id)
    if not view.variants:
        return
    grid = card_grid(view)
    for variant in sorted(view.variants, key=lambda v: v.index):
        with grid.cell(), st.container(border=True, key=f"card_arriving_{variant.id}"):
            shot(view, variant)


def card_grid(view: SessionView) -> GridContainer:
    return st.grid("auto", min_column_width=CARD_WIDTH.get(view.brief.placement, 210), gap="small")


def shot(view: SessionView, variant: Variant) -> None:
    """The thumbnail in the shape of the session's placement."""
    alt = _("Variant {number} for {topic}").format(number=variant.index + 1, topic=view.brief.topic)
    ratio = ratio_name(view.brief.placement)
    picture(variant.sha256, alt, key=f"shot_{ratio}_variant_{variant.id}")
