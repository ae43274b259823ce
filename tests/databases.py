"""Databases for tests, made cheap: each test process migrates one of each kind once.

SQLite: a copied file takes 2 ms, migrating one 250. PostgreSQL: one database is emptied for each test, which
takes 10 ms; a new one from a template would take 100 to 300, migrating one a second. Statements are compiled
once a process instead of once a test: a quarter of the tests' time.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from db.engine import Engines, open_engines, open_migration_engine
from db.migrate import HEAD, make_schema, migrate

SERVER = os.environ.get("AIM_STUDIO_TEST_POSTGRES", "")
"""A PostgreSQL address with the right to create databases, such as postgresql:///postgres?host=/run/pg."""

SQLITE, POSTGRESQL = "sqlite", "postgresql"


def prepared(url: str, home: Path) -> bool:
    """In place of `db.migrate.migrate`: a SQLite database that is not there yet is copied, not migrated."""
    parsed = make_url(url)
    file = Path(parsed.database or "")
    if parsed.get_backend_name() != SQLITE or file.exists():
        return migrate(url, home)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".tmp-{uuid.uuid4().hex}")
    shutil.copyfile(_sqlite_template(), temporary)
    temporary.rename(file)
    return False


def bare_schema(url: str, revision: str = HEAD) -> Engine:
    """In place of `db.migrate.make_schema`: the newest schema of SQLite is copied, not made."""
    parsed = make_url(url)
    if parsed.get_backend_name() != SQLITE or revision != HEAD:
        return make_schema(url, revision)
    shutil.copyfile(_bare_template(), parsed.database or "")
    return open_migration_engine(url)


def sharing(url: str | URL) -> Engines:
    """In place of `db.engine.open_engines`: what one test compiled, the next one finds.

    SQLAlchemy files a compiled statement under its dialect; those of one class are all alike here.
    """
    engines = open_engines(url)
    for engine in (engines.read, engines.write):
        engine.update_execution_options(compiled_cache=_COMPILED)
    return engines


_COMPILED: dict[Any, Any] = {}

for _dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    _dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
    _dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]


@cache
def _bare_template() -> Path:
    file = _template_folder() / "bare.db"
    make_schema(f"sqlite:///{file}").dispose()
    return file


@cache
def _sqlite_template() -> Path:
    folder = _template_folder()
    migrate(f"sqlite:///{folder / 'studio.db'}", folder)
    return folder / "studio.db"


def _template_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="aim-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


_RESET = """
DO $$
DECLARE name text; sequence text;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;  -- no triggers, no foreign keys
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%I', name);
    EXECUTE format('INSERT INTO public.%I SELECT * FROM pristine.%I', name, name);
  END LOOP;
  FOR sequence IN
    SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
  LOOP
    PERFORM setval(format('public.%I', sequence), 1, false);
  END LOOP;
END $$
"""

_KEEP = """
DO $$
DECLARE name text;
BEGIN
  CREATE SCHEMA pristine;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('CREATE TABLE pristine.%I AS TABLE public.%I', name, name);
  END LOOP;
END $$
"""


class Server:
    """The PostgreSQL server of `SERVER`, for one test process."""

    def __init__(self) -> None:
        self._shared = ""
        self._inside: psycopg.Connection[Any] | None = None

    def borrow(self) -> str:
        """The address of the process's migrated database, as it is when nobody used it yet."""
        if self._inside is None:
            self._shared = self.create()
            with tempfile.TemporaryDirectory() as folder:
                migrate(self._shared, Path(folder))
            plain = self._shared.replace("postgresql+psycopg", "postgresql")
            self._inside = psycopg.connect(plain, autocommit=True)
            self._inside.execute(_KEEP)
        else:
            self._inside.execute(_RESET)
        return self._shared

    def create(self) -> str:
        """The address of an empty database, for `drop` to take away."""
        name = f"aim_test_{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name}")
        return address(name)

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        if self._inside is not None:
            self._inside.close()
            self.drop(self._shared)

    def _run(self, statement: str) -> None:
        _connection().execute(text(statement))


@cache
def _connection() -> Connection:
    return create_engine(address(), isolation_level="AUTOCOMMIT").connect()


def address(name: str | None = None) -> str:
    """The server's address, or that of its database `name`, with the studio's driver."""
    url = open_migration_engine(SERVER).url
    return (url.set(database=name) if name else url).render_as_string(hide_password=False)
