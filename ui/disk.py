"""How much the studio's folder holds, for reading."""

from __future__ import annotations

import shutil
from pathlib import Path

import streamlit as st

from ui import formats

FRESH_SECONDS = 60.0
"""Walking a folder of many thousand pictures takes a moment; a minute old is new enough."""


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False)
def disk_use(home: Path) -> dict[str, str]:
    """{used, free} as texts such as "1.2 GB"."""
    used = sum(file.stat().st_size for file in home.rglob("*") if file.is_file())
    return {"used": formats.size(used), "free": formats.size(shutil.disk_usage(home).free)}
