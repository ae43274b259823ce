"""Entry of the studio: sets the stage that all pages share, and hands over to one of them."""

from __future__ import annotations

import streamlit as st

from ui import navigation
from ui.evaluate_style import evaluate_css
from ui.guard import guard
from ui.i18n import remember_language
from ui.sidebar import sidebar_foot
from ui.theme import LOGO, inject_css
from ui.workers import keep_working

st.set_page_config(page_title="AIM Studio", page_icon=LOGO, layout="wide")
remember_language()
inject_css()
evaluate_css()
page = navigation.pages()
with guard():
    navigation.sidebar_menu()
    keep_working()
    sidebar_foot()
with guard():
    navigation.perform(page)
