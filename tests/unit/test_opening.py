"""The studio does not start where everybody could walk in."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit import config

from services.errors import InvalidInput
from services.people.signin import SignIn
from ui import opening
from ui.front_door import FrontDoor

OFF, ON = SignIn(), SignIn(True, ("default",), "https://studio.example.com/oauth2callback")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Any:
    def start(sign_in: SignIn, **options: Any) -> list[Any]:
        safe = {"enableCORS": True, "enableXsrfProtection": True}
        named = {f"server.{name}": value for name, value in (safe | options).items()}
        monkeypatch.setattr(opening, "sign_in", lambda: sign_in)
        monkeypatch.setattr(config, "get_option", lambda name: named.get(name))
        return [middleware.cls for middleware in opening.opened()]

    return start


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "unix:/run/studio.sock"])
def test_without_sign_in_it_listens_to_this_machine(started: Any, address: str) -> None:
    assert started(OFF, address=address) == [FrontDoor]


@pytest.mark.parametrize("address", ["0.0.0.0", "", None, "192.168.1.4", "::", "studio.example.com"])
def test_without_sign_in_it_listens_nowhere_else(started: Any, address: str | None) -> None:
    with pytest.raises(SystemExit, match="nobody has to sign in"):
        started(OFF, address=address)


def test_with_sign_in_it_may_listen_anywhere(started: Any) -> None:
    assert started(ON, address="0.0.0.0") == [FrontDoor]


def test_headers_name_nobody(started: Any) -> None:
    with pytest.raises(SystemExit, match="trustedUserHeaders"):
        started(ON, address="0.0.0.0", trustedUserHeaders={"X-User": "email"})


@pytest.mark.parametrize("option", ["enableCORS", "enableXsrfProtection"])
@pytest.mark.parametrize("sign_in", [OFF, ON])
def test_other_sites_pages_work_in_nobodys_name(started: Any, sign_in: SignIn, option: str) -> None:
    with pytest.raises(SystemExit, match=option):
        started(sign_in, address="127.0.0.1", **{option: False})


def test_settings_that_cannot_be_read_keep_it_closed(started: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> SignIn:
        raise InvalidInput("secrets.toml cannot be read")

    started(OFF, address="127.0.0.1")
    monkeypatch.setattr(opening, "sign_in", broken)
    with pytest.raises(SystemExit, match="cannot be read"):
        opening.opened()
