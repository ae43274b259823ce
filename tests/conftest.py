"""What every test may use: a studio home of its own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, make_url, text

from services import database
from services.settings import get_settings

# CI draws the same examples each time: a change is judged by what it changes. Elsewhere they stay random.
hypothesis_settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis_settings.register_profile("here", deadline=None)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "here")

SERVER = os.environ.get("AIM_STUDIO_TEST_POSTGRES", "")
"""A PostgreSQL address with the right to create databases: the tests then run on it, else on SQLite."""


def _forget() -> None:
    database.reset_database()
    get_settings.cache_clear()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty AIM_STUDIO_HOME, no worker process, nothing cached from other tests."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AIM_STUDIO_HOME", str(folder))
    monkeypatch.setenv("AIM_STUDIO_WORKER", "none")
    monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", "")
    name = f"test_{uuid.uuid4().hex}"
    if SERVER:
        _on_server(f"CREATE DATABASE {name}")
        url = make_url(SERVER).set(database=name).render_as_string(hide_password=False)
        monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", url)
    _forget()
    yield folder
    _forget()
    if SERVER:
        _on_server(f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(statement: str) -> None:
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
