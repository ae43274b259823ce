"""How a library fares, in words: one line on its card, and what to do about it on its page."""

from __future__ import annotations

import streamlit as st

from services import library_health
from services.library_health import Health, Note, Trouble
from services.people import Role
from ui import formats
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.library_spaces import space_name
from ui.navigation import RUN_PARAM
from ui.review_access import refusal


def badge(health: Health) -> None:
    """The worst of it in one line; "Ready" where there is nothing."""
    if health.ready:
        st.caption(f":green[:material/check_circle:] {_('Ready')}")
        return
    note, more = health.notes[0], len(health.notes) - 1
    others = f" · {_('and {count} more').format(count=more)}" if more else ""
    st.caption(f":orange[{_icon(note)}] {sentence(note)}{others}")


def notes(name: str, health: Health) -> None:
    """Every trouble on a line of its own, on the library's page; nothing for a library that is ready."""
    for note in health.notes:
        st.caption(f":orange[{_icon(note)}] {sentence(note)} {_remedy(note)}".strip())


def check_button(name: str) -> None:
    """Look at every file now; what was found is told when it is done."""
    why = refusal(Role.CREATOR)
    if st.button(
        _("Look at every file"),
        icon=":material/rule_folder:",
        key="library_check_files",
        disabled=bool(why),
        help=why or _("Finds pictures whose file is missing from disk. Nothing is changed."),
    ):
        with guard():
            st.query_params[RUN_PARAM] = library_health.start_check(name)
            st.rerun()


def sentence(note: Note) -> str:
    """ "12 pictures wait for their files." """
    count = formats.number(note.count)
    if note.trouble is Trouble.FILLING:
        return _("Pictures are being added.")
    if note.trouble is Trouble.REBUILDING:
        return _("Its index is being rebuilt.")
    if note.trouble is Trouble.LOST:
        return ngettext(
            "{count} picture is missing from disk.", "{count} pictures are missing from disk.", note.count
        ).format(count=count)
    if note.trouble is Trouble.NOT_PREPARED:
        return _("Not prepared for {model}.").format(model=space_name(note.encoder))
    return ngettext(
        "{count} picture waits for its file.", "{count} pictures wait for their files.", note.count
    ).format(count=count)


def _remedy(note: Note) -> str:
    if note.trouble is Trouble.LOST:
        return _("Add them again: they take their old places.")
    if note.trouble is Trouble.NOT_PREPARED:
        return _("Prepare it under Search models.")
    if note.trouble is Trouble.WAITING:
        return _("Attach the pictures: they are matched by file name.")
    return ""


def _icon(note: Note) -> str:
    return {
        Trouble.FILLING: ":material/hourglass_top:",
        Trouble.REBUILDING: ":material/hourglass_top:",
        Trouble.LOST: ":material/broken_image:",
        Trouble.NOT_PREPARED: ":material/image_search:",
        Trouble.WAITING: ":material/hourglass_empty:",
    }[note.trouble]
