"""Settings, "Your data": where it lies, how much there is, and its backups. For administrators."""

from __future__ import annotations

import streamlit as st

from services.backup import kept
from services.backup.kept import Backup
from services.jobs.queue import RunState
from services.people import Role, actor
from services.settings import get_settings
from services.storage.places import store_folder
from ui import formats
from ui.disk import disk_use
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.job_progress import run_panel
from ui.layout import section
from ui.steps import UNFINISHED
from ui.text import plain

DOWNLOAD_BYTES = 2 * 10**9
"""A browser gets the file through the studio's memory; a larger one is copied from its folder."""


def storage_section() -> None:
    """Where the studio keeps what is made in it, and the backups of that."""
    settings = get_settings()
    section(_("Your data"), _("Everything that you make is kept here. A backup holds all of it in one file."))
    with st.container(key="storage_places", gap="xsmall"):
        _place(_("Folder"), str(settings.home.resolve()))
        if settings.database_url:
            _place(_("Database"), settings.shown_database_url)
        if settings.store_url:
            folder = store_folder(settings)
            _place(_("Pictures"), str(folder) if folder else settings.store_url)
    st.caption(_("{used} in use · {free} free on this disk").format(**disk_use(settings.home)))
    if actor().may(Role.ADMIN):
        _backups()


def _place(name: str, where: str) -> None:
    st.caption(name)
    st.code(where, language=None, wrap_lines=True)


def _backups() -> None:
    found, run = kept.backups(), kept.latest_run()
    at_work = run is not None and run.state in UNFINISHED
    with st.container(horizontal=True, vertical_alignment="center"):
        if not at_work and st.button(
            _("Back up now"),
            icon=":material/archive:",
            key="backup_start",
            help=_("You can go on working meanwhile."),
        ):
            with guard():
                kept.start_backup()
                st.rerun()
        if not at_work:
            st.caption(_last(found))
    if run and run.state is not RunState.DONE:
        run_panel(run)
    if run and run.state is RunState.DONE and (missing := int((run.result or {}).get("missing", 0))):
        lost = ngettext(
            "{count} picture was missing or damaged and is not in the last backup.",
            "{count} pictures were missing or damaged and are not in the last backup.",
            missing,
        )
        st.caption(f":orange[:material/warning: {lost.format(count=formats.number(missing))}]")
    for place, backup in enumerate(found):
        _card(backup, place)


def _last(found: list[Backup]) -> str:
    if not found:
        return _("No backup was made here yet.")
    return _("Last backup: {when}").format(when=formats.when(found[0].at))


def _card(backup: Backup, place: int) -> None:
    with st.container(
        border=True,
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key=f"card_backup_{place}",
    ):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(backup.name)}**")
            st.caption(f"{formats.size(backup.bytes)} · {formats.when(backup.at)}")
        if backup.bytes <= DOWNLOAD_BYTES:
            st.download_button(
                _("Download"),
                lambda: kept.open_backup(backup.name),
                file_name=backup.name,
                mime="application/x-tar",
                icon=":material/download:",
                on_click="ignore",
                key=f"backup_get_{place}",
            )
        else:
            st.caption(_("In the folder backups"))
