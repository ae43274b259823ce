"""The database server goes away and comes back: told in a sentence, nothing lost, work resumes by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from db.tables import Campaign
from services import campaigns
from services.database import is_there, read_session, unit_of_work
from services.errors import StorageError, Unavailable
from services.jobs import queue
from services.jobs.queue import RunKind, StepSpec
from services.jobs.worker import Worker
from services.settings import get_settings
from tests.conftest import ON_SERVER
from tests.integration.test_worker_faults import wait_until
from tests.pages.conftest import Open, words

pytestmark = pytest.mark.parametrize("backend", [ON_SERVER], indirect=True)


class Switch:
    """Turns the database off and on, as a server that stops: all are out and nobody comes in."""

    def __init__(self, url: str) -> None:
        plain = url.replace("postgresql+psycopg", "postgresql")
        self.name = psycopg.conninfo.conninfo_to_dict(plain)["dbname"]
        self.connection = psycopg.connect(plain, dbname="postgres", autocommit=True)

    def off(self) -> None:
        self.connection.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false".encode())
        self.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self.name]
        )

    def on(self) -> None:
        self.connection.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true".encode())


@pytest.fixture
def switch(home: Path, database_server: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Switch]:
    """A database of its own: the others' must stay."""
    from services.database import ensure_database, reset_database
    from tests.databases import Server

    assert isinstance(database_server, Server)
    url = database_server.create()
    monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", url)
    get_settings.cache_clear()
    ensure_database()
    found = Switch(url)
    yield found
    found.on()
    found.connection.close()
    reset_database()
    database_server.drop(url)


def test_a_page_says_it_and_comes_back(switch: Switch, open_page: Open) -> None:
    app = open_page("pages/overview.py")
    assert not app.error
    switch.off()
    app.run()
    assert "The database does not answer" in words(app)
    assert "runs go on by themselves" in words(app)
    assert len(app.error) == 1
    assert "FATAL" not in words(app)
    assert not is_there()
    switch.on()
    assert is_there()
    app.run()
    assert not app.error
    assert "does not answer" not in words(app)


def test_what_was_not_committed_never_happened(switch: Switch) -> None:
    def half() -> None:
        with unit_of_work() as work:
            work.session.add(Campaign(name="half"))
            work.session.flush()
            switch.off()
            work.session.add(Campaign(name="more"))
            work.commit()

    with pytest.raises(Unavailable):
        half()
    switch.on()
    assert campaigns.names() == {}
    with unit_of_work() as work:  # the pool's dead connections are found before they are used
        work.session.add(Campaign(name="after"))
        work.commit()
    assert list(campaigns.names().values()) == ["after"]


def test_the_worker_waits_and_goes_on(switch: Switch) -> None:
    done: list[str] = []
    worker = Worker({"plan": lambda context: done.append(context.run.id)})
    at_work = threading.Thread(target=worker.run_forever)
    at_work.start()
    try:
        first = queue.submit(RunKind.PLAN, steps=[StepSpec("plan")], dedupe_key="1")
        wait_until(lambda: done == [first])
        switch.off()
        with pytest.raises(StorageError):
            queue.submit(RunKind.PLAN, steps=[StepSpec("plan")], dedupe_key="2")
        switch.on()
        second = queue.submit(RunKind.PLAN, steps=[StepSpec("plan")], dedupe_key="2")
        wait_until(lambda: done == [first, second])
        wait_until(lambda: queue.get(second).finished_at is not None)
    finally:
        worker.stop()
        at_work.join(30)


def test_a_wrong_password_and_a_missing_database_are_sentences(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = get_settings().database_url
    for change, sentence in (("nobody_at_all", "refused the user"), ("", "no such database")):
        url = (
            good.replace("user=postgres", f"user={change}")
            if change
            else good.replace("aim_test", "not_there")
        )
        monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", url)
        get_settings.cache_clear()
        with pytest.raises(StorageError, match=sentence) as caught, read_session():
            pytest.fail("nobody comes in")
        assert "nobody_at_all" not in str(caught.value)
