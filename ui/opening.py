"""What must hold before the studio opens to anybody; else it does not start, and says why."""

from __future__ import annotations

import logging

from starlette.middleware import Middleware
from streamlit import config

from services.errors import StudioError
from services.people.signin import LOOPBACK
from ui.account import sign_in
from ui.front_door import FrontDoor

log = logging.getLogger(__name__)

WIDE_OPEN = (
    "AIM Studio does not start: it would listen on {address}, and nobody has to sign in. Whoever reaches it "
    "there could see and change everything. Start it with --server.address 127.0.0.1, or set up sign-in "
    "first (docs/sign-in.md)."
)
HEADERS_TRUSTED = (
    "AIM Studio does not start: server.trustedUserHeaders would let request headers say who somebody is. "
    "Remove it; people sign in through OpenID Connect (docs/sign-in.md)."
)
PAGES_ELSEWHERE = (
    "AIM Studio does not start: server.enableCORS or server.enableXsrfProtection is off, so any page that "
    "somebody has open could work here in their name. Leave both on."
)


def opened() -> list[Middleware]:
    """The front door for the server's application. Exits when the studio would stand open."""
    try:
        people_sign_in = sign_in()
    except StudioError as error:
        raise SystemExit(f"AIM Studio does not start. {error}") from error
    address = str(config.get_option("server.address") or "every address of this machine")
    if not people_sign_in.on and address not in LOOPBACK and not address.startswith("unix:"):
        raise SystemExit(WIDE_OPEN.format(address=address))
    if config.get_option("server.trustedUserHeaders"):
        raise SystemExit(HEADERS_TRUSTED)
    if not (config.get_option("server.enableCORS") and config.get_option("server.enableXsrfProtection")):
        raise SystemExit(PAGES_ELSEWHERE)
    for problem in people_sign_in.problems:
        log.warning("sign-in: %s", problem)
    return [Middleware(FrontDoor)]
