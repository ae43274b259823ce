"""Statements that every repository builds the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as OrmSession

from db.base import Base

T = TypeVar("T")

VALUES_PER_QUERY = 10_000
"""In one IN list. SQLite takes at most 32766 parameters in one statement."""


def pieces(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """`values` in order, in pieces short enough for one IN list."""
    for start in range(0, len(values), VALUES_PER_QUERY):
        yield values[start : start + VALUES_PER_QUERY]


def insert(session: OrmSession, table: type[Base]) -> Any:
    """An insert of the session's own dialect, with ON CONFLICT: for rows that another may add meanwhile."""
    dialects: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
    return dialects[session.get_bind().dialect.name](cast(Table, table.__table__))
