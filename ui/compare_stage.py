"""Large pictures under one zoom: side by side, or two over each other with a line to slide.

A component of our own: Streamlit's pictures know neither zoom nor each other. What it is given are data
addresses of bounded size, so that private pictures need no address that outlives the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from services.storage.kinds import data_address
from ui.i18n import _
from ui.images import display_size

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "aim_studio_compare",
    html='<div class="stage"></div>',
    css=(_HERE / "compare_stage.css").read_text(),
    js=(_HERE / "compare_stage.js").read_text(),
)

VOTING_ROOM = "19rem"
COMPARING_ROOM = "19.5rem"
"""What else stands in the window: the pictures get the rest of its height."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture: its key, size in pixels, name, a note beside the name, and what it shows in words."""

    sha256: str
    size: tuple[int, int]
    name: str
    alt: str
    note: str = ""


def stage(pictures: Sequence[Shown], key: str, wipe: bool = False, voting: bool = False) -> None:
    """Two to four pictures. `wipe` lays two over each other; `voting` leaves arrows and 0 to the answers."""
    keys = _("Pictures. Plus and minus zoom, arrows move, 0 shows them whole.")
    data = {
        "pictures": [
            {
                "src": _address(each.sha256),
                "alt": each.alt,
                "width": each.size[0],
                "height": each.size[1],
                "name": each.name,
                "note": each.note,
            }
            for each in pictures
        ],
        "wipe": wipe,
        "voting": voting,
        "room": VOTING_ROOM if voting else COMPARING_ROOM,
        "words": {
            "keys": _("Pictures. Plus and minus zoom.") if voting else keys,
            "hint": _("Scroll or pinch to zoom, drag to move. All pictures follow."),
            "line": _("Where the second picture begins"),
            "missing": _("This picture's file is missing"),
            "zoom": _("Zoom"),
            "out": _("Zoom out"),
            "in": _("Zoom in"),
            "fit": _("Whole picture"),
            "full": _("Full screen"),
        },
    }
    with st.container(key="stage_voting" if voting else "stage_comparing"):
        _component(key=key, data=data)


@st.cache_data(max_entries=24, show_spinner=False)
def _address(sha256: str) -> str:
    """The picture as a data address; "" when its file is lost."""
    data = display_size(sha256)
    return data_address(data) if data else ""
