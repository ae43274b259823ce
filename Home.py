"""Entry of the studio: sets the stage that all pages share, and hands over to one of them.

The server imports this file once, for its application; every visit then runs it as a script.
"""

from __future__ import annotations

import streamlit as st
from streamlit.starlette import App

from ui import navigation
from ui.evaluate_style import evaluate_css
from ui.guard import guard, tell_of_a_click
from ui.i18n import remember_language
from ui.opening import opened
from ui.sidebar import sidebar_foot
from ui.sign_in_page import admit
from ui.theme import LOGO, inject_css
from ui.workers import keep_working


def visit() -> None:
    """One run for one visitor."""
    st.set_page_config(page_title="AIM Studio", page_icon=LOGO, layout="wide")
    remember_language()
    inject_css()
    evaluate_css()
    page = navigation.pages()
    admit()
    with guard():
        navigation.sidebar_menu()
        keep_working()
        sidebar_foot()
    with guard():
        navigation.perform(page)


if __name__ == "__main__":
    visit()
else:
    app = App(__file__, middleware=opened(), on_script_error=tell_of_a_click)
