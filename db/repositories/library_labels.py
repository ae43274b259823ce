"""Names and tags of a library's pictures, for measuring what a search finds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session as OrmSession

from db.tables import Item, ItemTag


class LibraryLabelRepository:
    """Of items that a session's search can find: with a picture, and no copy of another."""

    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def names(self, library_id: int) -> Sequence[Row[int, str]]:
        """(item id, file name), by id."""
        query = select(Item.id, Item.file_name).where(*self._findable(library_id))
        return self._session.execute(query.order_by(Item.id)).all()

    def tagged(self, library_id: int) -> Sequence[Row[str, int]]:
        """(tag, item id), by tag and id."""
        query = select(ItemTag.tag, Item.id).join(Item, Item.id == ItemTag.item_id)
        return self._session.execute(
            query.where(*self._findable(library_id)).order_by(ItemTag.tag, Item.id)
        ).all()

    def _findable(self, library_id: int) -> tuple[ColumnElement[bool], ...]:
        return Item.library_id == library_id, Item.duplicate_of.is_(None), Item.pictured.is_(True)
