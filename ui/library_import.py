"""A library out of an index of another tool, and the pictures that join it later by their names."""

from __future__ import annotations

import streamlit as st

from services import library_import
from services.choices import ENCODERS
from services.errors import InvalidInput
from services.jobs.queue import RunState, RunView
from services.library_import import DEFAULT_SPACE
from services.messages import N_
from services.people import Role
from ui import formats
from ui.brief_form import library_name
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.ingest_report import refused_files
from ui.library_spaces import space_name
from ui.navigation import RUN_PARAM
from ui.review_access import refusal
from ui.text import plain, short
from ui.uploads import TYPES

INDEX_TYPES = ["index", "faiss", "bin"]
LIST_TYPES = ["pkl", "pickle", "json", "csv", "txt"]

WIDTHS = {"lite": 384, "kandinsky21": 768, "kandinsky22": 1280}
"""Numbers in a vector of each search model, so that people know theirs."""


def import_form() -> None:
    """Name, the pair of files, and the model that made the vectors."""
    st.caption(
        _(
            "For a FAISS index with its list of file names, such as dog_ad.index and dog_ad.pkl. The "
            "pictures themselves can join later."
        )
    )
    name = st.text_input(_("Name"), key="import_name", max_chars=80, placeholder=_("Autumn shoot"))
    left, right = st.columns(2)
    index = left.file_uploader(
        _("Index"), type=INDEX_TYPES, key="import_index",
        help=_("A flat index: IndexFlatL2 or IndexFlatIP, also inside IndexIDMap. It is read, never run."),
    )  # fmt: skip
    listed = right.file_uploader(
        _("List of file names"), type=LIST_TYPES, key="import_list",
        help=_("A pickle, JSON or CSV that holds file names alone, one for each vector. It is never run."),
    )  # fmt: skip
    encoder = st.selectbox(
        _("Search model that made the vectors"), ENCODERS, index=ENCODERS.index(DEFAULT_SPACE),
        format_func=_space, key="import_encoder",
    )  # fmt: skip
    st.caption(
        _(
            "The files do not say which model made them, and it matters: your words are read by the same "
            "model. With another one everything found would be chance."
        )
    )
    if st.button(_("Import this index"), type="primary", icon=":material/upload_file:", key="import_start"):
        with guard():
            if not (name or "").strip():
                raise InvalidInput(N_("The library needs a name."))
            if index is None or listed is None:
                raise InvalidInput(N_("An import needs both files: the index and its list of names."))
            pair = (index.name, index.getvalue()), (listed.name, listed.getvalue())
            _watch(library_import.start_import(str(name), *pair, str(encoder)))


def attach_form(name: str) -> None:
    """Pictures, a ZIP or a folder for the items that wait: matched by file name."""
    st.caption(
        _(
            "Pictures are matched by their file names; where two have the same name, by their folders too. "
            "What is not clear is listed, never guessed."
        )
    )
    files = st.file_uploader(
        _("Pictures, or a ZIP of them"), type=[*TYPES, "zip"], accept_multiple_files=True,
        key=f"attach_{name}_files",
    )  # fmt: skip
    path = ""
    if not refusal(Role.ADMIN):
        path = st.text_input(
            _("Or a folder on this machine"), key=f"attach_{name}_path", placeholder="/home/me/photos"
        )
    if st.button(
        _("Attach these pictures"), type="primary", icon=":material/attach_file:", key=f"attach_{name}_start"
    ):
        with guard():
            if path and not files:
                _watch(library_import.start_attach_folder(name, path))
            _watch(library_import.start_attach_uploads(name, [(f.name, f.getvalue()) for f in files or []]))


def import_run(run: RunView) -> bool:
    """The report of a finished import or attaching; False for any other run."""
    kinds = {step.kind for step in run.steps}
    if run.state is not RunState.DONE or not run.result or not kinds & {"import_index", "attach"}:
        return False
    _imported(run.result) if "import_index" in kinds else _attached(run.result)
    refused_files(run.result.get("rejected", []))
    return True


def _imported(result: dict[str, object]) -> None:
    parts = [_("{pictures} added").format(pictures=formats.pictures(_count(result, "added")))]
    if seen := _count(result, "seen"):
        parts.append(_("{count} were there already").format(count=formats.number(seen)))
    if copies := _count(result, "duplicates"):
        text = ngettext(
            "{count} of them is a copy of another", "{count} of them are copies of others", copies
        )
        parts.append(text.format(count=formats.number(copies)))
    _tell(result, parts, ready=not _count(result, "refused"))
    _waiting(result)


def _attached(result: dict[str, object]) -> None:
    parts = [_("{pictures} attached").format(pictures=formats.pictures(_count(result, "attached")))]
    if merged := _count(result, "merged"):
        text = _("{count} were there already under another name and became one")
        parts.append(text.format(count=formats.number(merged)))
    if unknown := _count(result, "unknown"):
        parts.append(
            ngettext("{count} file belongs to none", "{count} files belong to none", unknown).format(
                count=formats.number(unknown)
            )
        )
    _tell(result, parts, ready=not _count(result, "refused"))
    _waiting(result)
    missing = result.get("missing")
    if isinstance(missing, list) and missing:
        with st.expander(_("Pictures that still wait"), type="compact"):
            for each in missing[:50]:
                st.caption(plain(short(str(each), 90)))
            if (more := _count(result, "waiting") - 50) > 0:
                st.caption(_("and {count} more files").format(count=formats.number(more)))


def _tell(result: dict[str, object], parts: list[str], ready: bool) -> None:
    text = f"**{plain(library_name(str(result.get('library', ''))))}**: {' · '.join(parts)}"
    (st.success if ready else st.warning)(text, icon=":material/photo_library:")


def _waiting(result: dict[str, object]) -> None:
    if waiting := _count(result, "waiting"):
        text = ngettext(
            "{count} picture waits for its file.", "{count} pictures wait for their files.", waiting
        )
        st.caption(f":material/hourglass_empty: {text.format(count=formats.number(waiting))}")


def _space(encoder: str) -> str:
    """ "Kandinsky 2.1 (768 numbers)"."""
    return _("{model} ({count} numbers)").format(
        model=space_name(encoder), count=formats.number(WIDTHS[encoder])
    )


def _watch(run_id: str) -> None:
    st.query_params[RUN_PARAM] = run_id
    st.rerun()


def _count(result: dict[str, object], name: str) -> int:
    value = result.get(name)
    return value if isinstance(value, int) else 0
