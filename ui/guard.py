"""No raw exception ever: what goes wrong on a page is told in one calm sentence.

A `StudioError` carries its own sentence. Anything else is logged with a reference code, and the
person gets the code.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from services.database import is_there
from services.errors import Cancelled, InvalidInput, NotFound, StudioError, Unavailable
from ui.account import admitted
from ui.i18n import _
from ui.navigation import OVERVIEW, link
from ui.text import say

log = logging.getLogger(__name__)


@contextmanager
def guard() -> Iterator[None]:
    """Around a page or a fragment: failures inside become a sentence in its place.

    What is inside runs for those alone who may look: fragments run without Home.py and its sign-in page.
    Streamlit's own rerun and stop signals are no `Exception` and pass through.
    """
    if not admitted():
        st.stop()
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the one place: it is told, and logged when unexpected
        tell(error)


def tell_of_a_click(error: Exception) -> bool:
    """For what a widget's callback raised: there the page has not begun, and the sentence is all it has.

    True: Streamlit need not show the error itself.
    """
    tell(error)
    st.button(_("Back to the page"), icon=":material/arrow_back:", key="back_to_the_page")
    return True


def tell(error: Exception) -> None:
    """Show `error` as a sentence; log it when it is none of ours."""
    if isinstance(error, Cancelled):
        st.info(say(error.message), icon=":material/stop_circle:")
    elif isinstance(error, InvalidInput):
        st.warning(say(error.message), icon=":material/info:")
        if isinstance(error, NotFound):
            link(OVERVIEW, _("Back to the overview"), icon=":material/arrow_back:")
    elif isinstance(error, StudioError):
        log.warning("%s: %s", type(error).__name__, error)
        st.error(say(error.message), icon=":material/error:")
        if isinstance(error, Unavailable):  # the rest of the page would say the same
            _wait_until_there()
            st.stop()
    else:
        st.error(unexpected(error), icon=":material/error:")


LOOK_SECONDS = 3.0


def _wait_until_there() -> None:
    """Look again and again, and show the page once the database answers. Nobody need reload it."""

    @st.fragment(run_every=LOOK_SECONDS)
    def look() -> None:
        st.caption(_("This page comes back by itself."))
        if is_there():
            st.rerun()

    look()


def unexpected(error: Exception) -> str:
    """Log `error` under a new reference code and return the sentence that names the code."""
    code = secrets.token_hex(3).upper()
    log.error("reference %s", code, exc_info=error)
    return _(
        "Something went wrong here. Your work is saved; reload the page to go on. Reference {code}."
    ).format(code=code)
