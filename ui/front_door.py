"""What every request passes before Streamlit sees it: which hosts, whose pictures, and the way back.

- Names: a page elsewhere can point a name of its own at this machine (DNS rebinding) and would then be
  of the studio's own origin. Requests that name another host than the studio's are refused.
- This machine alone, without sign-in: addresses elsewhere are refused, however the server was started.
- Pictures: Streamlit serves /media to whoever has the link. With sign-in only to those who signed in and
  may look; the same for uploads and the server's figures.
- The way back: Streamlit returns from the provider to the first page (#10162). The address that was
  asked for waits in a cookie of this browser, and is put in its place.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from streamlit import config
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from services.errors import StudioError
from services.people.directory import Identity, recognise
from services.people.roles import Role
from services.people.signin import CALLBACK, LOOPBACK
from ui.account import sign_in

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PRIVATE = ("/media/", "/app/static/", "/_stcore/upload_file/", "/_stcore/metrics")
HEALTH = "/_stcore/health"
LOGIN = "/auth/login"
RETURN_COOKIE = "aim_studio_return"
RETURN_SECONDS = 900
RETURN_CHARS = 1500
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # addresses of sessions stay here, and the way back is known
    (b"content-security-policy", b"frame-ancestors 'self'"),  # nobody lays a page over "Approve"
)


class FrontDoor:
    """ASGI middleware around Streamlit's own application."""

    def __init__(self, app: App) -> None:
        self._app = app
        base = str(config.get_option("server.baseUrlPath") or "").strip("/")
        self._base = f"/{base}" if base else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path = str(scope["path"]).removeprefix(self._base)
        if path != HEALTH and not (host_allowed(_header(scope, b"host")) and near_enough(scope)):
            log.warning("refused: host %r, address %r", _header(scope, b"host"), scope.get("client"))
            await _refuse(scope, send, 403, "This address does not lead to AIM Studio.")
        elif path.startswith(PRIVATE) and not await _may_look(scope):
            await _refuse(scope, send, 403, "Sign in to AIM Studio first.")
        else:
            await self._app(scope, receive, self._dressed(scope, path, send))

    def _dressed(self, scope: Scope, path: str, send: Send) -> Send:
        """`send` that adds the headers, and at the two ends of a sign-in keeps and uses the way back."""

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                message["headers"] = [*message["headers"], *HEADERS]
                if path == LOGIN:
                    self._remember(scope, message)
                elif path == CALLBACK:
                    self._return(scope, message)
            await send(message)

        return send_dressed

    def _remember(self, scope: Scope, message: Message) -> None:
        came_from = urlsplit(_header(scope, b"referer"))
        if came_from.netloc not in {_header(scope, b"host"), urlsplit(sign_in().origin).netloc}:
            return
        wanted = f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path
        if len(wanted) <= RETURN_CHARS:
            self._set_cookie(message, quote(wanted, safe=""), RETURN_SECONDS)

    def _return(self, scope: Scope, message: Message) -> None:
        wanted = unquote(_cookies(scope).get(RETURN_COOKIE, ""))
        if not wanted or not 300 <= message["status"] < 400:
            return
        self._set_cookie(message, "", 0)
        if is_own_path(wanted, self._base):
            others = [(name, value) for name, value in message["headers"] if name.lower() != b"location"]
            message["headers"] = [*others, (b"location", wanted.encode())]

    def _set_cookie(self, message: Message, value: str, seconds: int) -> None:
        cookie = f"{RETURN_COOKIE}={value}; Path={self._base}/; Max-Age={seconds}; HttpOnly; SameSite=Lax"
        message["headers"] = [*message["headers"], (b"set-cookie", cookie.encode())]


def host_allowed(host: str) -> bool:
    """Whether a request may name this host: this machine, and with sign-in the studio's own names."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if name in LOOPBACK:
        return True
    return sign_in().on and name in {sign_in().host, *config.get_option("server.allowedHosts")}


def near_enough(scope: Scope) -> bool:
    """Whether the caller's address may come in: any with sign-in, without it this machine's alone."""
    client = scope.get("client")
    if sign_in().on or client is None:  # None: a socket file, which the machine's own people open
        return True
    try:
        address = ipaddress.ip_address(str(client[0]))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def is_own_path(address: str, base: str = "") -> bool:
    """Whether `address` leads to a page of this studio, and nowhere else."""
    parts = urlsplit(address)
    plain = address.isascii() and address.isprintable() and "\\" not in address and " " not in address
    inside = address.startswith(f"{base}/") and not address.startswith("//")
    return plain and inside and not (parts.scheme or parts.netloc or parts.path.endswith(CALLBACK))


async def _may_look(scope: Scope) -> bool:
    if not sign_in().on:
        return True
    identity = _identity(_cookies(scope))
    if identity is None:
        return False
    try:
        person = await asyncio.to_thread(recognise, identity)
    except StudioError:
        return False
    return person.may(Role.VIEWER)


def _identity(cookies: dict[str, str]) -> Identity | None:
    """Who signed in, by Streamlit's own signed cookie; None for a forged, old or foreign one."""
    secret = get_cookie_secret()

    def signed(name: str) -> bytes | None:
        return decode_signed_value(secret, name, cookies[name]) if name in cookies else None

    raw = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    if not raw:
        return None
    try:
        claims = json.loads(raw)
    except ValueError:
        return None
    own = claims.get("is_logged_in") is True and claims.get("origin") == sign_in().origin
    return Identity.from_claims(claims) if own else None


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _cookies(scope: Scope) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    for part in _header(scope, b"cookie").split(";"):  # one by one: a strange one hides no other
        jar.load(part.strip())
    return {name: morsel.value for name, morsel in jar.items()}


async def _refuse(scope: Scope, send: Send, status: int, sentence: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})
