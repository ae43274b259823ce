"""Sign-in as configured: off, complete, or with every problem named; never silently off."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.doctor import examine
from services.errors import InvalidInput
from services.people.signin import read_sign_in

COMPLETE = """
[auth]
redirect_uri = "https://studio.example.com/oauth2callback"
cookie_secret = "0123456789012345678901234567890123456789"
client_id = "studio"
client_secret = "secret"
server_metadata_url = "https://id.example/.well-known/openid-configuration"
"""
NAMED = """
[auth]
redirect_uri = "https://studio.example.com/oauth2callback"
cookie_secret = "0123456789012345678901234567890123456789"
[auth.google]
client_id = "studio"
client_secret = "secret"
server_metadata_url = "https://id.example/.well-known/openid-configuration"
[auth.client_kwargs]
prompt = "login"
"""


def secrets(folder: Path, text: str) -> list[Path]:
    file = folder / "secrets.toml"
    file.write_text(text)
    return [folder / "none.toml", file]


def test_without_a_section_nobody_signs_in(tmp_path: Path) -> None:
    assert not read_sign_in([tmp_path / "none.toml"]).on
    assert not read_sign_in(secrets(tmp_path, '[other]\nkey = "x"')).on


def test_a_complete_section(tmp_path: Path) -> None:
    found = read_sign_in(secrets(tmp_path, COMPLETE))
    assert (found.on, found.providers, found.problems) == (True, ("default",), ())
    assert (found.host, found.origin) == ("studio.example.com", "https://studio.example.com")
    assert read_sign_in(secrets(tmp_path, NAMED)).providers == ("google",)


def test_the_port_is_filled_in(tmp_path: Path) -> None:
    text = COMPLETE.replace("https://studio.example.com", "http://localhost:{port}")
    assert read_sign_in(secrets(tmp_path, text), port=8600).origin == "http://localhost:8600"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("https://studio", "http://studio", "plain http"),
        ("/oauth2callback", "/callback", "redirect_uri"),
        ("0123456789012345678901234567890123456789", "short", "cookie_secret"),
        ('client_secret = "secret"', "", "client_secret"),
        ('client_id = "studio"', "", "No identity provider"),
    ],
)
def test_problems_are_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = read_sign_in(secrets(tmp_path, COMPLETE.replace(old, new)))
    assert found.on
    assert [told in str(problem) for problem in found.problems] == [True]


@pytest.mark.parametrize("text", ["[auth\nredirect_uri =", "\x00"])
def test_a_file_that_cannot_be_read_is_an_error_and_not_an_open_door(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match="stays closed"):
        read_sign_in(secrets(tmp_path, text))


def test_a_folder_of_secrets_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="stays closed"):
        read_sign_in([tmp_path])


def test_doctor_tells_of_sign_in(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMLIT_SECRETS_FILES", str(tmp_path / "none.toml"))
    told = {check.name: check for check in examine()}
    assert told["sign-in"].ok
    assert "this machine alone" in told["sign-in"].detail
    [_, file] = secrets(tmp_path, COMPLETE)
    monkeypatch.setenv("STREAMLIT_SECRETS_FILES", str(file))
    told = {check.name: check for check in examine()}
    assert "https://studio.example.com" in told["sign-in"].detail
    assert not told["administrators"].ok
