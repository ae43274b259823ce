"""Brings a database to this version's schema: checked in a millisecond, changed only when needed.

Alembic is imported only when there is something to migrate. Before that the database is copied into a SQLite
file, whatever it is itself, and the whole migration is one transaction: killed half-way it never happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Engine, inspect
from sqlalchemy.engine import Connection

from db import copies
from db.engine import open_migration_engine
from db.errors import MigrationFailed, SchemaTooNew
from db.triggers import install_triggers

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Every revision in db/migrations/versions, oldest first; the last one is this version's schema."""

HEAD = REVISIONS[-1]

BACKUPS_KEPT = 5
"""Enough to go back over several upgrades, few enough not to fill the disk."""


MIGRATION_LOCK = 417041
"""The advisory lock of whoever migrates a PostgreSQL database: studios of other hosts wait for it."""


def migrate(url: str, home: Path) -> bool:
    """Bring the database at `url` to HEAD. True when something was changed.

    Backups go to `home`/backups. Raises SchemaTooNew, before anything is touched, and
    MigrationFailed, after rolling back.
    """
    engine = open_migration_engine(url)
    try:
        if _is_current(engine):
            return False
        with alone(engine, home):
            if _is_current(engine):  # another process was quicker
                return False
            back_up(engine, home / "backups")
            with engine.begin() as connection:
                upgrade(connection)
            return True
    finally:
        engine.dispose()


@contextmanager
def alone(engine: Engine, home: Path) -> Iterator[None]:
    """One migration at a time: of this home, or of all hosts on a PostgreSQL database."""
    if engine.dialect.name == "sqlite":
        locks = home / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with FileLock(locks / "migrate.lock"):
            yield
        return
    with engine.begin() as guard:  # its own transaction: the lock goes when it ends, or its process does
        guard.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        yield


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


def back_up(engine: Engine, folder: Path, prefix: str = "studio") -> Path | None:
    """Copy the database as a SQLite file into `folder`; None where there is nothing to copy."""
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        if not tables or (engine.dialect.name != "sqlite" and stored_revision(connection) is None):
            return None  # PostgreSQL's may hold other people's tables
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{prefix}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.db"
    unfinished = target.with_name(f".tmp-{target.name}")
    try:
        copies.save(engine, unfinished)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    for old in sorted(folder.glob(f"{prefix}-*.db"))[:-BACKUPS_KEPT]:
        old.unlink()
    return target


def make_schema(url: str, revision: str = HEAD) -> Engine:
    """A new database's tables as `revision` had them, no triggers; the engine, for the caller to close."""
    engine = open_migration_engine(url)
    with engine.begin() as connection:
        upgrade(connection, revision)
    return engine


def upgrade(connection: Connection, revision: str | None = None) -> None:
    """Migrate within the caller's transaction, to HEAD or to an older `revision` of an empty database.

    Triggers are put in place at HEAD alone. Raises MigrationFailed.
    """
    from alembic import command
    from alembic.config import Config

    wanted = revision or HEAD
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)
    if revision is None:
        install_triggers(connection)
    if connection.dialect.name == "sqlite":
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if orphans:
            raise MigrationFailed(f"rows that refer to nothing after migrating: {orphans[:5]}")
