"""One write transaction. Nothing is saved without an explicit `commit()`."""

from __future__ import annotations

import threading
from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.orm import Session

_open = threading.local()


class UnitOfWork:
    """`with UnitOfWork(engine) as work: ...; work.commit()`. Leaving without commit rolls back.

    Objects stay readable after the commit. Keep it short: on SQLite it is the only writer while it
    is open. Opening a second one inside it, in the same thread, raises RuntimeError, because it
    would wait for itself.
    """

    session: Session

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> UnitOfWork:
        if getattr(_open, "work", None) is not None:
            raise RuntimeError("a unit of work is already open in this thread: pass its session on")
        self.session = Session(self._engine, expire_on_commit=False)
        _open.work = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _open.work = None
        self.session.close()  # rolls back whatever was not committed

    def commit(self) -> None:
        self.session.commit()

    def rollback(self) -> None:
        self.session.rollback()
