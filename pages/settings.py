"""Settings: what the studio runs on, where its data lives, and how it looks."""

from __future__ import annotations

import streamlit as st

from services.doctor import examine
from services.settings import get_settings
from ui.engine_parts import engine_section, troubles
from ui.guard import guard
from ui.i18n import _
from ui.layout import page_head, section
from ui.limits_panel import limits_section
from ui.models_panel import models_panel
from ui.navigation import through_home
from ui.people_panel import people_section
from ui.settings_storage import storage_section
from ui.sidebar import language_switch
from ui.text import plain

through_home()
with guard():
    settings = get_settings()
    page_head(_("Settings"), _("What the studio runs on, and where your work lives."))

    engine_section()
    models_panel(settings.engine_choice)

    storage_section()

    limits_section(settings)

    section(_("Health"))
    if st.button(_("Look again"), icon=":material/refresh:"):
        st.rerun()
    troubles(examine(engine=False))

    people_section()

    section(_("Language"))
    language_switch("settings")
    st.caption(_("Light or dark follows your system; change it in the menu at the top right."))
    st.caption(plain("AIM Studio 0.1.0"))
