"""Items of a library in full, piece by piece, as they are handed over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session as OrmSession

from db.tables import Item, ItemTag, ItemVector, Library


class LibraryExportRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def library(self, name: str) -> Library | None:
        return self._session.scalars(select(Library).where(Library.name == name)).one_or_none()

    def items(self, library_id: int, pictured: bool, after: int, limit: int) -> Sequence[Item]:
        """The next items after the id `after`, those with a picture or those without."""
        query = select(Item).where(
            Item.library_id == library_id, Item.pictured.is_(pictured), Item.id > after
        )
        return self._session.scalars(query.order_by(Item.id).limit(limit)).all()

    def tags(self, ids: Sequence[int]) -> dict[int, list[str]]:
        """Of a piece of items: id -> its tags by name."""
        query = select(ItemTag.item_id, ItemTag.tag).where(ItemTag.item_id.in_(ids))
        found: dict[int, list[str]] = {}
        for row in self._session.execute(query.order_by(ItemTag.item_id, ItemTag.tag)):
            found.setdefault(row[0], []).append(row[1])
        return found

    def vectors(self, ids: Sequence[int], encoder: str) -> dict[int, bytes]:
        """Of a piece of items: id -> its packed image vector."""
        query = select(ItemVector.item_id, ItemVector.image).where(
            ItemVector.encoder == encoder, ItemVector.item_id.in_(ids)
        )
        return {row[0]: row[1] for row in self._session.execute(query)}

    def named(self, library_id: int, file_name: str, limit: int = 2) -> Sequence[int]:
        """Ids of items of this file name."""
        query = select(Item.id).where(Item.library_id == library_id, Item.file_name == file_name)
        return self._session.scalars(query.order_by(Item.id).limit(limit)).all()

    def holds(self, library_id: int, item_id: int) -> bool:
        query = select(Item.id).where(Item.library_id == library_id, Item.id == item_id)
        return self._session.scalar(query) is not None
