"""Words in the reader's language: gettext catalogues read straight from locale/*/LC_MESSAGES/studio.po.

The language is the one chosen in the sidebar, else `?lang=` of the address, else the browser's. There
is nothing to compile: a catalogue is parsed once a process, in memory.
"""

from __future__ import annotations

import gettext as gettext_module
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

from services.messages import N_, Message

__all__ = ["LANGUAGES", "N_", "_", "language", "ngettext", "remember_language", "speaking", "tr"]

LANGUAGES = {"en": "English", "ko": "한국어"}
"""Code -> the language's own name. The first is the fallback and the language of the sources."""

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
STATE_KEY = "language"
PARAM = "lang"

speaking: ContextVar[str | None] = ContextVar("speaking", default=None)
"""Forces a language where there is no page: tests and exports."""


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(code: str) -> gettext_module.NullTranslations:
    """The catalogue of `code`; the sources' own English when there is no such file."""
    path = LOCALE_DIR / code / "LC_MESSAGES" / "studio.po"
    if not path.is_file():
        return gettext_module.NullTranslations()
    with path.open("rb") as file:
        compiled = BytesIO()
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return gettext_module.GNUTranslations(compiled)


def language() -> str:
    """The code of the language to speak now. Where no page runs nobody reads: that of the sources."""
    forced = speaking.get()
    if forced:
        return forced
    if get_script_run_ctx(suppress_warning=True) is None:  # each question below would be warned of in the log
        return next(iter(LANGUAGES))
    for wish in (st.session_state.get(STATE_KEY), st.query_params.get(PARAM), st.context.locale):
        code = str(wish or "").split("-")[0].lower()
        if code in LANGUAGES:
            return code
    return next(iter(LANGUAGES))


def remember_language() -> None:
    """Keep a choice alive: from the address into this visit, and back into every page's address.

    A language that the browser asks for itself stays out of the address.
    """
    wish = st.query_params.get(PARAM)
    if wish in LANGUAGES and STATE_KEY not in st.session_state:
        st.session_state[STATE_KEY] = wish
    chosen = st.session_state.get(STATE_KEY)
    if chosen and wish != chosen:
        st.query_params[PARAM] = chosen


def _(text: str) -> str:
    """`text` in the reader's language."""
    return catalogue(language()).gettext(text) if text else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form that fits `count`, in the reader's language; it still holds its `{count}` field."""
    return catalogue(language()).ngettext(singular, plural, count)


def tr(message: Message) -> str:
    """A service's sentence in the reader's language, with its values filled in."""
    return _(message.template).format(**message.values)
