"""The front door: which hosts and callers come in, whose pictures are served, and the way back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from services.people import Person, Role
from services.people.signin import SignIn
from ui import front_door
from ui.front_door import FrontDoor, is_own_path

SECRET = "only-for-tests-only-for-tests-only-for-tests"
ON = SignIn(True, ("default",), "https://studio.example.com/oauth2callback")
CLAIMS = {
    "iss": "https://id.example",
    "sub": "1",
    "is_logged_in": True,
    "origin": "https://studio.example.com",
}


class Answer:
    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.type = messages[0]["type"]
        self.status = messages[0].get("status")
        self.headers = [(k.decode(), v.decode()) for k, v in messages[0].get("headers", [])]

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


def knock(
    path: str = "/",
    host: str = "localhost:8501",
    client: str | None = "127.0.0.1",
    kind: str = "http",
    inner: int = 200,
    location: str = "",
    **headers: str,
) -> Answer:
    """One request; the application behind the door answers `inner` (with `location`)."""
    messages: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        sent = [(b"location", location.encode())] if location else []
        await send({"type": "http.response.start", "status": inner, "headers": sent})

    async def send(message: Any) -> None:
        messages.append(message)

    named = {"host": host, **headers}
    scope = {
        "type": kind,
        "path": path,
        "client": (client, 5) if client else None,
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    asyncio.run(FrontDoor(application)(scope, None, send))  # type: ignore[arg-type]
    return Answer(messages)


@pytest.fixture
def signing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "sign_in", lambda: ON)
    monkeypatch.setattr(front_door, "get_cookie_secret", lambda: SECRET)
    monkeypatch.setattr(front_door, "recognise", lambda identity: Person("p", "Kim", Role.VIEWER))


def cookie(secret: str = SECRET, **changes: Any) -> str:
    text = json.dumps({**CLAIMS, **changes})
    return f"other=1; {USER_COOKIE_NAME}={create_signed_value(secret, USER_COOKIE_NAME, text).decode()}"


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "127.0.0.1:9", "[::1]:8501", "LOCALHOST"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_this_machine_comes_in(host: str, kind: str) -> None:
    assert knock(host=host, kind=kind).status in (200, None)
    assert knock(host=host, kind=kind).type != "websocket.close"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "10.0.0.5:8501", "", "[", "a@localhost.x"]
)
def test_another_name_for_this_machine_is_refused(host: str) -> None:
    """DNS rebinding: the browser asks 127.0.0.1, and says evil.example."""
    assert knock(host=host).status == 403
    assert knock(host=host, kind="websocket").type == "websocket.close"


@pytest.mark.parametrize("client", ["10.0.0.7", "192.168.1.4", "::ffff:10.0.0.7", "fe80::1", "strange"])
def test_other_machines_are_refused_without_sign_in(client: str) -> None:
    assert knock(client=client).status == 403
    assert knock(client=client, kind="websocket").type == "websocket.close"
    assert knock("/_stcore/health", client=client).status == 200


@pytest.mark.parametrize("client", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1", None])
def test_callers_of_this_machine(client: str | None) -> None:
    assert knock(client=client).status == 200


@pytest.mark.usefixtures("signing_in")
def test_with_sign_in_the_studio_has_its_own_name() -> None:
    assert knock(host="studio.example.com", client="10.0.0.7").status == 200
    assert knock(host="evil.example", client="10.0.0.7").status == 403


PRIVATE = ["/media/abc.png", "/app/static/abc.png", "/_stcore/upload_file/session/file", "/_stcore/metrics"]


@pytest.mark.usefixtures("signing_in")
@pytest.mark.parametrize("path", PRIVATE)
def test_pictures_are_for_those_who_signed_in(path: str) -> None:
    assert knock(path).status == 403
    assert knock(path, cookie=cookie()).status == 200
    for bad in (
        cookie("another-secret-another-secret-another"),
        cookie(origin="https://evil.example"),
        cookie(is_logged_in=False),
        cookie(sub=""),
        f"{USER_COOKIE_NAME}=nonsense",
    ):
        assert knock(path, cookie=bad).status == 403


@pytest.mark.usefixtures("signing_in")
def test_who_may_not_look_sees_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "recognise", lambda identity: Person("p", "Kim", None))
    assert knock("/media/abc.png", cookie=cookie()).status == 403


@pytest.mark.parametrize("path", PRIVATE)
def test_without_sign_in_this_machine_sees_them(path: str) -> None:
    assert knock(path).status == 200


def test_answers_forbid_frames_and_keep_addresses_to_themselves() -> None:
    answer = knock()
    assert answer.header("content-security-policy") == "frame-ancestors 'self'"
    assert answer.header("referrer-policy") == "same-origin"
    assert answer.header("x-content-type-options") == "nosniff"


@pytest.mark.usefixtures("signing_in")
def test_the_way_back_after_sign_in() -> None:
    wanted = "/sessions?s=abc&v=4&text=r%C3%A4in"
    asked = knock(
        "/auth/login", inner=302, location="https://id.example/", referer=f"http://localhost:8501{wanted}"
    )
    kept = asked.header("set-cookie").split(";")[0]
    assert "HttpOnly" in asked.header("set-cookie")
    assert asked.header("location") == "https://id.example/"
    back = knock("/oauth2callback", inner=302, location="/", cookie=f"a=1; {kept}")
    assert back.header("location") == wanted
    assert "Max-Age=0" in back.header("set-cookie")
    assert knock("/sessions", inner=302, location="/", cookie=kept).header("location") == "/"


@pytest.mark.usefixtures("signing_in")
def test_other_sites_set_no_way_back() -> None:
    asked = knock("/auth/login", inner=302, location="x", referer="https://evil.example/sessions")
    assert asked.header("set-cookie") == ""
    for forged in ("https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example"):
        back = knock(
            "/oauth2callback", inner=302, location="/", cookie=f"{front_door.RETURN_COOKIE}={forged}"
        )
        assert back.header("location") == "/"


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("/", True),
        ("/sessions?s=a&v=1", True),
        ("", False),
        ("sessions", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example/", False),
        ("/a\r\nset-cookie: x", False),
        ("/oauth2callback?code=1", False),
    ],
)
def test_own_paths(address: str, own: bool) -> None:
    assert is_own_path(address) is own
