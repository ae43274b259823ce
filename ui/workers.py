"""The worker beside the studio: started with the first page, watched from the sidebar."""

from __future__ import annotations

import streamlit as st
from services.jobs.supervisor import ensure_worker

CHECK_SECONDS = 5.0
"""A heartbeat is read this often; every click would be too often for the disk."""


@st.cache_data(ttl=CHECK_SECONDS, show_spinner=False)
def _worker_state() -> str:
    return str(ensure_worker())


def keep_working() -> str:
    """Start a worker unless one lives, and return its state."""
    return _worker_state()
