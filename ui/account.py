"""Who is at the page: Streamlit's word on who signed in, and the studio's on what they may do.

Services ask here for the person (`services.people.actor`), at every call, so that pages, fragments and
the callbacks of widgets all act for whoever their own browser signed in. Without sign-in everybody who
reaches the studio is its one administrator; the front door (ui/front_door.py) lets this machine in alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config
from streamlit.runtime.scriptrunner import get_script_run_ctx

from services.errors import StudioError
from services.people import LOCAL, NOBODY, Person, actor, ask
from services.people.directory import Identity, recognise
from services.people.roles import Role
from services.people.signin import SignIn, read_sign_in


@lru_cache(maxsize=1)
def sign_in() -> SignIn:
    """Sign-in as it was configured when the studio started. Raises InvalidInput."""
    return read_sign_in([Path(name) for name in config.get_option("secrets.files")], _port())


def who() -> Person:
    """The person of this script run. Outside of one nobody is there, when people sign in."""
    if not sign_in().on:
        return LOCAL
    if get_script_run_ctx(suppress_warning=True) is None:
        return NOBODY
    claims = _claims()
    identity = Identity.from_claims(claims) if claims.get("is_logged_in") else None
    return recognise(identity) if identity else NOBODY


def admitted() -> bool:
    """Whether the person at this page may look at all."""
    try:
        return actor().may(Role.VIEWER)
    except StudioError:  # not of the team, or sign-in cannot be read: the sign-in page says which
        return False


def may(role: Role) -> bool:
    """Whether a control for this is worth showing. The service behind it decides."""
    return admitted() and actor().may(role)


def _claims() -> Mapping[str, Any]:
    """What the provider said of the person, from Streamlit's signed cookie."""
    return st.user.to_dict()


def _port() -> int:
    return int(config.get_option("server.port"))


ask(who)
