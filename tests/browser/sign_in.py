"""A studio at which people sign in, through an identity provider that lets in whoever is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Studio, ready, running_studio

SECRETS = """\
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "only-for-tests-only-for-tests-only-for-tests"
client_id = "studio"
client_secret = "only-for-tests"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody whom the identity provider knows."""

    subject: str
    name: str
    email: str
    verified: bool = True


@contextmanager
def studio_with_sign_in(
    home: Path, accounts: Sequence[Account], worker: str = "none", **settings: str
) -> Iterator[Studio]:
    """A studio whose people are `accounts`; `settings` are AIM_STUDIO_ names."""
    mock = pytest.importorskip("oidc_provider_mock", reason="oidc-provider-mock is not installed: make test")
    known = [
        mock.User(sub=a.subject, claims={"name": a.name, "email": a.email, "email_verified": a.verified})
        for a in accounts
    ]
    home.mkdir(parents=True, exist_ok=True)
    secrets = home / "secrets.toml"
    with mock.run_server_in_thread(user_claims=known) as server:
        secrets.write_text(SECRETS.format(issuer=f"http://127.0.0.1:{server.server_port}"))
        names = {"STREAMLIT_SECRETS_FILES": str(secrets), **settings}
        with running_studio(home, worker, names) as studio:
            yield studio


def sign_in(page: Any, account: Account) -> None:
    """From the sign-in page, through the provider, back to the studio."""
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=account.subject).click()
    ready(page)
