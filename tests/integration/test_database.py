"""Transactions: nothing half-saved, nobody locked out."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import InternalError, OperationalError

from db.engine import POSTGRESQL_SESSION
from db.tables import Campaign
from services.database import checkpoint, ensure_database, read_session, unit_of_work
from services.errors import StorageError, Unavailable
from services.settings import get_settings
from tests.conftest import ON_SERVER

both = pytest.mark.both_databases


def names() -> list[str]:
    with read_session() as session:
        return sorted(session.scalars(select(Campaign.name)))


def add_and_break_off() -> None:
    with unit_of_work() as work:
        work.session.add(Campaign(name="lost"))
        work.session.flush()
        1 / 0  # noqa: B018


@both
def test_only_a_commit_saves(home: Path) -> None:
    with unit_of_work() as work:
        work.session.add(Campaign(name="kept"))
        work.commit()
        work.session.add(Campaign(name="after the commit"))
    with pytest.raises(ZeroDivisionError):
        add_and_break_off()
    assert names() == ["kept"]


def test_pragmas(home: Path) -> None:
    expected = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 15_000}
    with read_session() as session:
        assert {p: session.scalar(text(f"PRAGMA {p}")) for p in expected} == expected
        assert session.scalar(text("PRAGMA query_only")) == 1
    with unit_of_work() as work:
        assert {p: work.session.scalar(text(f"PRAGMA {p}")) for p in expected} == expected


@both
def test_a_read_session_cannot_write(home: Path) -> None:
    with pytest.raises(StorageError) as caught, read_session() as session:
        session.execute(text("DELETE FROM campaigns"))
    assert isinstance(caught.value.__cause__, OperationalError | InternalError)


@pytest.mark.parametrize("backend", [ON_SERVER], indirect=True)
def test_a_writer_that_is_stopped_in_its_turn_loses_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As SIGSTOP does to a process: it holds the lock, and does nothing."""
    monkeypatch.setattr("db.engine.TURN_IDLE_S", 1)
    ensure_database()
    with pytest.raises(Unavailable):
        stop_while_another_waits()
    assert names() == ["another"]


def stop_while_another_waits() -> None:
    with ThreadPoolExecutor(1) as pool, unit_of_work() as work:
        work.session.add(Campaign(name="stopped"))
        work.session.flush()
        pool.submit(add_one).result()  # waits for its turn, and gets it
        work.commit()


def add_one() -> None:
    with unit_of_work() as work:
        work.session.add(Campaign(name="another"))
        work.commit()


@both
def test_a_read_session_sees_one_moment(home: Path) -> None:
    ensure_database()
    with read_session() as session:
        assert session.scalars(select(Campaign.name)).all() == []
        with unit_of_work() as work:
            work.session.add(Campaign(name="meanwhile"))
            work.commit()
        assert session.scalars(select(Campaign.name)).all() == []
    assert names() == ["meanwhile"]


@pytest.mark.parametrize("backend", [ON_SERVER], indirect=True)
def test_limits_on_the_server(home: Path) -> None:
    with read_session() as session:
        shown = {name: session.scalar(text(f"SHOW {name}")) for name in POSTGRESQL_SESSION}
    assert shown == {
        "timezone": "UTC",
        "lock_timeout": "30s",
        "statement_timeout": "1min",
        "idle_in_transaction_session_timeout": "2min",
    }


@both
def test_a_nested_unit_of_work_is_refused_at_once(home: Path) -> None:
    with unit_of_work(), pytest.raises(RuntimeError, match="already open"), unit_of_work():
        pass
    with unit_of_work() as work:  # and the next one is free
        work.commit()


@both
def test_eight_threads_of_read_modify_write_lose_nothing(home: Path) -> None:
    with unit_of_work() as work:
        work.session.add(Campaign(name="count", aim_weights={"n": 0}))
        work.commit()

    def add_ten(_thread: int) -> None:
        for _ in range(10):
            with unit_of_work() as work:
                row = work.session.scalars(select(Campaign)).one()
                assert row.aim_weights is not None
                count = row.aim_weights["n"] + 1
                work.session.execute(update(Campaign).values(aim_weights={"n": count}))
                work.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_ten, range(8)))
    with read_session() as session:
        assert session.scalars(select(Campaign.aim_weights)).one() == {"n": 80}


@both
def test_readers_go_on_while_somebody_writes(home: Path) -> None:
    with unit_of_work() as work:
        work.session.add(Campaign(name="half"))
        work.session.flush()
        assert names() == []
        work.commit()
    assert names() == ["half"]


def test_checkpoint_moves_the_log_into_the_file(home: Path) -> None:
    with unit_of_work() as work:
        work.session.add(Campaign(name="in the log"))
        work.commit()
    copy = home / "copy.db"
    copy.write_bytes((home / "studio.db").read_bytes())
    assert sqlite3.connect(copy).execute("SELECT name FROM campaigns").fetchall() == []
    checkpoint()
    copy.write_bytes((home / "studio.db").read_bytes())
    assert sqlite3.connect(copy).execute("SELECT name FROM campaigns").fetchall() == [("in the log",)]


def test_a_home_that_cannot_be_made_is_a_sentence(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file in the way")
    with pytest.raises(StorageError, match="cannot be written to"):
        ensure_database()


def test_a_damaged_file_is_a_sentence(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "studio.db").write_bytes(b"no database at all " * 500)
    with pytest.raises(StorageError, match="damaged"):
        ensure_database()


@pytest.mark.parametrize("url", ["postgresql+nosuchdriver://u:secret@h/d", "nonsense", "firebird://h/d"])
def test_an_address_that_cannot_be_used_is_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", url)
    get_settings.cache_clear()
    with pytest.raises(StorageError, match="cannot be used here") as caught:
        ensure_database()
    assert "secret" not in str(caught.value)
