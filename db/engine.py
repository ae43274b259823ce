"""Two engines on one database: one that reads, one that writes.

Writers take turns, on both databases alike: a service reads, decides and writes without another writer in
between, so it needs no retries and meets no deadlock. Readers run beside them, each on one snapshot.

On SQLite every write transaction begins with BEGIN IMMEDIATE: it waits for its turn at the start
instead of failing half-way ("database is locked") when it turns from reader to writer. Writers of
one process also queue for a single connection, which is fair and needs no polling. On PostgreSQL it begins
with an advisory lock, which the server releases with the transaction, however that ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url

BUSY_TIMEOUT_MS = 15_000
"""How long a writer waits for another process. Our transactions take milliseconds."""

WRITER_QUEUE_S = 30
"""How long a thread waits for the other writers of its own process; on PostgreSQL: for all."""

WAL_KEPT_BYTES = 2 * 2**20
"""What SQLite's log keeps of its room once it is copied back. Its size then says what is still in it."""

WRITER_LOCK = 417042
"""The advisory lock that writers on PostgreSQL hold. Locks are a database's own, never the server's."""

TURN_IDLE_S = 20
"""How long a writer may do nothing inside its transaction. Below WRITER_QUEUE_S."""

POSTGRESQL_SESSION = {
    "timezone": "UTC",
    "lock_timeout": f"{WRITER_QUEUE_S}s",
    "statement_timeout": "60s",  # ours take milliseconds; one that hangs must not hang the studio
    "idle_in_transaction_session_timeout": "120s",  # a stopped process must not keep the others waiting
}

POSTGRESQL_CONNECTION = {
    "connect_timeout": 5,
    "application_name": "aim-studio",
    # A host that vanished is noticed within half a minute, not after the system's two hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

RECYCLE_S = 1800
"""Connections are made anew after half an hour: firewalls and balancers drop old ones silently."""


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
    parsed = database_url(url)
    if parsed.get_backend_name() != "sqlite":
        return _postgresql_engines(parsed)
    write = create_engine(parsed, pool_size=1, max_overflow=0, pool_timeout=WRITER_QUEUE_S)
    _configure_sqlite(write, begin="BEGIN IMMEDIATE")
    read = create_engine(parsed, pool_size=8, max_overflow=24)
    _configure_sqlite(read, begin="BEGIN", query_only=True)
    return Engines(read=read, write=write)


def open_migration_engine(url: str | URL) -> Engine:
    """An engine for migrations and copies alone: on SQLite with foreign keys off, without time limits.

    Batch mode drops and re-creates tables, which with foreign keys on and ON DELETE CASCADE deletes
    every child row.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed)
        _configure_sqlite(engine, begin="BEGIN IMMEDIATE", foreign_keys=False)
        return engine
    return create_engine(parsed, connect_args=dict(POSTGRESQL_CONNECTION), pool_pre_ping=True)


def database_url(url: str | URL) -> URL:
    """`url` with the driver that is installed: psycopg for postgres:// and postgresql://."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def take_turn(connection: Connection) -> None:
    """Wait for the other writers, as every write transaction on PostgreSQL does at its start."""
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")


def _begin_write(connection: Connection) -> None:
    """A process that is stopped inside its turn loses it before the others give up waiting for theirs."""
    connection.exec_driver_sql(
        f"SELECT set_config('idle_in_transaction_session_timeout', '{TURN_IDLE_S}s', true), "
        f"pg_advisory_xact_lock({WRITER_LOCK})"
    )


def _postgresql_engines(url: URL) -> Engines:
    """Both engines share a pool. A connection that the server dropped is found before it is used."""
    base = create_engine(
        url,
        pool_pre_ping=True,
        pool_recycle=RECYCLE_S,
        pool_size=8,
        max_overflow=24,
        pool_timeout=WRITER_QUEUE_S,
        connect_args=dict(POSTGRESQL_CONNECTION),
    )

    def on_connect(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        for name, value in POSTGRESQL_SESSION.items():
            connection.execute(f"SET {name} = '{value}'")
        connection.autocommit = False

    event.listen(base, "connect", on_connect)
    read = base.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    write = base.execution_options(isolation_level="READ COMMITTED")
    event.listen(write, "begin", _begin_write)
    return Engines(read=read, write=write)


def _configure_sqlite(
    engine: Engine, *, begin: str, foreign_keys: bool = True, query_only: bool = False
) -> None:
    pragmas = (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",  # first: switching to WAL itself may have to wait
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        # None checkpoints by itself: see db/checkpoint.py for why that can damage a database.
        "wal_autocheckpoint = 0",
        f"journal_size_limit = {WAL_KEPT_BYTES}",  # cut back by the first commit after a checkpoint
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
