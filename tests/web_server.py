"""A real HTTP server on one address of this machine's loopback, for tests of fetching.

with web_server({"/a.png": page(data)}) as web:
    web.url, web.asked          # [(path with query, headers)]
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Page:
    """What is answered; `endless` repeats the body until the other side hangs up."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    endless: bool = False


@dataclass
class WebServer:
    pages: dict[str, Page | Callable[[str], Page]]
    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent: int = 0

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def web_server(
    pages: Mapping[str, Page | Callable[[str], Page]], address: str = "127.0.0.1", port: int = 0
) -> Iterator[WebServer]:
    """`pages`: path (without its query) -> what is there, or a function of the path with its query."""
    state = WebServer(dict(pages))
    server = ThreadingHTTPServer((address, port), _handler(state))
    server.daemon_threads = True
    state.url = f"http://{address}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: WebServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            found = state.pages.get(self.path.partition("?")[0], Page(b"nothing here", 404))
            page = found(self.path) if callable(found) else found
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            if page.endless:
                self._flood(page.body)
                return
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def _flood(self, piece: bytes) -> None:
            self.close_connection = True
            self.end_headers()
            try:
                while True:
                    self.wfile.write(piece)
                    state.sent += len(piece)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            return

    return Handler
