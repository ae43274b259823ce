"""The process's database: opened, and migrated, at first use; for people who may look, and nobody else.

with unit_of_work() as work:
    work.session.add(row)
    work.commit()

with read_session() as session:
    session.scalars(...)
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from db import checkpoint as db_checkpoint
from db.engine import Engines, open_engines
from db.errors import MigrationFailed, SchemaTooNew
from db.migrate import migrate
from db.unit_of_work import UnitOfWork
from services.database_faults import storage_errors
from services.errors import StorageError, Unavailable
from services.messages import N_
from services.people import Role, require
from services.settings import Settings, get_settings

WAL_BYTES = 8 * 2**20
"""Above this the write-ahead log is copied back into the database; reads slow down with its length."""

CHECKPOINT_SECONDS = 5.0
"""Between two tries of one process: a reader of an old snapshot may keep the log long for a while."""

log = logging.getLogger(__name__)

_lock = threading.Lock()
_tried_at = float("-inf")
_opened: tuple[Settings, Engines] | None = None


@contextmanager
def unit_of_work() -> Iterator[UnitOfWork]:
    """One write transaction: save with `.commit()`; leaving early rolls back.

    Raises StorageError; NotAllowed when nobody is signed in. What a role may change, services ask before.
    """
    require(Role.VIEWER)
    settings, engines = _open()
    with storage_errors(), UnitOfWork(engines.write) as work:
        yield work
    if _wal_size(settings) > WAL_BYTES and _checkpoint_due():
        checkpoint()


@contextmanager
def read_session() -> Iterator[Session]:
    """A session that only reads, on one snapshot of the database. Raises StorageError, NotAllowed."""
    require(Role.VIEWER)
    _, engines = _open()
    with storage_errors(), Session(engines.read, expire_on_commit=False) as session:
        yield session


def ensure_database() -> None:
    """Open the database and bring it to this version's schema; quick when that is done already.

    Raises StorageError when it cannot be opened, or was written by a newer version.
    """
    _open()


def is_there() -> bool:
    """Does the database answer? For a page that waits until it is back; asks nobody's role."""
    try:
        _, engines = _open()
        with storage_errors(), engines.read.connect() as connection:
            connection.execute(text("SELECT 1"))
    except Unavailable:
        return False
    return True


def reset_database() -> None:
    """Close all connections; the next use opens the database of the then current settings."""
    global _opened
    with _lock:
        if _opened is not None:
            _opened[1].dispose()
            _opened = None


def checkpoint() -> None:
    """Copy the write-ahead log back, unless another process is at it. What is committed stays either way."""
    settings, engines = _open()
    try:
        with FileLock(_locks(settings) / "checkpoint.lock", timeout=0), storage_errors():
            db_checkpoint.checkpoint(engines)
    except Timeout:
        return
    except StorageError:
        log.warning("the write-ahead log could not be copied back; at the next time then", exc_info=True)


def _open() -> tuple[Settings, Engines]:
    global _opened
    settings = get_settings()
    opened = _opened
    if opened is not None and _same(opened[0], settings):
        return opened
    with _lock:
        if _opened is None or not _same(_opened[0], settings):
            if _opened is not None:
                _opened[1].dispose()
            _opened = (settings, _prepare(settings))
        return _opened


def _same(opened: Settings, settings: Settings) -> bool:
    """Other settings may change while the studio runs; the database is opened anew for these alone."""
    return opened is settings or (
        opened.home == settings.home and opened.database_url == settings.database_url
    )


def _prepare(settings: Settings) -> Engines:
    url = settings.resolved_database_url
    try:
        _locks(settings).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            N_("The folder {home} cannot be written to. Set AIM_STUDIO_HOME to a folder of your own."),
            home=str(settings.home),
        ) from error
    try:
        with storage_errors():
            migrated = migrate(url, settings.home)
    except (ArgumentError, ImportError) as error:  # no such database or no driver for it here
        raise StorageError(
            N_("The database address in AIM_STUDIO_DATABASE_URL cannot be used here ({reason})."),
            reason=str(error),
        ) from error
    except SchemaTooNew as error:
        raise StorageError(
            N_(
                "This database was made by a newer version of AIM Studio. Update the studio, or set "
                "AIM_STUDIO_HOME to another folder; nothing was changed."
            )
        ) from error
    except MigrationFailed as error:
        raise StorageError(
            N_("The database could not be brought up to date. Nothing was changed; a copy is in {folder}."),
            folder=str(settings.home / "backups"),
        ) from error
    engines = open_engines(url)
    if migrated:
        _make_figures(engines)
    return engines


def _make_figures(engines: Engines) -> None:
    """What a migration left to be made, so that the first page need not wait for it."""
    from services.campaign_figures.settle import settle  # numpy, which few processes need for this

    with storage_errors(), UnitOfWork(engines.write) as work:
        settle(work.session)
        work.commit()


def _checkpoint_due() -> bool:
    global _tried_at
    if time.monotonic() - _tried_at < CHECKPOINT_SECONDS:
        return False
    _tried_at = time.monotonic()
    return True


def _locks(settings: Settings) -> Path:
    return settings.home / "locks"


def _wal_size(settings: Settings) -> int:
    if settings.database_url:
        return 0
    try:
        return (settings.home / "studio.db-wal").stat().st_size
    except FileNotFoundError:
        return 0


atexit.register(reset_database)  # the last connection's close folds the log into the database
