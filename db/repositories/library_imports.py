"""Items that came with an index alone: what is there of them, and which wait for their picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session as OrmSession

from db.tables import Item, ItemVector, Library


class Waiting(NamedTuple):
    item_id: int
    file_name: str


class LibraryImportRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def library(self, name: str) -> Library | None:
        return self._session.scalars(select(Library).where(Library.name == name)).one_or_none()

    def source_keys(self, library_id: int) -> set[str]:
        """What each item was made of: hashes of its file, or of its name and vector."""
        return set(self._session.scalars(select(Item.source_sha256).where(Item.library_id == library_id)))

    def originals(self, library_id: int, encoder: str) -> Iterator[tuple[int, bytes]]:
        """(item id, packed vector) of the items that are no duplicates; read in pieces."""
        query = (
            select(ItemVector.item_id, ItemVector.image)
            .join(Item, Item.id == ItemVector.item_id)
            .where(
                ItemVector.library_id == library_id,
                ItemVector.encoder == encoder,
                Item.duplicate_of.is_(None),
            )
            .execution_options(yield_per=1000)
        )
        for row in self._session.execute(query):
            yield row[0], row[1]

    def waiting(self, library_id: int) -> list[Waiting]:
        """Items without their picture, in the order in which they were added."""
        query = select(Item.id, Item.file_name).where(Item.library_id == library_id, Item.pictured.is_(False))
        return [Waiting(row[0], row[1]) for row in self._session.execute(query.order_by(Item.id))]

    def count_waiting(self, library_id: int) -> int:
        query = select(func.count(Item.id)).where(Item.library_id == library_id, Item.pictured.is_(False))
        return self._session.scalar(query) or 0

    def items(self, ids: Sequence[int], library_id: int) -> dict[int, Item]:
        """Of `ids` (a batch) those that the library still holds."""
        query = select(Item).where(Item.library_id == library_id, Item.id.in_(ids))
        return {row.id: row for row in self._session.scalars(query)}

    def holders(self, keys: Sequence[str], library_id: int) -> dict[str, Item]:
        """SHA-256 of a picture -> the item that shows it already."""
        query = select(Item).where(Item.library_id == library_id, Item.sha256.in_(keys))
        return {row.sha256: row for row in self._session.scalars(query)}

    def rename_space(self, library_id: int, old: str, new: str, version: int) -> int:
        """Vectors of the space `old` become vectors of `new`, but for items that have one there already;
        how many."""
        there = select(ItemVector.item_id).where(
            ItemVector.library_id == library_id, ItemVector.encoder == new
        )
        changed = (
            update(ItemVector)
            .where(
                ItemVector.library_id == library_id,
                ItemVector.encoder == old,
                ItemVector.item_id.not_in(there),
            )
            .values(encoder=new, version=version)
        )
        done = self._session.execute(changed, execution_options={"synchronize_session": False})
        return int(cast(CursorResult[Any], done).rowcount)
