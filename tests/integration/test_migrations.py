"""The schema in the migrations is the schema in the tables, and moving to it is safe."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from db import migrate as migrations
from db.base import Base
from db.engine import open_engines, open_migration_engine
from db.errors import SchemaTooNew
from db.migrate import BACKUPS_KEPT, HEAD, REVISIONS, make_schema, migrate
from db.tables import Campaign
from services.database import ensure_database, reset_database, unit_of_work
from services.errors import StorageError
from services.settings import get_settings
from tests.databases import SQLITE, Server

both = pytest.mark.both_databases


def database(home: Path) -> str:
    home.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{home / 'studio.db'}"


@pytest.fixture
def url(
    backend: str, database_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The address of a database without a table; the studio's own address until the end of the test."""
    address = database(tmp_path) if backend == SQLITE else database_server.create()
    monkeypatch.setenv("AIM_STUDIO_HOME", str(tmp_path))
    monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", address)
    reset_database()
    get_settings.cache_clear()
    yield address
    reset_database()
    get_settings.cache_clear()
    if backend != SQLITE:
        database_server.drop(address)


def values(url: str, statement: str) -> list[object]:
    engine = open_migration_engine(url)
    with engine.connect() as connection:
        found = [row[0] for row in connection.exec_driver_sql(statement)]
    engine.dispose()
    return found


def run(url: str, *statements: str) -> None:
    engine = open_migration_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def tables(url: str) -> list[str]:
    engine = open_migration_engine(url)
    found = inspect(engine).get_table_names()
    engine.dispose()
    return found


@both
def test_models_and_migrations_agree(url: str, tmp_path: Path) -> None:
    assert migrate(url, tmp_path)
    engines = open_engines(url)
    with engines.read.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engines.dispose()


def test_the_known_revisions_are_those_in_the_folder() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == HEAD
    assert tuple(r.revision for r in script.walk_revisions())[::-1] == REVISIONS


def test_every_constraint_has_a_name(tmp_path: Path) -> None:
    migrate(database(tmp_path), tmp_path)
    sql = sqlite3.connect(tmp_path / "studio.db").execute("SELECT sql FROM sqlite_master").fetchall()
    for (statement,) in sql:
        for line in (statement or "").splitlines():
            for word in ("PRIMARY KEY", "FOREIGN KEY", "UNIQUE ("):
                if word in line:
                    assert "CONSTRAINT" in line, line


def test_an_up_to_date_database_is_quick_and_needs_no_alembic(home: Path) -> None:
    ensure_database()
    code = (
        "import sys, time; from services import database as d; from services.settings import get_settings\n"
        "get_settings(); t = time.perf_counter(); d.ensure_database()\n"
        "print(time.perf_counter() - t, 'alembic' in sys.modules)"
    )
    took, alembic = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert alembic == "False"
    assert float(took) < 0.25  # 2 ms alone; the machine may be busy


def test_a_new_database_needs_no_backup(home: Path) -> None:
    ensure_database()
    assert not (home / "backups").exists()


def test_an_old_database_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    url = database(tmp_path)
    with sqlite3.connect(tmp_path / "studio.db") as connection:
        connection.execute("CREATE TABLE precious (word TEXT)")
        connection.execute("INSERT INTO precious VALUES ('kept')")
    for _ in range(BACKUPS_KEPT + 2):
        engine = open_migration_engine(url)
        migrations.back_up(engine, tmp_path / "backups")
        engine.dispose()
    copies = sorted((tmp_path / "backups").iterdir())
    assert len(copies) == BACKUPS_KEPT
    assert migrate(url, tmp_path)
    newest = max((tmp_path / "backups").iterdir())
    assert newest not in copies
    assert sqlite3.connect(newest).execute("SELECT word FROM precious").fetchall() == [("kept",)]
    with pytest.raises(sqlite3.OperationalError):
        sqlite3.connect(newest).execute("SELECT * FROM campaigns")


@both
def test_a_newer_database_is_refused_and_left_alone(url: str, tmp_path: Path) -> None:
    migrate(url, tmp_path)
    run(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew):
        migrate(url, tmp_path)
    with pytest.raises(StorageError, match="newer version"):
        ensure_database()
    assert values(url, "SELECT version_num FROM alembic_version") == ["9999"]
    assert not (tmp_path / "backups").exists()


@both
def test_a_migration_that_breaks_off_never_happened(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: object, _revision: object) -> None:
        raise RuntimeError("pulled the plug")

    # After all tables were created, when the new revision is about to be noted.
    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", broken)
    with pytest.raises(RuntimeError, match="plug"):
        migrate(url, tmp_path)
    assert tables(url) == []
    monkeypatch.undo()
    assert migrate(url, tmp_path)


@both
def test_a_process_killed_while_it_migrates_leaves_the_old_state(url: str, tmp_path: Path) -> None:
    """Killed when every statement was sent and nothing was committed; the next start migrates."""
    older(url, "0004")
    run(url, CAMPAIGN, SESSION)
    code = (
        "import os, signal, sys; from pathlib import Path; from db import migrate as m\n"
        "m.install_triggers = lambda connection: os.kill(os.getpid(), signal.SIGKILL)\n"
        "m.migrate(sys.argv[1], Path(sys.argv[2]))"
    )
    assert subprocess.run([sys.executable, "-c", code, url, str(tmp_path)]).returncode == -9
    assert values(url, "SELECT version_num FROM alembic_version") == ["0004"]
    assert "period_figures" not in tables(url)
    [copy] = (tmp_path / "backups").glob("studio-*.db")
    assert sqlite3.connect(copy).execute("SELECT topic FROM sessions").fetchall() == [("t",)]
    assert migrate(url, tmp_path)
    assert values(url, "SELECT topic FROM sessions") == ["t"]


@both
def test_whoever_comes_second_waits_and_finds_it_done(url: str, tmp_path: Path) -> None:
    """Two hosts at once: each with a home of its own, so that no file lock is between them."""
    code = "import sys; from pathlib import Path; from db.migrate import migrate\n"
    code += "print(migrate(sys.argv[1], Path(sys.argv[2])))"
    homes = (tmp_path / "a", tmp_path / "a") if url.startswith("sqlite") else (tmp_path / "a", tmp_path / "b")
    started = [
        subprocess.Popen([sys.executable, "-c", code, url, str(home)], stdout=subprocess.PIPE, text=True)
        for home in homes
    ]
    assert sorted(process.communicate(timeout=60)[0].strip() for process in started) == ["False", "True"]
    assert values(url, "SELECT version_num FROM alembic_version") == [HEAD]


def test_a_backup_holds_what_is_still_in_the_log(home: Path) -> None:
    with unit_of_work() as work:
        work.session.add(Campaign(name="fresh"))
        work.commit()
    engine = open_migration_engine(f"sqlite:///{home / 'studio.db'}")
    copy = migrations.back_up(engine, home / "backups")
    engine.dispose()
    assert copy is not None
    shutil.rmtree(home / "locks")
    assert sqlite3.connect(copy).execute("SELECT name FROM campaigns").fetchall() == [("fresh",)]


def test_the_second_opening_is_quick(home: Path) -> None:
    ensure_database()
    started = time.perf_counter()
    for _ in range(1000):
        ensure_database()
    assert (time.perf_counter() - started) / 1000 < 0.001


CAMPAIGN = "INSERT INTO campaigns (id, name, created_at) VALUES ('c', 'Old', '2026-01-05')"
SESSION = (
    "INSERT INTO sessions (id, campaign_id, kind, status, stage, engine, topic, product_text,"
    " headline, strategy, placement, variant_count, seed, created_at, updated_at)"
    " VALUES ('s', 'c', 'studio', 'approved', 'brief', 'lite', 't', 'p', '', 'none', '1:1', 1, 0,"
    " '2026-01-05', '2026-01-05')"
)


def older(url: str, revision: str) -> None:
    make_schema(url, revision).dispose()


@both
def test_figures_of_older_sessions_are_made_when_the_database_is_migrated(url: str, tmp_path: Path) -> None:
    older(url, "0004")
    run(url, CAMPAIGN, SESSION)
    ensure_database()
    assert values(url, "SELECT session_id FROM stale_figures") == []
    assert values(url, "SELECT approved_sessions FROM period_figures WHERE campaign_id = 'c'") == [1] * 4
    [copy] = (tmp_path / "backups").glob("studio-*.db")
    assert sqlite3.connect(copy).execute("SELECT name FROM campaigns").fetchall() == [("Old",)]
