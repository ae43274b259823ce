"""What every test may use: a studio home of its own, on one database or on both.

Tests run on SQLite. One line makes every test of a module that uses `home` run on PostgreSQL too, and
shows it as [sqlite] and [postgresql]:

    pytestmark = pytest.mark.both_databases

(a decorator does the same for one test; `pytestmark = [pytest.mark.both_databases, ...]` beside other marks).
Such a test gets its database from AIM_STUDIO_TEST_POSTGRES; without it [postgresql] is skipped and says so.
`.ci/with-postgresql COMMAND` starts a server for one command. What is about one database alone asks
`backend`, which is "sqlite" or "postgresql".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from db import migrate as migrations
from services import database
from services.settings import get_settings
from tests.databases import POSTGRESQL, SERVER, SQLITE, Server, bare_schema, prepared, sharing

# CI draws the same examples each time: a change is judged by what it changes. Elsewhere they stay random.
hypothesis_settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis_settings.register_profile("here", deadline=None)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "here")

# Other tests are no pages that somebody waits for.
os.environ.setdefault("AIM_STUDIO_WORKER_NICENESS", "0")

ON_SERVER = pytest.param(
    POSTGRESQL,
    marks=pytest.mark.skipif(not SERVER, reason="AIM_STUDIO_TEST_POSTGRES names no PostgreSQL server"),
)
"""For a test about PostgreSQL alone: `@pytest.mark.parametrize("backend", [ON_SERVER], indirect=True)`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_databases") and "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", [SQLITE, ON_SERVER], indirect=True)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """The database that the test runs on."""
    return str(getattr(request, "param", SQLITE))


@pytest.fixture(scope="session")
def database_server() -> Iterator[Server]:
    """The PostgreSQL server, where there is one."""
    found = Server()
    yield found
    found.close()


def _forget() -> None:
    database.reset_database()
    get_settings.cache_clear()


@pytest.fixture
def home(
    backend: str, database_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """An empty AIM_STUDIO_HOME, no worker process, nothing cached from other tests."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AIM_STUDIO_HOME", str(folder))
    monkeypatch.setenv("AIM_STUDIO_WORKER", "none")
    monkeypatch.setenv("AIM_STUDIO_STORE_URL", "")
    monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", database_server.borrow() if backend == POSTGRESQL else "")
    monkeypatch.setattr(database, "migrate", prepared)
    monkeypatch.setattr(database, "open_engines", sharing)
    monkeypatch.setattr(migrations, "make_schema", bare_schema)
    _forget()
    yield folder
    _forget()
