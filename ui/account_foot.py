"""Who is signed in, at the sidebar's foot, and the way out."""

from __future__ import annotations

import streamlit as st

from services.people import actor
from ui.account import sign_in
from ui.i18n import _
from ui.people_words import role_name
from ui.text import plain, short


def account_foot() -> None:
    """One line: the person and their role; without sign-in, that the studio is this computer's alone."""
    if not sign_in().on:
        st.caption(
            f":material/lock: {_('This computer only')}",
            help=_("Nobody has to sign in, so the studio answers this computer alone. See Settings, People."),
        )
        return
    person = actor()
    role = role_name(person.role)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="account"):
        st.caption(
            f":material/account_circle: **{plain(short(person.name, 28))}**  \n{role}", width="stretch"
        )
        st.button(
            _("Sign out"),
            icon=":material/logout:",
            type="tertiary",
            key="sign_out",
            on_click=st.logout,
            width="content",
        )
