"""What became of a library's ingest: how many came in, how many were there already, which were refused."""

from __future__ import annotations

import streamlit as st

from services.jobs.queue import RunState, RunView
from services.libraries import list_libraries
from services.messages import Message
from ui import formats
from ui.brief_form import library_name
from ui.i18n import _
from ui.job_progress import run_panel
from ui.library_spaces import space_name
from ui.text import plain, say, short

SHOWN_REFUSALS = 50
"""More are counted, not listed: a folder of other files would fill the page."""


def ingest_run(run: RunView) -> None:
    """Progress while it runs, the report after it."""
    if run.state is RunState.DONE and run.result:
        _prepared(run.result) if "encoded" in run.result else _report(run.result)
    else:
        run_panel(run)
        _so_far(run)


def _so_far(run: RunView) -> None:
    """How many pictures the library holds by now; they can be searched already."""
    name = (run.payload or {}).get("library")
    if run.state is not RunState.RUNNING or not any(step.kind == "ingest" for step in run.steps):
        return
    held = next((card.images for card in list_libraries() if card.name == name), 0)
    if held:
        st.caption(_("{pictures} in the library so far.").format(pictures=formats.pictures(held)))


def _prepared(result: dict[str, object]) -> None:
    text = _("ready for {model}").format(model=space_name(str(result["encoder"])))
    st.success(f"**{plain(library_name(str(result['library'])))}**: {text}", icon=":material/image_search:")


def _report(result: dict[str, object]) -> None:
    parts = [_("{pictures} added").format(pictures=formats.pictures(_count(result, "added")))]
    if updated := _count(result, "updated"):
        parts.append(_("{count} described anew").format(count=formats.number(updated)))
    if duplicates := _count(result, "duplicates"):
        parts.append(_("{count} were there already").format(count=formats.number(duplicates)))
    rejected = result.get("rejected")
    refused = rejected if isinstance(rejected, list) else []
    if refused:
        count = max(_count(result, "refused"), len(refused))
        parts.append(_("{count} refused").format(count=formats.number(count)))
    text = f"**{plain(str(result.get('library', '')))}**: {' · '.join(parts)}"
    (st.warning if refused else st.success)(text, icon=":material/photo_library:")
    refused_files(refused)


def refused_files(refused: list[dict[str, object]]) -> None:
    """Each with its reason; nothing where all went well."""
    if refused:
        with st.expander(_("Refused files, and why"), type="compact", expanded=len(refused) <= 5):
            for each in refused[:SHOWN_REFUSALS]:
                st.caption(_refusal(each))
            if len(refused) > SHOWN_REFUSALS:
                more = formats.number(len(refused) - SHOWN_REFUSALS)
                st.caption(_("and {count} more files").format(count=more))


def _refusal(each: dict[str, object]) -> str:
    """One refused file: its own sentence, which names it, else its name."""
    reason = each.get("reason")
    if isinstance(reason, dict):
        return say(Message(str(reason["template"]), dict(reason.get("values", {}))))
    return f"{plain(short(str(each.get('file', ''))))}: {plain(str(reason or ''))}"


def _count(result: dict[str, object], name: str) -> int:
    value = result.get(name)
    return value if isinstance(value, int) else 0
