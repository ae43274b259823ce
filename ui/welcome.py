"""The first visit: what the studio does, and one button that makes a finished example."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from services.example import start_example
from services.storage.kinds import data_address
from ui.guard import guard
from ui.i18n import _
from ui.navigation import RUN_PARAM, SESSION_PARAM, STUDIO, go, link

EXAMPLE = Path(__file__).parent / "assets" / "example.webp"
"""What the example makes of scikit-image's coffee photo (CC0): six variants by the layout compositor."""


@cache
def _example() -> str:
    """As an address: of a WEBP's bytes Streamlit would make a PNG at every run."""
    return data_address(EXAMPLE.read_bytes())


def welcome() -> None:
    with st.container(key="welcome", gap="medium"):
        words, pictures = st.columns([5, 4], gap="large", vertical_alignment="center")
        with words:
            _invitation()
        with pictures:
            alt = _("Six finished variants of one photo of a cup of coffee")
            st.image(_example(), alt=alt, width="stretch")
        _four_steps()


def _invitation() -> None:
    st.title(_("From a product photo to ranked ad variants"), anchor=False)
    st.markdown(
        _("Say what the product is and drop its photos. The studio finds references, makes variants "
          "and tells you which one fits best, and why. Nothing leaves this machine.")
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(_("Make an example"), type="primary", icon=":material/play_arrow:", key="example"):
            with guard():
                session_id, run_id = start_example()
                go(STUDIO, **{SESSION_PARAM: session_id, RUN_PARAM: run_id})
        link(STUDIO, _("Start with your own photo"), icon=":material/arrow_forward:")
    st.caption(_("The example takes about a minute. You can watch each step."))


def _four_steps() -> None:
    steps = [
        ("edit_note", _("Brief"), _("Topic, product text, photos and the size of the ad.")),
        ("account_tree", _("Plan"), _("Your text becomes weighted parts to look for. Change any of them.")),
        ("image_search", _("References"), _("Each part finds pictures; weak ones and repeats are left out.")),
        ("leaderboard", _("Variants"), _("Finished layouts, ranked by a score that you can take apart.")),
    ]  # fmt: skip
    grid = st.grid(4, min_column_width=200)
    for icon, title, body in steps:
        with (
            grid.cell(),
            st.container(border=True, key=f"card_welcome_{icon}", gap="small", height="stretch"),
        ):
            st.markdown(f":primary[:material/{icon}:]")
            st.subheader(title, anchor=False)
            st.caption(body)
