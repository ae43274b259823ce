"""SQLite's log is never copied back beside a commit: that is what its WAL-reset bug needs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text

from db.checkpoint import checkpoint
from db.engine import WAL_KEPT_BYTES, open_engines
from services import database
from services.database import WAL_BYTES, ensure_database, read_session, unit_of_work
from tests.conftest import SERVER

pytestmark = pytest.mark.skipif(bool(SERVER), reason="about SQLite")

ROOT = Path(__file__).resolve().parents[2]


def write(kilobytes: int) -> None:
    with unit_of_work() as work:
        work.session.execute(text("CREATE TABLE IF NOT EXISTS ballast (words BLOB)"))
        work.session.execute(text(f"INSERT INTO ballast VALUES (randomblob({kilobytes * 1024}))"))
        work.commit()


def log_bytes(home: Path) -> int:
    log = home / "studio.db-wal"
    return log.stat().st_size if log.exists() else 0


def test_nobody_can_write_while_the_log_is_copied_back(home: Path) -> None:
    write(100)
    engines = open_engines(f"sqlite:///{home / 'studio.db'}")
    refused: list[str] = []

    def look(statement: str) -> None:
        """Called as the statement begins, in the middle of `checkpoint`."""
        if "wal_checkpoint" not in statement:
            return
        with closing(sqlite3.connect(home / "studio.db", timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                refused.append(str(error))

    @event.listens_for(engines.read, "connect")
    def watch(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(look)

    in_log, copied = checkpoint(engines)
    assert refused == ["database is locked"]
    assert in_log == copied > 20
    engines.dispose()


def test_the_log_is_kept_short_and_what_it_held_is_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CHECKPOINT_SECONDS", 0.0)
    longest = 0
    for _ in range(12):
        write(2048)
        longest = max(longest, log_bytes(home))
    assert WAL_BYTES / 2 < longest < 2 * WAL_BYTES
    database.checkpoint()
    write(1)  # begins the log anew, and gives back what it took
    assert log_bytes(home) <= WAL_KEPT_BYTES
    with read_session() as session:
        assert session.scalar(text("SELECT sum(length(words)) FROM ballast")) == 12 * 2048 * 1024 + 1024
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"


def test_a_process_that_leaves_while_others_stay_copies_nothing(home: Path) -> None:
    write(100)
    held = log_bytes(home)
    before = (home / "studio.db").stat()  # reading it here would drop this process's locks on it (POSIX)
    code = "from services.database import *\nwith unit_of_work() as work: work.commit()\nreset_database()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    assert log_bytes(home) == held
    assert (home / "studio.db").stat().st_mtime_ns == before.st_mtime_ns

    database.reset_database()  # we were the last: SQLite copies all, alone with the file
    assert log_bytes(home) == 0
    with closing(sqlite3.connect(home / "studio.db")) as connection:
        assert connection.execute("SELECT length(words) FROM ballast").fetchall() == [(100 * 1024,)]


def test_no_connection_of_the_studio_copies_by_itself(home: Path) -> None:
    ensure_database()
    engines = open_engines(f"sqlite:///{home / 'studio.db'}")
    for engine in (engines.read, engines.write):
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar() == 0
    engines.dispose()


def test_copying_back_is_said_in_one_place() -> None:
    files = [path for layer in ("db", "services", "ui", "pages") for path in (ROOT / layer).rglob("*.py")]
    copying = [path.name for path in files if "wal_checkpoint" in path.read_text()]
    assert copying == ["checkpoint.py"]
