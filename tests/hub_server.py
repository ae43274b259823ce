"""A model hub for tests: a real HTTP server that answers as the hub's API, its redirects and its CDN do.

with hub_server({"owner/name": folder}) as hub:
    hub.cut_after = 1000      # every answer breaks off after so many bytes, until it is None again
    hub.status = 429          # every question is answered so
    hub.asked                 # (path, Range header or "") of what was asked for
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = (".safetensors", ".bin")
"""Kept apart from git, with a SHA-256, as on the hub."""


@dataclass
class Hub:
    """The server's state, changed by tests while it runs."""

    folders: Mapping[str, Path]
    url: str = ""
    status: int = 0
    file_status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    damage: bool = False
    ranges: bool = True
    swallow: threading.Event | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def files_asked(self) -> list[tuple[str, str]]:
        """Bytes that were asked of the CDN: (file, Range)."""
        return [(path.removeprefix("/cdn/"), span) for path, span in self.asked if path.startswith("/cdn/")]


@contextmanager
def hub_server(folders: Mapping[str, Path]) -> Iterator[Hub]:
    hub = Hub(folders)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        if hub.swallow is not None:
            hub.swallow.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a class over one hub
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            hub.asked.append((path, self.headers.get("Range", "")))
            hub.tokens.append(self.headers.get("Authorization", ""))
            if hub.swallow is not None:
                hub.swallow.wait()
            if hub.status:
                self._send(hub.status, b"{}", hub.headers)
            elif path.startswith("/api/models/"):
                self._list(path.removeprefix("/api/models/"))
            elif path.startswith("/cdn/"):
                self._file(path.removeprefix("/cdn/"))
            else:  # /owner/name/resolve/commit/file
                model, _, rest = path.strip("/").partition(f"/resolve/{COMMIT}/")
                self._send(302, b"", {"Location": f"{hub.url}/cdn/{model}/{rest}"})

        def _list(self, model: str) -> None:
            folder = hub.folders.get(model)
            if folder is None:
                self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
                return
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            siblings = [_sibling(folder, path) for path in files]
            document = {"id": model, "modelId": model, "sha": COMMIT, "siblings": siblings}
            self._send(200, json.dumps(document).encode(), {"Content-Type": "application/json"})

        def _file(self, name: str) -> None:
            if hub.file_status:
                self._send(hub.file_status, b"", hub.headers)
                return
            model = next(model for model in hub.folders if name.startswith(f"{model}/"))
            data = (hub.folders[model] / name.removeprefix(f"{model}/")).read_bytes()
            if hub.damage:
                data = bytes(len(data))
            start = 0
            span = self.headers.get("Range", "")
            if span and hub.ranges:
                start = int(span.removeprefix("bytes=").rstrip("-"))
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            rest = data[start:]
            if hub.cut_after is not None and len(rest) > hub.cut_after:
                self.wfile.write(rest[: hub.cut_after])
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()
                return
            self.wfile.write(rest)

        def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    return Handler


def _sibling(folder: Path, path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    found: dict[str, Any] = {
        "rfilename": path.relative_to(folder).as_posix(),
        "size": len(data),
        "blobId": blob,
    }
    if path.suffix in LARGE:
        found["lfs"] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "pointerSize": 130}
    return found
