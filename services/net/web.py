"""Fetching from the public web what a person named: over checked addresses, bounded in size and time."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import httpcore2
import httpx2

from services.errors import InvalidInput
from services.messages import N_
from services.net.addresses import PUBLIC, Blocked, Reach
from services.storage.names import shown_path

CONNECT_SECONDS = 6.0
READ_SECONDS = 15.0
"""Without a byte for so long the connection counts as lost."""

WHOLE_SECONDS = 120.0
"""For one file with all its redirects: a server that drips bytes must not hold a thread for ever."""

REDIRECTS = 5
MOVED = frozenset({301, 302, 303, 307, 308})
AGENT = "AIM-Studio"


class WebRefused(InvalidInput):
    """Nothing was fetched; the sentence says why. `status` is the server's answer, 0 without one."""

    def __init__(self, template: str, status: int = 0, **values: str | int | float) -> None:
        super().__init__(template, **values)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server gave in the end; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class CheckedBackend(httpcore2.NetworkBackend):
    """Connects to addresses that were checked, and to nothing else. TLS and HTTP keep the host's name."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        if self._reach.ports is not None and port not in self._reach.ports:
            raise Blocked(host)
        try:
            addresses = self._reach.addresses(host, port)
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        failure: Exception = httpcore2.ConnectError("no address")
        for address in addresses:
            try:
                return self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        raise Blocked(path)


class Web:
    """GET over kept connections. Threads may share one. Proxies of the environment are not used: a proxy
    would look names up itself, out of reach of the check."""

    def __init__(self, reach: Reach = PUBLIC) -> None:
        self._reach = reach
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_ssl(),
            max_connections=8,
            keepalive_expiry=20.0,
            network_backend=CheckedBackend(reach),
        )

    def get(self, url: str, limit: int, headers: Mapping[str, str] | None = None) -> Answer:
        """What is at `url`, after at most `REDIRECTS` redirects; any status. Raises WebRefused.

        `headers` go to the first server alone: a key is not for whomever it redirects to.
        """
        give_up = time.monotonic() + WHOLE_SECONDS
        target = self._parsed(url, url)
        for _ in range(REDIRECTS + 1):
            answer = self._ask(target, url, limit, headers or {}, give_up)
            if answer.status not in MOVED or "location" not in answer.headers:
                return answer
            target, headers = self._parsed(str(self._joined(target, answer, url)), url), None
        raise WebRefused(
            N_("{url} leads from one address to the next without end. Use its last one."), url=_shown(url)
        )

    def _ask(
        self, target: httpx2.URL, url: str, limit: int, headers: Mapping[str, str], give_up: float
    ) -> Answer:
        timeouts = {
            "connect": CONNECT_SECONDS,
            "read": READ_SECONDS,
            "write": READ_SECONDS,
            "pool": WHOLE_SECONDS,
        }
        # As it is stored: what a server packs could unpack to any size.
        sent = {"Host": target.netloc.decode(), "User-Agent": AGENT, "Accept-Encoding": "identity", **headers}
        raw = httpcore2.URL(
            scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
        )
        try:
            with self._pool.stream(
                "GET", raw, headers=list(sent.items()), extensions={"timeout": timeouts}
            ) as response:
                found = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers}
                moved = response.status in MOVED
                body = b"" if moved else _read(response, found, url, limit, give_up)
                return Answer(response.status, found, body)
        except Blocked as error:
            raise _blocked(url) from error
        except (
            httpcore2.TimeoutException,
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            OSError,
        ) as error:
            raise _unreachable(url) from error

    def _parsed(self, text: str, url: str) -> httpx2.URL:
        """`text` as an address that may be asked at all; `url` is what the person named."""
        try:
            target = httpx2.URL(text)
        except (httpx2.InvalidURL, ValueError) as error:
            raise _no_address(url) from error
        if target.scheme not in ("http", "https") or not target.host or target.userinfo:
            raise _no_address(url)
        port = target.port or (443 if target.scheme == "https" else 80)
        if self._reach.ports is not None and port not in self._reach.ports:
            raise _no_address(url)
        return target

    @staticmethod
    def _joined(target: httpx2.URL, answer: Answer, url: str) -> httpx2.URL:
        try:
            return target.join(answer.headers["location"])
        except (httpx2.InvalidURL, ValueError) as error:
            raise _no_address(url) from error


@lru_cache(maxsize=1)
def public_web() -> Web:
    """The process's own; nothing but the public internet is in its reach."""
    return Web(PUBLIC)


def _read(
    response: httpcore2.Response, headers: Mapping[str, str], url: str, limit: int, give_up: float
) -> bytes:
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise WebRefused(
            N_("{url} answered in a form that is not read. Download it and add the file."), url=_shown(url)
        )
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(url, limit)
    body = bytearray()
    for piece in response.iter_stream():
        body += piece
        if len(body) > limit:
            raise _too_large(url, limit)
        if time.monotonic() > give_up:
            raise _unreachable(url)
    return bytes(body)


@lru_cache(maxsize=1)
def _ssl() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def _shown(url: str) -> str:
    """Without what follows `?`, which may be a secret link's key."""
    return shown_path(url.partition("?")[0])


def _blocked(url: str) -> WebRefused:
    return WebRefused(
        N_("{url} is not on the public internet, so nothing was fetched. Download it and add the file."),
        url=_shown(url),
    )


def _no_address(url: str) -> WebRefused:
    return WebRefused(
        N_("{url} cannot be fetched: only http and https on their usual ports are. Add the file itself."),
        url=_shown(url),
    )


def _unreachable(url: str) -> WebRefused:
    return WebRefused(
        N_("{url} could not be reached or did not answer in time. Try again later."), url=_shown(url)
    )


def _too_large(url: str, limit: int) -> WebRefused:
    return WebRefused(
        N_("{url} is larger than {limit} MB. Save it smaller, then add the file."),
        url=_shown(url),
        limit=limit // 2**20,
    )
