"""The schema in the migrations is the schema in the tables, and moving to it is safe."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from db import migrate as migrations
from db.base import Base
from db.engine import open_engines, open_migration_engine
from db.errors import SchemaTooNew
from db.migrate import BACKUPS_KEPT, HEAD, REVISIONS, migrate
from db.tables import Campaign
from services.database import ensure_database, unit_of_work
from services.errors import StorageError
from tests.conftest import SERVER

pytestmark = pytest.mark.skipif(bool(SERVER), reason="about SQLite")


def database(home: Path) -> str:
    home.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{home / 'studio.db'}"


def test_models_and_migrations_agree(tmp_path: Path) -> None:
    url = database(tmp_path)
    assert migrate(url, tmp_path)
    with open_engines(url).read.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


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


def test_a_newer_database_is_refused_and_left_alone(home: Path) -> None:
    url = database(home)
    migrate(url, home)
    with sqlite3.connect(home / "studio.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = (home / "studio.db").stat().st_mtime_ns
    with pytest.raises(SchemaTooNew):
        migrate(url, home)
    with pytest.raises(StorageError, match="newer version"):
        ensure_database()
    assert (home / "studio.db").stat().st_mtime_ns == before
    assert not (home / "backups").exists()


def test_a_migration_that_breaks_off_never_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: object, _revision: object) -> None:
        raise RuntimeError("pulled the plug")

    url = database(tmp_path)
    # After all tables were created, when the new revision is about to be noted.
    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", broken)
    with pytest.raises(RuntimeError, match="plug"):
        migrate(url, tmp_path)
    tables = sqlite3.connect(tmp_path / "studio.db").execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == []
    monkeypatch.undo()
    assert migrate(url, tmp_path)


def test_processes_that_start_together_migrate_once(home: Path) -> None:
    code = "from services.database import ensure_database; ensure_database()"
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    versions = sqlite3.connect(home / "studio.db").execute("SELECT * FROM alembic_version").fetchall()
    assert versions == [(HEAD,)]


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


def test_figures_of_older_sessions_are_made_when_the_database_is_migrated(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(migrations, "HEAD", "0004")
        before.setattr(migrations, "REVISIONS", REVISIONS[:4])
        before.setattr(migrations, "install_triggers", lambda connection: None)
        assert migrate(database(home), home)
    with sqlite3.connect(home / "studio.db") as connection:
        connection.execute("INSERT INTO campaigns (id, name, created_at) VALUES ('c', 'Old', '2026-01-05')")
        connection.execute(
            "INSERT INTO sessions (id, campaign_id, kind, status, stage, engine, topic, product_text,"
            " headline, strategy, placement, variant_count, seed, created_at, updated_at)"
            " VALUES ('s', 'c', 'studio', 'approved', 'brief', 'lite', 't', 'p', '', 'none', '1:1', 1, 0,"
            " '2026-01-05', '2026-01-05')"
        )
    ensure_database()
    with sqlite3.connect(home / "studio.db") as connection:
        assert connection.execute("SELECT * FROM stale_figures").fetchall() == []
        found = connection.execute(
            "SELECT level, approved_sessions FROM period_figures WHERE campaign_id = 'c'"
        )
        assert sorted(found) == [("day", 1), ("month", 1), ("total", 1), ("week", 1)]
