"""A whole database as one SQLite file, and back: what backups are made of, whatever the studio runs on.

Rows pass in the form in which SQLite stores them (times, dates and JSON as text, truth as 0 or 1): exact, a
thousand at a time, without the ORM, so that a schema of any revision can be copied. PostgreSQL reads its own
text form of all of these.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Date, DateTime, Engine, inspect
from sqlalchemy.types import TypeEngine

ROWS = 1000
"""Read and written at once. A row with its vectors takes about 5 kB."""

VERSION_TABLE = "alembic_version"

Tell = Callable[[float], None]
"""Takes the share that is done, 0..1."""


def quiet(_share: float) -> None:
    """Tells nobody."""


def save(engine: Engine, file: Path, tell: Tell = quiet) -> str:
    """Copy the database into the new SQLite file `file`, on one snapshot, while others write; its revision.

    `file` must not exist. It is complete when this returns; after an exception it may be half-written.
    """
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("VACUUM INTO ?", (str(file),)).close()
        tell(1.0)
        return file_revision(file) or ""
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with snapshot.connect() as source:
        revision = str(source.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar_one())
        _from_postgresql(source, file, revision, tell)
    return revision


def file_revision(file: Path) -> str | None:
    """The revision of a SQLite file's schema; None where it is no database of the studio.

    Raises sqlite3.DatabaseError when it is no database at all.
    """
    with closing(_open(file)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)).fetchone():
            return None
        row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
        return str(row[0]) if row else None


def faults(file: Path) -> list[str]:
    """What is wrong with a SQLite file, by its own check; [] for a sound one. Reads all of it."""
    try:
        with closing(_open(file)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(5)
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return found + [f"a row of {row[0]} refers to nothing" for row in orphans]


def load_into_sqlite(file: Path, target: Path) -> None:
    """Make `target` equal to `file` in one transaction of SQLite's own: killed half-way it never happened.

    Programs that have `target` open see the new rows from their next transaction on.
    """
    with closing(_open(file)) as source, closing(sqlite3.connect(target, timeout=30)) as destination:
        destination.execute("PRAGMA wal_autocheckpoint = 0")  # see db/checkpoint.py
        source.backup(destination)


def load_into_postgresql(file: Path, target: Connection, tell: Tell = quiet) -> None:
    """Copy the rows of `file` into the tables of the same revision in `target`, within its transaction.

    The tables are emptied first. Raises psycopg's errors when a value does not fit its column.
    """
    order = tables_in_order(target)
    for table in reversed(order):
        if target.exec_driver_sql(f'SELECT 1 FROM "{table}" LIMIT 1').first():
            target.exec_driver_sql(f'DELETE FROM "{table}"')
    with closing(_open(file)) as source:
        counts = {table: _count(source, table) for table in order}
        done = 0
        for table in order:
            names = [column["name"] for column in inspect(target).get_columns(table)]
            rows = source.execute(f'SELECT {_quoted(names)} FROM "{table}"')
            while piece := rows.fetchmany(ROWS):
                _copy_in(target, table, names, piece)
                done += len(piece)
                tell(done / max(sum(counts.values()), 1))
            _set_sequences(target, table, names)


def tables_in_order(connection: Connection) -> list[str]:
    """The studio's tables, those that are referred to before those that refer to them."""
    found = [table for table, _ in inspect(connection).get_sorted_table_and_fkc_names() if table]
    return [table for table in found if table != VERSION_TABLE]


def _from_postgresql(source: Connection, file: Path, revision: str, tell: Tell) -> None:
    from db.migrate import HEAD, make_schema
    from db.triggers import install_triggers

    engine = make_schema(f"sqlite:///{file}", revision)
    try:
        with engine.connect() as target:
            order = tables_in_order(target)
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("BEGIN").close()
            for table in reversed(order):
                if raw.cursor().execute(f'SELECT 1 FROM "{table}"').fetchone():
                    raw.cursor().execute(f'DELETE FROM "{table}"').close()
            for place, table in enumerate(order):
                _copy_out(source, raw, table)
                tell((place + 1) / len(order))
            raw.cursor().execute("COMMIT").close()
        finally:
            raw.close()
        if revision == HEAD:
            with engine.begin() as connection:
                install_triggers(connection)
    finally:
        engine.dispose()


def _copy_out(source: Connection, raw: Any, table: str) -> None:
    columns = inspect(source).get_columns(table)
    shown = ", ".join(_as_sqlite(column["name"], column["type"]) for column in columns)
    names = [column["name"] for column in columns]
    marks = ", ".join("?" * len(names))
    found = source.execution_options(stream_results=True, max_row_buffer=ROWS).exec_driver_sql(
        f'SELECT {shown} FROM "{table}"'
    )
    for piece in found.partitions(ROWS):
        rows = [tuple(row) for row in piece]
        raw.cursor().executemany(f'INSERT INTO "{table}" ({_quoted(names)}) VALUES ({marks})', rows).close()


def _as_sqlite(name: str, kind: TypeEngine[Any]) -> str:
    """A PostgreSQL expression for a column in the form in which SQLite stores it."""
    column = f'"{name}"'
    if isinstance(kind, JSON):
        return f"{column}::text"
    if isinstance(kind, DateTime):
        return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    if isinstance(kind, Date):
        return f"to_char({column}, 'YYYY-MM-DD')"
    return f"{column}::int" if isinstance(kind, Boolean) else column


def _copy_in(target: Connection, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    driver: Any = target.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({_quoted(names)}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(tuple(_without_nul(row)))


def _without_nul(row: Sequence[Any]) -> Iterator[Any]:
    """PostgreSQL's texts cannot hold NUL; nothing that people see has one."""
    for value in row:
        yield value.replace("\0", "") if isinstance(value, str) and "\0" in value else value


def _set_sequences(target: Connection, table: str, names: Sequence[str]) -> None:
    """The next row's number comes after those that were copied."""
    for name in names:
        sequence = target.exec_driver_sql(f"SELECT pg_get_serial_sequence('\"{table}\"', '{name}')").scalar()
        if sequence:
            last = target.exec_driver_sql(f'SELECT max("{name}") FROM "{table}"').scalar()
            target.exec_driver_sql(
                f"SELECT setval('{sequence}', {int(last or 1)}, {'true' if last else 'false'})"
            )


def _count(source: sqlite3.Connection, table: str) -> int:
    return int(source.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])


def _open(file: Path) -> sqlite3.Connection:
    """To read alone. `immutable` is not asked for: the file may have a log beside it."""
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
