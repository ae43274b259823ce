"""What a database says when it refuses, in sentences. Faults of our own SQL or data pass as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.errors import StorageError, Unavailable
from services.messages import N_

BUSY, TOO_SLOW, SHUTTING_DOWN, STARTING = "55P03", "57014", ("57P01", "57P02"), "57P03"
FULL, TOO_MANY = "53100", "53300"
"""PostgreSQL's codes; SQLite, and PostgreSQL before a connection stands, give words alone."""

_REFUSED = ("password authentication failed", "role ", "no pg_hba.conf entry", "no password supplied")


@contextmanager
def storage_errors() -> Iterator[None]:
    """Translate the database's refusals into StorageError; Unavailable where it does not answer at all."""
    try:
        yield
    except OperationalError as error:
        raise _sentence(error) from error
    except PoolTimeout as error:
        raise _busy() from error
    except (IntegrityError, ProgrammingError):
        raise
    except DatabaseError as error:
        raise _sentence(error) from error


def _sentence(error: DatabaseError) -> StorageError:
    reason, code = str(error.orig), str(getattr(error.orig, "sqlstate", None) or "")
    if code == FULL or "full" in reason:
        return StorageError(N_("The disk is full. What was saved is safe; free some space and try again."))
    if code == BUSY or "locked" in reason:
        return _busy()
    if code == TOO_SLOW:
        return StorageError(
            N_("The database took too long to answer. Nothing was changed; try again in a moment.")
        )
    if "malformed" in reason or "not a database" in reason:
        return StorageError(
            N_("The database file is damaged ({reason}). Restore a copy from the backups folder."),
            reason=reason,
        )
    if type(error.orig).__module__.startswith("psycopg"):
        return _server(error, reason, code)
    return StorageError(
        N_("The database cannot be reached ({reason}). What was saved is safe; try again."), reason=reason
    )


def _server(error: DatabaseError, reason: str, code: str) -> StorageError:
    """A PostgreSQL server's refusal. Its own words name hosts and users: they stay in the log."""
    if not code and "database" in reason and "does not exist" in reason:
        return StorageError(
            N_("The database server has no such database. Make it there, or correct AIM_STUDIO_DATABASE_URL.")
        )
    if not code and any(sign in reason for sign in _REFUSED):
        return StorageError(
            N_("The database server refused the user or password. Correct AIM_STUDIO_DATABASE_URL.")
        )
    if code == TOO_MANY:
        return Unavailable(
            N_("The database server has no connection left. What was saved is safe; try again in a moment.")
        )
    if not code or error.connection_invalidated or code in (*SHUTTING_DOWN, STARTING):
        return Unavailable(
            N_(
                "The database does not answer, so runs and the queue are unavailable. What was saved is "
                "safe; runs go on by themselves when it is back."
            )
        )
    return StorageError(
        N_("The database refused ({reason}). What was saved is safe; try again."),
        reason=reason.splitlines()[0],
    )


def _busy() -> StorageError:
    return StorageError(N_("The database is busy. Nothing was lost; try again in a moment."))
