"""Two engines on one database: one that reads, one that writes.

On SQLite every write transaction begins with BEGIN IMMEDIATE: it waits for its turn at the start
instead of failing half-way ("database is locked") when it turns from reader to writer. Writers of
one process also queue for a single connection, which is fair and needs no polling. Reads run beside
them on a WAL snapshot. On PostgreSQL both names mean the same engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url

BUSY_TIMEOUT_MS = 15_000
"""How long a writer waits for another process. Our transactions take milliseconds."""

WRITER_QUEUE_S = 30
"""How long a thread waits for the other writers of its own process."""


@dataclass(frozen=True, slots=True)
class Engines:
    """`read` refuses writes on SQLite; `write` takes the write lock when a transaction begins."""

    read: Engine
    write: Engine

    def dispose(self) -> None:
        self.read.dispose()
        if self.write is not self.read:
            self.write.dispose()


def open_engines(url: str | URL) -> Engines:
    """Engines for `url`. Nothing is connected before the first use."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True)
        return Engines(read=engine, write=engine)
    write = create_engine(parsed, pool_size=1, max_overflow=0, pool_timeout=WRITER_QUEUE_S)
    _configure_sqlite(write, begin="BEGIN IMMEDIATE")
    read = create_engine(parsed, pool_size=8, max_overflow=24)
    _configure_sqlite(read, begin="BEGIN", query_only=True)
    return Engines(read=read, write=write)


def open_migration_engine(url: str | URL) -> Engine:
    """An engine for migrations alone: on SQLite with foreign keys off.

    Batch mode drops and re-creates tables, which with foreign keys on and ON DELETE CASCADE deletes
    every child row.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        _configure_sqlite(engine, begin="BEGIN IMMEDIATE", foreign_keys=False)
    return engine


def _configure_sqlite(
    engine: Engine, *, begin: str, foreign_keys: bool = True, query_only: bool = False
) -> None:
    pragmas = (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",  # first: switching to WAL itself may have to wait
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        # SQLite before 3.51.3 can corrupt the WAL when two connections checkpoint at the same
        # moment: none does so by itself, see checkpoint().
        "wal_autocheckpoint = 0",
        f"query_only = {'ON' if query_only else 'OFF'}",
    )

    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver leaves BEGIN to on_begin
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def checkpoint(engine: Engine) -> None:
    """Copy SQLite's write-ahead log into the database without blocking anyone; no-op elsewhere.

    The caller makes sure that only one process does it at a time.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").close()
    finally:
        raw.close()
