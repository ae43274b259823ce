"""Values that live in the address, so that a view can be sent to a colleague and outlives a reload.

The address is the truth: a widget is set from it before it is drawn, and writes it when it is changed.
Values are codes, never labels: a link works in every language.
"""

from __future__ import annotations

import math
from typing import Literal

import streamlit as st

PAGE = "page"


def read(name: str) -> str:
    """The value of `name` in the address; empty when it is not there."""
    return str(st.query_params.get(name, ""))


def choice(
    label: str, name: str, options: dict[str, str], width: int | Literal["stretch"] = "stretch"
) -> str:
    """A box of code -> label for the value `name`. The first code is the default and stays unsaid."""
    codes = list(options)
    key = _set(name, read(name) if read(name) in options else codes[0])
    st.selectbox(
        label,
        codes,
        format_func=lambda code: options.get(code, code),
        key=key,
        width=width,
        on_change=_write,
        args=(name, key, codes[0]),
    )
    return str(st.session_state[key])


def segments(label: str, name: str, options: dict[str, str]) -> str:
    """As `choice`, with all of a few codes in sight."""
    codes = list(options)
    key = _set(name, read(name) if read(name) in options else codes[0])
    st.segmented_control(
        label,
        codes,
        format_func=lambda code: options.get(code, code),
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_write,
        args=(name, key, codes[0]),
    )
    return str(st.session_state[key])


def search_box(label: str, name: str, placeholder: str, hidden_label: bool = False) -> str:
    """A search text for the value `name`."""
    key = _set(name, read(name))
    st.text_input(
        label,
        key=key,
        type="search",
        icon=":material/search:",
        placeholder=placeholder,
        label_visibility="collapsed" if hidden_label else "visible",
        on_change=_write,
        args=(name, key, ""),
    )
    return str(st.session_state[key]).strip()


def current_page() -> int:
    """The page number in the address, from 1."""
    return max(1, int(read(PAGE))) if read(PAGE).isdecimal() else 1


def pages(total: int, per_page: int) -> None:
    """Page numbers under a list, when there is more than one page."""
    count = math.ceil(total / per_page)
    if count > 1:
        page = min(current_page(), count)
        key = f"address_{PAGE}_{page}"
        st.pagination(count, default=page, key=key, on_change=_write, args=(PAGE, key, 1))


def _set(name: str, value: str) -> str:
    key = f"address_{name}"
    st.session_state[key] = value
    return key


def _write(name: str, key: str, default: str | int) -> None:
    """From the widget into the address. Another filter means another list: it begins at page 1."""
    value = st.session_state[key]
    if value == default or value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(value)
    if name != PAGE:
        st.query_params.pop(PAGE, None)
