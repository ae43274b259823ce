"""A real HTTP server that speaks the chat completions protocol, and misbehaves on request.

with ChatServer() as server:
    server.say(plan_json(), error(429, retry_after=0.1), hang(2))   # one for each request; the last repeats
    ... server.requests[0].body["messages"]
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
GOOD: dict[str, Any] = {
    "summary": "A dog in a yellow hoodie sits on a sofa in a warm living room.",
    "subqueries": [
        {"text": "A cute dog wearing a yellow hoodie", "weight": 0.4},
        {"text": "A stylish sofa", "weight": 0.3},
        {"text": "A warm and cozy living room", "weight": 0.3},
    ],
    "headline": "Cozy days, sunny hoodie",
    "language": "en",
}


@dataclass
class Seen:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    at: float

    @property
    def system(self) -> str:
        return str(self.body["messages"][0]["content"])

    @property
    def user(self) -> str:
        return str(self.body["messages"][1]["content"])


@dataclass
class Answer:
    """What to send back: after `delay` seconds, with `drip` seconds between bytes, the first `cut` bytes."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    drop: bool = False


Script = Answer | Callable[[Seen], Answer]


def completion(content: str | None, finish: str = "stop", usage: Any = USAGE, **message: Any) -> Answer:
    """An answer in the protocol's shape; `message` joins the assistant's message, such as a refusal."""
    said = {"role": "assistant", "content": content, **message}
    choice = {"index": 0, "message": said, "finish_reason": finish}
    body = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "test-model-2026",
        "choices": [choice],
    }
    if usage is not None:
        body["usage"] = usage
    return Answer(body=json.dumps(body).encode(), headers={"content-type": "application/json"})


def plan_json(**changes: Any) -> Answer:
    """A good plan, with `changes`."""
    return completion(json.dumps({**GOOD, **changes}, ensure_ascii=False))


def error(status: int, message: str = "no", retry_after: object = None, **fields: Any) -> Answer:
    headers = {"content-type": "application/json"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return Answer(status, json.dumps({"error": {"message": message, **fields}}).encode(), headers)


def hang(seconds: float) -> Answer:
    """Connected, and silent for so long."""
    return Answer(body=b"{}", delay=seconds)


class ChatServer:
    """Serves on a free port of this machine while the context is open."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self._script: list[Script] = [plan_json()]
        self._stop = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def say(self, *script: Script) -> None:
        self._script = list(script)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> ChatServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()

    def _answer(self, seen: Seen) -> Answer:
        self.requests.append(seen)
        step = self._script[min(len(self.requests), len(self._script)) - 1]
        return step if isinstance(step, Answer) else step(seen)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                body = json.loads(self.rfile.read(length))
                seen = Seen(
                    self.path, {k.lower(): v for k, v in self.headers.items()}, body, time.monotonic()
                )
                server._send(self, server._answer(seen))

        return Handler

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        self._stop.wait(answer.delay)
        if answer.drop:
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        try:
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("content-length", str(len(answer.body)))
            handler.end_headers()
            body = answer.body if answer.cut is None else answer.body[: answer.cut]
            if not answer.drip:
                handler.wfile.write(body)
            else:
                for byte in body:
                    handler.wfile.write(bytes([byte]))
                    handler.wfile.flush()
                    if self._stop.wait(answer.drip):
                        break
            if answer.cut is not None:
                handler.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the client stopped waiting
