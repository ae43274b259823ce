"""A new library, or more pictures for one: from wherever they are."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from services import library_runs
from services.errors import InvalidInput
from services.libraries import list_libraries
from services.library_sources import unsplash_is_set_up
from services.messages import N_
from services.people import Role, actor
from ui.brief_form import library_name
from ui.guard import guard
from ui.i18n import _
from ui.navigation import RUN_PARAM
from ui.uploads import TYPES

Start = Callable[[str], str]
"""Puts the work for the library of this name into the queue; the run's id."""

TABLES = ["csv", "json", "jsonl"]


def library_form(name: str | None = None) -> None:
    """The form, for a new library or (with `name`) for one that is there."""
    key = f"library_{name or 'new'}"
    if name is None:
        name = st.text_input(_("Name"), key=f"{key}_name", max_chars=80, placeholder=_("Autumn shoot"))
    kinds = _kinds()
    kind = st.segmented_control(
        _("Where the pictures are"),
        list(kinds),
        format_func=lambda each: kinds[each][0],
        default="pictures",
        required=True,
        key=f"{key}_kind",
    )
    start = kinds[kind or "pictures"][1](key, name)
    if st.button(_("Add"), type="primary", icon=":material/add_photo_alternate:", key=f"{key}_add"):
        _begin(name, start)


def _kinds() -> dict[str, tuple[str, Callable[[str, str | None], Start | None]]]:
    """What may be chosen: paths of this machine are for its administrator."""
    kinds: dict[str, tuple[str, Callable[[str, str | None], Start | None]]] = {
        "pictures": (_("Pictures or ZIP"), _pictures)
    }
    if actor().may(Role.ADMIN):
        kinds["folder"] = (_("Folder"), _folder)
        kinds["manifest"] = (_("Manifest"), _manifest)
    kinds["library"] = (_("Another library"), _library)
    kinds["unsplash"] = ("Unsplash", _unsplash)
    return kinds


def _pictures(key: str, _name: str | None) -> Start | None:
    files = st.file_uploader(
        _("Pictures, a ZIP of them, or a table about them"),
        type=[*TYPES, "zip", *TABLES],
        accept_multiple_files=True,
        key=f"{key}_files",
        help=_(
            "PNG, JPEG or WEBP. A table such as manifest.csv may give each file a caption, tags, licence, "
            "attribution and source_url, and may name pictures by their web address. A file that cannot be "
            "used is listed, with the reason."
        ),
    )
    if not files:
        return None
    return lambda name: library_runs.start_uploads_library(name, [(f.name, f.getvalue()) for f in files])


def _folder(key: str, _name: str | None) -> Start | None:
    path = st.text_input(
        _("Path of the folder or ZIP file"),
        key=f"{key}_path",
        placeholder="/home/me/photos",
        help=_(
            "On the machine that runs the studio. Folders inside are read too; the files stay as they are."
        ),
    )
    return (lambda name: library_runs.start_folder_library(name, path)) if path else None


def _manifest(key: str, _name: str | None) -> Start | None:
    path = st.text_input(
        _("Path of the manifest"),
        key=f"{key}_manifest",
        placeholder="/home/me/photos/manifest.csv",
        help=_(
            "A .csv, .json or .jsonl file with the columns file, caption, tags, licence, attribution, "
            "source_url. A file is a path from the manifest on, or a web address. Rows that cannot be used "
            "are listed with their line."
        ),
    )
    return (lambda name: library_runs.start_manifest_library(name, path)) if path else None


def _library(key: str, name: str | None) -> Start | None:
    others = [card.name for card in list_libraries() if card.name != name]
    source = st.selectbox(
        _("Library to copy from"),
        others,
        index=None,
        format_func=library_name,
        key=f"{key}_source",
        placeholder=_("Choose a library"),
        help=_("Captions, tags, licences and sources come along; nothing is read twice."),
    )
    return (lambda target: library_runs.start_library_copy(target, source)) if source else None


def _unsplash(key: str, _name: str | None) -> Start | None:
    if not unsplash_is_set_up():
        st.info(
            _(
                "Unsplash needs an access key of yours: register an application on "
                "[unsplash.com/developers](https://unsplash.com/developers), set {variable} to its access "
                "key and start the studio again."
            ).format(variable="`AIM_STUDIO_UNSPLASH_ACCESS_KEY`"),
            icon=":material/key:",
        )
        return None
    term = st.text_input(
        _("Search term"), key=f"{key}_term", max_chars=100, placeholder=_("cozy living room")
    )
    count = st.number_input(
        _("Photos"),
        min_value=1,
        max_value=1000,
        value=30,
        step=10,
        key=f"{key}_count",
        help=_("Each photo keeps its photographer's name. A demo key allows 50 requests an hour."),
    )
    return (lambda name: library_runs.start_unsplash_library(name, term, int(count))) if term else None


def _begin(name: str | None, start: Start | None) -> None:
    """Put the ingest into the queue and watch it on the page."""
    with guard():
        if not (name or "").strip():
            raise InvalidInput(N_("The library needs a name."))
        if start is None:
            raise InvalidInput(N_("There is nothing to add yet. Choose where the pictures are first."))
        st.query_params[RUN_PARAM] = start(str(name).strip())
        st.rerun()
