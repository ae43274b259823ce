"""Vectors of a library in part: those that a map shows, by item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session as OrmSession

from db.repositories.statements import pieces
from db.tables import Item, ItemVector, Run


class Row(NamedTuple):
    """An item and its packed vectors in one encoder's space."""

    item_id: int
    image: bytes
    caption: bytes | None
    text: str


class LibraryVectorRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def ids(self, library_id: int, encoder: str) -> Sequence[int]:
        """Items with a vector of `encoder` that are no duplicates, in the order in which they were added."""
        has = select(ItemVector.item_id).where(ItemVector.item_id == Item.id, ItemVector.encoder == encoder)
        query = select(Item.id).where(
            Item.library_id == library_id, Item.duplicate_of.is_(None), has.exists()
        )
        return self._session.scalars(query.order_by(Item.id)).all()

    def rows(self, ids: Sequence[int], encoder: str) -> list[Row]:
        """Of `ids` those with a vector of `encoder`, in the order of their ids."""
        query = (
            select(ItemVector.item_id, ItemVector.image, ItemVector.caption, Item.caption)
            .join(Item, Item.id == ItemVector.item_id)
            .where(ItemVector.encoder == encoder)
            .order_by(ItemVector.item_id)
        )
        found: list[Row] = []
        for some in pieces(ids):
            rows = self._session.execute(query.where(ItemVector.item_id.in_(some)))
            found += [Row(row[0], row[1], row[2], row[3]) for row in rows]
        return found

    def finished_run(self, kind: str, dedupe_key: str) -> str | None:
        """The id of the newest finished run of this key: what it made is a cache for the next who asks."""
        query = select(Run.id).where(Run.kind == kind, Run.state == "done", Run.dedupe_key == dedupe_key)
        return self._session.scalar(query.order_by(Run.created_at.desc()).limit(1))
