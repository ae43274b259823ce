"""What an index is made of, and what changed since it was made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session as OrmSession

from db.repositories.statements import pieces
from db.tables import Item, ItemVector, Library


class IndexRow(NamedTuple):
    """An item's packed vectors in one space, and the library's version when they were written."""

    item_id: int
    version: int
    image: bytes
    caption: bytes | None


class IndexRowRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def library(self, library_id: int) -> tuple[datetime, int] | None:
        """(birthday, version) as they are now; None when it is gone. Ids are used again, birthdays not."""
        row = self._session.execute(
            select(Library.created_at, Library.version).where(Library.id == library_id)
        ).first()
        return (row[0], row[1]) if row else None

    def changed(self, library_id: int, encoder: str, since: int) -> Sequence[int]:
        """Ids of items whose vector was written after version `since`, in order; the index alone is read."""
        query = _of(library_id, encoder, since, select(ItemVector.item_id))
        return sorted(self._session.scalars(query))

    def count_changed(self, library_id: int, encoder: str, since: int = -1) -> int:
        return (
            self._session.scalar(_of(library_id, encoder, since, select(func.count(ItemVector.item_id)))) or 0
        )

    def rows(self, ids: Sequence[int], library_id: int, encoder: str) -> list[IndexRow]:
        """Of `ids` those that are in the library, have a vector of `encoder` and are no duplicates."""
        # What a row must be stands here and not in WHERE: SQLite would walk the index of all rows of the
        # library, or of all that are no duplicates, rather than look these ids up.
        query = (
            select(
                ItemVector.item_id,
                ItemVector.version,
                ItemVector.image,
                ItemVector.caption,
                Item.library_id,
                Item.duplicate_of,
            )
            .join(Item, Item.id == ItemVector.item_id)
            .where(ItemVector.encoder == encoder)
        )
        found: list[IndexRow] = []
        for some in pieces(ids):
            rows = self._session.execute(query.where(ItemVector.item_id.in_(some)))
            sound = (row for row in rows if row[4] == library_id and row[5] is None)
            found += [IndexRow(row[0], row[1], row[2], row[3]) for row in sound]
        return found

    def remove(self, ids: Sequence[int], encoder: str) -> None:
        """Forget these vectors: their items count as not encoded."""
        for some in pieces(ids):
            self._session.execute(
                delete(ItemVector).where(ItemVector.item_id.in_(some), ItemVector.encoder == encoder)
            )


def _of(library_id: int, encoder: str, since: int, query: Select[tuple[int]]) -> Select[tuple[int]]:
    return query.where(
        ItemVector.library_id == library_id, ItemVector.encoder == encoder, ItemVector.version > since
    )
