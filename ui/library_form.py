"""A new library, or more pictures for one: from pictures, a ZIP or a folder of this machine."""

from __future__ import annotations

import streamlit as st

from services import library_runs
from services.errors import InvalidInput
from services.messages import N_
from ui.guard import guard
from ui.i18n import _
from ui.navigation import RUN_PARAM
from ui.uploads import TYPES

Source = list[tuple[str, bytes]] | bytes | str
"""Files with their names, a ZIP's bytes, or a folder's path."""


def library_form(name: str | None = None) -> None:
    """The form, for a new library or (with `name`) for one that is there."""
    key = f"library_{name or 'new'}"
    if name is None:
        name = st.text_input(_("Name"), key=f"{key}_name", max_chars=80, placeholder=_("Autumn shoot"))
    pictures, archive, folder = st.tabs([_("Pictures"), _("ZIP file"), _("Folder on this machine")])
    with pictures:
        files = st.file_uploader(
            _("Pictures"), type=TYPES, accept_multiple_files=True, key=f"{key}_files",
            help=_("PNG, JPEG or WEBP. A file that cannot be used is listed, with the reason."),
        )  # fmt: skip
        if _press(_("Add these pictures"), f"{key}_add_files"):
            _start(name, [(f.name, f.getvalue()) for f in files or []])
    with archive:
        file = st.file_uploader(_("ZIP file"), type=["zip"], key=f"{key}_zip")
        if _press(_("Add this ZIP"), f"{key}_add_zip"):
            _start(name, file.getvalue() if file else b"")
    with folder:
        path = st.text_input(_("Path of the folder"), key=f"{key}_path", placeholder="/home/me/photos")
        if _press(_("Add this folder"), f"{key}_add_folder"):
            _start(name, path or "")


def _submit(name: str, source: Source) -> str:
    """Put the ingest into the queue, by the kind of its source; the run's id."""
    if isinstance(source, str):
        return library_runs.start_folder_library(name, source)
    if isinstance(source, bytes):
        return library_runs.start_zip_library(name, source)
    return library_runs.start_uploads_library(name, source)


def _press(label: str, key: str) -> bool:
    return st.button(label, type="primary", icon=":material/add_photo_alternate:", key=key)


def _start(name: str | None, source: Source) -> None:
    """Put the ingest into the queue and watch it on the page."""
    with guard():
        if not (name or "").strip():
            raise InvalidInput(N_("The library needs a name."))
        if not source:
            raise InvalidInput(
                N_("There is nothing to add yet. Choose pictures, a ZIP file or a folder first.")
            )
        run_id = _submit(str(name).strip(), source)
        st.query_params[RUN_PARAM] = run_id
        st.rerun()
