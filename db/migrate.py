"""Brings a database to this version's schema: checked in a millisecond, changed only when needed.

Alembic is imported only when there is something to migrate. Before that the database is copied
(`VACUUM INTO`), and the whole migration is one transaction: killed half-way it never happened.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Engine, inspect
from sqlalchemy.engine import Connection

from db.engine import open_migration_engine
from db.errors import MigrationFailed, SchemaTooNew
from db.triggers import install_triggers

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""Every revision in db/migrations/versions, oldest first; the last one is this version's schema."""

HEAD = REVISIONS[-1]

BACKUPS_KEPT = 5
"""Enough to go back over several upgrades, few enough not to fill the disk."""


def migrate(url: str, home: Path) -> bool:
    """Bring the database at `url` to HEAD. True when something was changed.

    Backups go to `home`/backups. Raises SchemaTooNew, before anything is touched, and
    MigrationFailed, after rolling back.
    """
    engine = open_migration_engine(url)
    try:
        if _is_current(engine):
            return False
        locks = home / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with FileLock(locks / "migrate.lock"):
            if _is_current(engine):  # another process was quicker
                return False
            back_up(engine, home / "backups")
            _upgrade(engine)
            return True
    finally:
        engine.dispose()


def stored_revision(connection: Connection) -> str | None:
    """The database's revision, or None when it has never been migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return str(row[0]) if row else None


def _is_current(engine: Engine) -> bool:
    with engine.connect() as connection:
        revision = stored_revision(connection)
    if revision is not None and revision not in REVISIONS:
        raise SchemaTooNew(revision)
    return revision == HEAD


def back_up(engine: Engine, folder: Path) -> Path | None:
    """Copy a SQLite database with its contents into `folder`; None where there is nothing to copy.

    PostgreSQL is left to its own tools.
    """
    if engine.dialect.name != "sqlite" or not inspect(engine).get_table_names():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"studio-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.db"
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(target),)).close()
    finally:
        raw.close()
    for old in sorted(folder.glob("studio-*.db"))[:-BACKUPS_KEPT]:
        old.unlink()
    return target


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
        install_triggers(connection)
        if engine.dialect.name == "sqlite":
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if orphans:
                raise MigrationFailed(f"rows that refer to nothing after migrating: {orphans[:5]}")
