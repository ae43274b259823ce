"""The run that the address names, on the Libraries page: progress while it works, what came of it after."""

from __future__ import annotations

import streamlit as st

from services.errors import NotFound
from services.jobs import queue
from services.jobs.queue import RunState, RunView
from ui import formats
from ui.brief_form import library_name
from ui.guard import guard
from ui.i18n import _, ngettext
from ui.ingest_report import ingest_run
from ui.library_import import import_run
from ui.navigation import RUN_PARAM
from ui.text import plain


def watched_run() -> None:
    run_id = st.query_params.get(RUN_PARAM)
    if not run_id:
        return
    with guard():
        try:
            run = queue.get(run_id)
        except NotFound:  # old runs are cleared away
            st.query_params.pop(RUN_PARAM, None)
            return
        if run.state is RunState.DONE and run.result and "checked" in run.result:
            _checked(run)
        elif not import_run(run):
            ingest_run(run)


def _checked(run: RunView) -> None:
    result = run.result or {}
    name, lost = plain(library_name(str(result["library"]))), int(result["lost"])
    if not lost:
        words = _("every file is where it should be ({pictures}).")
        text = words.format(pictures=formats.pictures(int(result["checked"])))
        st.success(f"**{name}**: {text}", icon=":material/check_circle:")
        return
    words = ngettext(
        "{count} picture is missing from disk. Add it again: it takes its old place.",
        "{count} pictures are missing from disk. Add them again: they take their old places.",
        lost,
    )
    st.warning(f"**{name}**: {words.format(count=formats.number(lost))}", icon=":material/broken_image:")
