"""A picture that one can press, by hand or by keyboard: a thumbnail under a button without a face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.images import picture


def tap(
    sha256: str,
    alt: str,
    words: str,
    key: str,
    on_click: Callable[..., None],
    *args: Any,
    chosen: bool = False,
) -> None:
    """The thumbnail; pressing it calls `on_click(*args)`. `words` say what that does; `chosen` frames it."""
    with st.container(key=f"tap_{'chosen_' if chosen else ''}{key}", gap=None):
        picture(sha256, alt, key=f"shot_{'row' if key.startswith('row_') else 'tap'}_{key}")
        with st.container(key=f"press_{key}", gap=None):
            st.button(words, key=f"choose_{key}", type="tertiary", on_click=on_click, args=args)
