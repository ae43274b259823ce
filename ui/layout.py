"""What every page shares: its head, its sections, its empty states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def page_head(title: str, lead: str = "") -> DeltaGenerator:
    """Title and one line under it; returns the row at its right, for the page's actions."""
    with st.container(horizontal=True, vertical_alignment="center", key="page_head"):
        with st.container(gap="small", width="stretch"):
            st.title(title, anchor=False)
            if lead:
                st.caption(lead)
        return st.container(
            horizontal=True, horizontal_alignment="right", width="content", key="page_actions"
        )


def section(title: str, lead: str = "") -> None:
    with st.container(gap="small"):
        st.header(title, anchor=False)
        if lead:
            st.caption(lead)


@contextmanager
def empty_state(icon: str, title: str, body: str, key: str = "empty") -> Iterator[None]:
    """An invitation where there is nothing yet. What is put inside is the way to begin."""
    with st.container(border=True, key=f"empty_{key}", horizontal_alignment="center"):
        st.markdown(f":material/{icon}:", width="content")
        st.subheader(title, anchor=False, text_alignment="center")
        st.markdown(body, text_alignment="center")
        yield
