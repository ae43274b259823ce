"""People's rows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session as OrmSession

from db.tables import Person


class PeopleRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def add(self, row: Person) -> Person:
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, person_id: str) -> Person | None:
        return self._session.get(Person, person_id)

    def by_identity(self, issuer: str, subject: str) -> Person | None:
        query = select(Person).where(Person.issuer == issuer, Person.subject == subject)
        return self._session.scalars(query).first()

    def rows(self) -> Sequence[Person]:
        """Everybody, by name."""
        return self._session.scalars(select(Person).order_by(func.lower(Person.name), Person.id)).all()

    def of_role(self, role: str, lock: bool = False) -> Sequence[Person]:
        """Those of this role. `lock`: nobody else changes them before the transaction ends."""
        query = select(Person).where(Person.role == role)
        return self._session.scalars(query.with_for_update() if lock else query).all()

    def names(self) -> dict[str, str]:
        """Id -> name, of everybody."""
        return {row.id: row.name for row in self._session.execute(select(Person.id, Person.name))}
