"""Libraries: the pictures that references are found in. Cards, one library by ?library=NAME, new ones."""

from __future__ import annotations

import streamlit as st

from services.people import Role
from ui.guard import guard
from ui.i18n import _
from ui.layout import page_head
from ui.library_form import library_form
from ui.library_import import import_form
from ui.library_list import library_list
from ui.library_page import one_library
from ui.library_watched import watched_run
from ui.navigation import LIBRARY_PARAM, through_home
from ui.review_access import refusal


def all_libraries() -> None:
    actions = page_head(_("Libraries"), _("The pictures that references are found in."))
    why = refusal(Role.CREATOR)
    with actions, st.container(horizontal=True, horizontal_alignment="right", width="content"):
        with st.popover(
            _("Import an index"), icon=":material/upload_file:", disabled=bool(why), help=why or None
        ):
            import_form()
        with st.popover(
            _("New library"), icon=":material/add:", type="primary", disabled=bool(why), help=why or None
        ):
            library_form()
    watched_run()
    library_list()


through_home()
with guard():
    name = st.query_params.get(LIBRARY_PARAM)
    if name:
        one_library(name)
    else:
        all_libraries()
