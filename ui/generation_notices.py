"""What the generator could not read of a session's conditions, told above its variants."""

from __future__ import annotations

import streamlit as st

from services.jobs import queue
from services.jobs.queue import RunKind
from services.messages import Message
from ui.text import say


def generation_notices(session_id: str) -> None:
    """Those of the newest run that made variants."""
    runs = [queue.latest(session_id, kind) for kind in (RunKind.VARIANTS, RunKind.COMPLETE)]
    made = [run for run in runs if run and run.result]
    if made:
        newest = max(made, key=lambda run: run.created_at)
        for text in (newest.result or {}).get("notices", []):
            st.info(say(Message.from_json(text)), icon=":material/content_cut:")
