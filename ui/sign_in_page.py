"""What somebody sees who is not let in: how to sign in, or why they must wait. Nothing of the studio."""

from __future__ import annotations

import streamlit as st

from services.errors import StudioError
from services.people import Role, actor, require
from ui.account import admitted, may, sign_in
from ui.i18n import LANGUAGES, PARAM, STATE_KEY, _, language
from ui.layout import empty_state
from ui.navigation import SESSIONS, link
from ui.text import plain, say

WIDTH = 440


def admit() -> None:
    """Go on for those who may look; for anybody else draw the sign-in page and end the run."""
    if admitted():
        return
    with st.container(horizontal_alignment="center", key="sign_in", gap="medium"):
        st.space("large")
        with st.container(border=True, width=WIDTH, horizontal_alignment="center", gap="medium"):
            _invite()
        _languages()
    st.stop()


def only_for(role: Role) -> None:
    """Go on for those of this role; tell anybody else in the page's place, and end the run."""
    if may(role):
        return
    try:
        require(role)
    except StudioError as error:
        with empty_state("lock", _("Not for your role"), say(error.message), key="role"):
            link(SESSIONS, _("See the sessions"), icon=":material/history:")
    st.stop()


def _invite() -> None:
    try:
        providers = sign_in().providers
        problems = sign_in().problems
        person = actor()
    except StudioError as error:
        _closed(say(error.message))
        return
    if person.id:
        _closed(
            _(
                "You are signed in as {name}. An administrator has to let you in first; "
                "tell one, then reload this page."
            ).format(name=plain(person.name))
        )
        return
    st.title(_("AIM Studio"), anchor=False, text_alignment="center")
    st.markdown(_("Sign in to see your team's sessions."), text_alignment="center")
    if problems:
        st.warning(_("Sign-in is not set up completely. Whoever runs the studio: run make doctor."))
        return
    for provider in providers:
        label = _("Sign in") if provider == "default" else _("Sign in with {name}")
        st.button(
            label.format(name=provider.capitalize()),
            key=f"sign_in_{provider}",
            type="primary" if provider == providers[0] else "secondary",
            icon=":material/login:",
            width="stretch",
            on_click=st.login,
            args=(None if provider == "default" else provider,),
        )


def _closed(reason: str) -> None:
    """Why somebody who did sign in is not let in, and the way to another account."""
    st.title(_("Not yet"), anchor=False, text_alignment="center")
    st.markdown(reason, text_alignment="center")
    if st.user.get("is_logged_in"):
        st.button(_("Use another account"), icon=":material/logout:", on_click=st.logout)


def _languages() -> None:
    with st.container(horizontal=True, horizontal_alignment="center", gap="small"):
        for code, name in LANGUAGES.items():
            st.button(
                name,
                key=f"sign_in_language_{code}",
                type="tertiary",
                disabled=code == language(),
                on_click=_speak,
                args=(code,),
            )


def _speak(code: str) -> None:
    st.session_state[STATE_KEY] = code
    st.query_params[PARAM] = code
