"""One request to a chat API through the openai package, and every way it can fail as one exception.

The request runs in a thread of its own, because no timeout of the HTTP library covers all of it: looking up
a name has none, and a server that sends a byte now and then starts a read timeout anew. The caller waits by
the clock, and can stop waiting when a person cancels.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from services.planning.llm_dialect import Dialect
from services.planning.llm_faults import ChatFailure, Fault
from services.planning.llm_reply import Reply, read_reply
from services.planning.llm_target import Target

if TYPE_CHECKING:
    import ssl

    from openai import APIStatusError, OpenAI

CONNECT_SECONDS = 4.0
"""Looking up the name, connecting and TLS together. Two attempts stay below ten seconds."""

REPLY_BYTES = 2 * 2**20
"""An answer of 8,000 tokens has about 50 kB."""

TICK_SECONDS = 0.1
"""How often the waiting caller looks whether to stop."""

Tick = Callable[[], None]
"""Called while waiting. May raise, Cancelled for one: let it pass."""


def ask(where: Target, messages: list[dict[str, str]], dialect: Dialect, seconds: float, tick: Tick) -> Reply:
    """The model's answer to `messages`, within `seconds`. Raises ChatFailure."""
    reached = threading.Event()
    client = _open(where, seconds, reached)
    answer: Future[bytes] = Future()
    parameters = {"model": where.model, "messages": messages, **dialect.parameters(where.max_tokens)}
    if where.key is None:
        parameters["extra_headers"] = _nameless()
    threading.Thread(target=_send, args=(client, parameters, answer), name="chat", daemon=True).start()
    try:
        return read_reply(_wait(answer, reached, seconds, tick))
    finally:
        with suppress(Exception):  # the thread may still be using it; it ends with its own timeout
            client.close()


def _open(where: Target, seconds: float, reached: threading.Event) -> OpenAI:
    """A client for one request. `reached` is set when the server is connected and the request goes out."""
    from httpx2 import InvalidURL
    from openai import DefaultHttpxClient, OpenAI, omit

    def trace(event: str, _info: object) -> None:
        if event.endswith("send_request_headers.started"):
            reached.set()

    def watch(request: Any) -> None:
        request.extensions["trace"] = trace

    # The package reads these two from the environment: they stay with OpenAI.
    foreign: dict[str, Any] = {"OpenAI-Organization": omit, "OpenAI-Project": omit}
    try:
        return OpenAI(
            api_key=where.key.get_secret_value() if where.key else "none",
            base_url=where.base_url,
            max_retries=0,
            timeout=seconds,
            default_headers={} if where.is_openai else foreign,
            http_client=DefaultHttpxClient(
                timeout=seconds, verify=_trusted(), event_hooks={"request": [watch]}
            ),
        )
    except (ValueError, ImportError, InvalidURL) as error:  # also a proxy that cannot be used
        raise ChatFailure(Fault.CONNECTION) from error


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted, read once a process."""
    from httpx2 import create_ssl_context

    return create_ssl_context()


def _nameless() -> dict[str, Any]:
    """Headers of a request to a server that wants no key."""
    from openai import omit

    return {"Authorization": omit}


def _send(client: OpenAI, parameters: dict[str, Any], answer: Future[bytes]) -> None:
    """In the thread: the bytes of the answer, or the exception."""
    try:
        with client.chat.completions.with_streaming_response.create(**parameters) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > REPLY_BYTES:
                    raise ChatFailure(Fault.NO_API)
        answer.set_result(bytes(body))
    except Exception as error:  # noqa: BLE001 - handed over to the thread that waits
        answer.set_exception(error)


def _wait(answer: Future[bytes], reached: threading.Event, seconds: float, tick: Tick) -> bytes:
    """The bytes, or ChatFailure; by the clock, whatever the sockets do."""
    from httpx2 import HTTPError, TimeoutException
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    begun = time.monotonic()
    while not answer.done():
        tick()
        waited = time.monotonic() - begun
        if waited > seconds or (waited > CONNECT_SECONDS and not reached.is_set()):
            raise ChatFailure(Fault.TIMEOUT if reached.is_set() else Fault.CONNECTION)
        with suppress(TimeoutError):
            answer.exception(timeout=min(TICK_SECONDS, seconds))
    try:
        return answer.result()
    except APIStatusError as error:
        raise _refusal(error) from None
    except (APITimeoutError, TimeoutException):
        raise ChatFailure(Fault.TIMEOUT if reached.is_set() else Fault.CONNECTION) from None
    except (APIConnectionError, HTTPError):  # an answer that breaks off comes from the HTTP library itself
        raise ChatFailure(Fault.SERVER if reached.is_set() else Fault.CONNECTION) from None


_BY_STATUS = {
    401: Fault.KEY,
    402: Fault.NO_CREDIT,
    403: Fault.FORBIDDEN,
    404: Fault.NOT_FOUND,
    405: Fault.NOT_FOUND,
    408: Fault.SERVER,
    409: Fault.SERVER,
    425: Fault.SERVER,
    429: Fault.BUSY,
}


def _refusal(error: APIStatusError) -> ChatFailure:
    """An HTTP status as a failure. The service's words may repeat the brief: they are kept from view."""
    about = f"{error.code or ''} {error.param or ''} {_words(error.body)}".lower()
    fault = _BY_STATUS.get(error.status_code, Fault.SERVER if error.status_code >= 500 else Fault.REQUEST)
    if fault is Fault.BUSY and ("insufficient_quota" in about or "billing" in about):
        fault = Fault.NO_CREDIT
    if fault is Fault.REQUEST and ("content_filter" in about or "content_policy" in about):
        return ChatFailure(Fault.FILTERED, about=about, again=False)
    return ChatFailure(fault, retry_after=_retry_after(error), about=about)


def _words(body: object) -> str:
    try:
        return json.dumps(body)[:4000]
    except (TypeError, ValueError):
        return str(body)[:4000]


def _retry_after(error: APIStatusError) -> float | None:
    """Seconds that the service asks to wait; None where it does not say."""
    headers = error.response.headers
    with suppress(ValueError):
        return max(0.0, float(headers.get("retry-after-ms", "")) / 1000)
    value = headers.get("retry-after", "")
    with suppress(ValueError):
        return max(0.0, float(value))
    with suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return None
