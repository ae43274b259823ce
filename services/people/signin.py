"""Sign-in as it is configured: the section [auth] of Streamlit's secrets.toml, read and checked.

Streamlit itself talks to the identity provider. Here stands only what must be known outside a page:
whether people sign in at all, through whom, and what is missing. A file that cannot be read is an
error and never "no sign-in": the studio must not open to everybody because of a typing mistake.
"""

from __future__ import annotations

import importlib.util
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.errors import InvalidInput
from services.messages import N_, Message, message
from services.settings import REPOSITORY

CALLBACK = "/oauth2callback"
SECRET_CHARS = 32
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PROVIDER_KEYS = ("client_id", "client_secret", "server_metadata_url")


@dataclass(frozen=True, slots=True)
class SignIn:
    """`providers` are Streamlit's names for them; "default" is the unnamed one. `problems`: what to mend."""

    on: bool = False
    providers: tuple[str, ...] = ()
    redirect_uri: str = ""
    problems: tuple[Message, ...] = ()

    @property
    def host(self) -> str:
        """The host at which the studio is reached, from the redirect address; empty without sign-in."""
        return urlsplit(self.redirect_uri).hostname or ""

    @property
    def origin(self) -> str:
        """Scheme and host of the studio's address; empty without sign-in."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def secret_files() -> tuple[Path, ...]:
    """Where Streamlit looks for secrets, later ones first in rank."""
    wish = os.environ.get("STREAMLIT_SECRETS_FILES")
    if wish:
        return tuple(Path(name) for name in wish.split())
    return (Path.home() / ".streamlit/secrets.toml", REPOSITORY / ".streamlit/secrets.toml")


def read_sign_in(files: Sequence[Path], port: int = 8501) -> SignIn:
    """Sign-in as these files say it. Raises InvalidInput when one of them cannot be read."""
    auth: Mapping[str, Any] = {}
    for file in files:
        if file.exists():
            auth = _parsed(file).get("auth", auth)
    if not auth:
        return SignIn()
    redirect = str(auth.get("redirect_uri", "")).replace("{port}", str(port))
    named = {name: section for name, section in auth.items() if isinstance(section, Mapping)}
    named.pop("client_kwargs", None)
    sections = {"default": auth, **named} if "client_id" in auth else named
    problems = [*_address_problems(redirect), *_secret_problems(auth), *_provider_problems(sections)]
    if importlib.util.find_spec("authlib") is None:
        problems.append(message(N_("The package Authlib is missing. Run make studio, which installs it.")))
    return SignIn(True, tuple(sections), redirect, tuple(problems))


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            N_("{file} cannot be read ({reason}). The studio stays closed until it is mended or removed."),
            file=str(file),
            reason=str(error),
        ) from error


def _address_problems(redirect: str) -> list[Message]:
    parts = urlsplit(redirect)
    if not parts.hostname or not parts.path.endswith(CALLBACK):
        return [
            message(
                N_("Set redirect_uri to the studio's address followed by {path}, as people type it."),
                path=CALLBACK,
            )
        ]
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        return [message(N_("Sign-in over plain http can be read on the way. Put https before the studio."))]
    return []


def _secret_problems(auth: Mapping[str, Any]) -> list[Message]:
    if len(str(auth.get("cookie_secret", ""))) >= SECRET_CHARS:
        return []
    return [
        message(
            N_("Set cookie_secret to at least {count} random characters, for example from: {command}"),
            count=SECRET_CHARS,
            command="openssl rand -hex 32",
        )
    ]


def _provider_problems(sections: Mapping[str, Mapping[str, Any]]) -> list[Message]:
    if not sections:
        return [message(N_("No identity provider is named: set client_id and the keys beside it."))]
    problems = []
    for name, section in sections.items():
        missing = [key for key in _PROVIDER_KEYS if not section.get(key)]
        if missing:
            template = N_("The identity provider {name} lacks {keys}.")
            problems.append(message(template, name=name, keys=", ".join(missing)))
        if "_" in name:
            problems.append(message(N_("Name the identity provider {name} without a low line."), name=name))
    return problems
