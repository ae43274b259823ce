"""A link to what is on the screen, ready to be copied and sent to a colleague."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit import config

from ui.i18n import _
from ui.navigation import menu


def address_of(page: str, **params: str) -> str:
    """The full address of `page` (a file of pages/) with these values; languages stay each reader's own."""
    here = urlsplit(st.context.url or "")
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    place = next(entry.address for entries in menu().values() for entry in entries if entry.path == page)
    path = f"{base}/{place}" if base else place
    query = f"?{urlencode(params)}" if params else ""
    return f"{here.scheme}://{here.netloc}/{path}{query}"


def copy_link(page: str, key: str, **params: str) -> None:
    """A small button that shows the link; its corner copies it. Whoever opens it has to sign in first."""
    with st.popover(_("Copy link"), icon=":material/link:", type="tertiary", key=f"share_{key}"):
        st.code(address_of(page, **params), language=None, wrap_lines=True)
        st.caption(_("Colleagues who may look see the same as you."))
