"""`metrics`: figures of queue, steps and caches for Prometheus, printed once or served on a port."""

from __future__ import annotations

import argparse
import json
import logging
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from services import health, metrics
from services.cli.output import Document
from services.errors import InvalidInput, StudioError
from services.messages import N_

log = logging.getLogger(__name__)

TEXT = "text/plain; version=0.0.4; charset=utf-8"


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser("metrics", parents=[common], help="figures for Prometheus")
    parser.add_argument(
        "--serve",
        metavar="[HOST:]PORT",
        help="answer /metrics and /healthz until stopped; without HOST to this machine alone",
    )
    parser.set_defaults(execute=_execute, render=_render)


def _execute(arguments: argparse.Namespace) -> Document:
    if arguments.serve is None:
        return {"metrics": metrics.exposition().decode()}
    host, port = _address(arguments.serve)
    try:
        server = ThreadingHTTPServer((host, port), Exporter)
    except OSError as error:
        raise InvalidInput(
            N_("Nothing can be served at {address} ({reason}). Name another port."),
            address=f"{host}:{port}",
            reason=error.strerror or type(error).__name__,
        ) from error
    with server:
        print(f"http://{host}:{server.server_port}/metrics", flush=True)
        server.serve_forever()
    return {"metrics": ""}


def _render(document: Document) -> str:
    return str(document["metrics"]).rstrip("\n")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise InvalidInput(N_("{text} is no address. Write a port, or HOST:PORT."), text=text)
    return host or "127.0.0.1", int(port)


class Exporter(BaseHTTPRequestHandler):
    """Two addresses; whoever may reach the port may read them, so it is this machine's by default."""

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._metrics()
        elif self.path == "/healthz":
            self._health()
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"/metrics or /healthz\n")

    def _metrics(self) -> None:
        try:
            self._answer(HTTPStatus.OK, TEXT, metrics.exposition())
        except StudioError as error:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{error}\n".encode())

    def _health(self) -> None:
        found = health.signs()
        well = all(sign.ok for sign in found)
        body = {"ok": well, "signs": {sign.name: {"ok": sign.ok, "detail": sign.detail} for sign in found}}
        status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, "application/json", json.dumps(body).encode())

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class names it so
        log.debug(format, *arguments)
