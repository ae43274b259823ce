"""Time as the database sees it: the one clock that all workers share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, type_coerce
from sqlalchemy.orm import Session

from db.base import UtcDateTime


def database_now(session: Session, plus_seconds: float = 0.0) -> ColumnElement[datetime]:
    """An SQL expression: the database's present time, `plus_seconds` later (or earlier)."""
    return now_in(session.get_bind().dialect.name, plus_seconds)


def now_in(dialect: str, plus_seconds: float = 0.0) -> ColumnElement[datetime]:
    """As `database_now`, for a statement that is built once for every session of a dialect."""
    if dialect == "sqlite":
        moment = func.strftime("%Y-%m-%d %H:%M:%f", "now", f"{plus_seconds:+.3f} seconds")
        return type_coerce(moment.op("||")("000"), UtcDateTime)  # microseconds, as they are stored
    return type_coerce(
        func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, plus_seconds), UtcDateTime
    )
