"""Variants whose picture is gone: said above the grid, with the way to make them again."""

from __future__ import annotations

import streamlit as st

from services import studio
from services.errors import Unavailable
from services.people import Role, actor
from services.sessions import SessionKind, SessionView
from services.storage import health
from ui import formats
from ui.guard import guard
from ui.i18n import _, ngettext


def lost_pictures(view: SessionView) -> None:
    """Nothing where all pictures are there, or the store does not answer: each picture says that itself."""
    try:
        lost = health.lost(view.variants)
    except Unavailable:
        return
    if not lost:
        return
    said = ngettext(
        "{count} picture is missing or was damaged. Its score and what was said about it are kept.",
        "{count} pictures are missing or were damaged. Their scores and what was said about them are kept.",
        len(lost),
    ).format(count=formats.number(len(lost)))
    with st.container(horizontal=True, vertical_alignment="center", key="lost_pictures"):
        st.warning(said, icon=":material/broken_image:")
        if (
            view.kind != SessionKind.EVALUATE
            and actor().may(Role.CREATOR)
            and st.button(_("Make them again"), icon=":material/refresh:", key="lost_again")
        ):
            with guard():
                studio.start_recipes(view.id, [variant.recipe for variant in lost])
                st.rerun()
