"""S3 on this machine: moto's server, with an access key that counts and with faults on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

KEY, SECRET = "the-studio", "its-secret"

_ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}</Message></Error>"


class S3Server:
    """`requests` are (method, path) as they came. `fail(...)` makes the next ones fail."""

    def __init__(self) -> None:
        from moto.server import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        self.requests: list[tuple[str, str]] = []
        self._faults: list[tuple[int, str]] = []
        self._app: Any = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fail(self, times: int, status: int, code: str) -> None:
        """Answer the next `times` requests with an error."""
        self._faults = [(status, code)] * times

    def mend(self) -> None:
        self._faults = []

    def client(self) -> Any:
        """boto3's own client: what the studio wrote is read back with another program's code."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        fault = self._faults.pop() if self._faults else None
        if fault is None and f"Credential={KEY}/" not in environ.get("HTTP_AUTHORIZATION", ""):
            fault = 403, "InvalidAccessKeyId"
        if fault is not None:
            status, code = fault
            body = _ERROR.format(code=code).encode()
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            head = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
            start(f"{status} {code}", head)
            return [body if environ["REQUEST_METHOD"] != "HEAD" else b""]
        found: Iterable[bytes] = self._app(environ, start)
        return found


@contextmanager
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    try:
        yield server
    finally:
        server.stop()
