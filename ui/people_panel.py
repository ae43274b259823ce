"""People, in Settings: who may do what. Administrators change it; the others see their own role."""

from __future__ import annotations

import streamlit as st

from services.errors import StudioError
from services.messages import Message
from services.people import Role, actor
from services.people.directory import Member, members, set_role
from ui import formats
from ui.account import sign_in
from ui.i18n import _, ngettext
from ui.layout import section
from ui.people_words import role_meaning, role_name
from ui.text import plain, say, short

SHOWN = 50
SEARCH_FROM = 12
"""With more people than this a search box helps."""
_TOLD = "people_told"
NOBODY = "none"
CODES = (NOBODY, *Role)


def people_section() -> None:
    """The section itself, whoever looks at it."""
    if not sign_in().on:
        section(_("People"), _("One person works here: whoever sits at this computer."))
        st.markdown(
            f":material/lock: {_('Nobody has to sign in, so the studio answers this computer alone.')}"
        )
        st.caption(_("To work as a team, set up sign-in: docs/sign-in.md says how."))
        return
    section(_("People"), _("Everybody who signed in, and what they may do."))
    person = actor()
    if not person.may(Role.ADMIN):
        st.markdown(
            _("You are signed in as {name}. Your role: {role}.").format(
                name=plain(person.name), role=f"**{role_name(person.role)}**"
            )
        )
        st.caption(_("Administrators give roles here. Ask one when you need another."))
        return
    _everybody(person.id)


def _everybody(own_id: str) -> None:
    _tell()
    found = members()
    shown = _wanted(found)
    for member in shown[:SHOWN]:
        _line(member, own_id)
    if len(shown) > SHOWN:
        rest = len(shown) - SHOWN
        text = ngettext("{count} more; search for a name.", "{count} more; search for a name.", rest)
        st.caption(text.format(count=formats.number(rest)))
    with st.expander(_("What the roles mean"), type="compact"):
        st.markdown("\n".join(f"- **{role_name(_role(c))}**: {role_meaning(_role(c))}" for c in CODES))


def _wanted(found: list[Member]) -> list[Member]:
    if len(found) <= SEARCH_FROM:
        return found
    text = (
        st.text_input(_("Search for a person"), key="people_search", icon=":material/search:").strip().lower()
    )
    return [m for m in found if text in m.name.lower() or text in m.email]


def _line(member: Member, own_id: str) -> None:
    key = f"role_{member.id}"
    st.session_state[key] = member.role or NOBODY
    with st.container(horizontal=True, vertical_alignment="center", key=f"person_{member.id}"):
        name = plain(short(member.name, 40))
        you = f" · {_('you')}" if member.id == own_id else ""
        seen = _("last here {when}").format(when=formats.when(member.seen_at))
        email = f"{plain(member.email)} · " if member.email else ""
        st.markdown(f"**{name}**{you}  \n:small[:gray[{email}{seen}]]", width="stretch")
        st.selectbox(
            _("Role of {name}").format(name=member.name),
            CODES,
            format_func=lambda code: role_name(_role(code)),
            key=key,
            label_visibility="collapsed",
            disabled=member.fixed,
            help=_("An administrator by AIM_STUDIO_ADMINS; change it there.") if member.fixed else None,
            on_change=_change,
            args=(member.id, key),
            width=200,
        )


def _change(person_id: str, key: str) -> None:
    try:
        set_role(person_id, _role(st.session_state[key]))
    except StudioError as error:
        st.session_state[_TOLD] = error.message
    else:
        st.toast(_("The role is changed. It counts from now on."), icon=":material/check:")


def _tell() -> None:
    """What became of the last change, when nothing did."""
    told = st.session_state.pop(_TOLD, None)
    if isinstance(told, Message):
        st.warning(say(told), icon=":material/info:")


def _role(code: str) -> Role | None:
    return None if code == NOBODY else Role(code)
