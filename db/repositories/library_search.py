"""What a search asks of the rows: who may be found, and what is shown of those that were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session as OrmSession

from db.repositories.statements import pieces
from db.tables import Item, ItemTag, ItemVector


class ItemVectors(NamedTuple):
    image: bytes
    caption: bytes | None


class Facets(NamedTuple):
    """What a library can be filtered by: (word, items that have it), most common first."""

    tags: list[tuple[str, int]]
    licences: list[tuple[str, int]]
    without_licence: int


class LibrarySearchRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def allowed(
        self, library_id: int, tags: Sequence[str], licences: Sequence[str], unknown: bool
    ) -> NDArray[np.int64]:
        """Ids of the items that have all `tags`, and one of `licences` or, where `unknown`, none; ascending.

        Without duplicates: no index holds them. Neither licences nor `unknown`: whatever the licence is.
        One indexed query.
        """
        query = self._items(library_id)
        for tag in tags:
            query = query.where(Item.id.in_(select(ItemTag.item_id).where(ItemTag.tag == tag)))
        if licences or unknown:
            terms: list[ColumnElement[bool]] = [Item.licence.in_(licences)] if licences else []
            terms += [Item.licence.is_(None), Item.licence == ""] if unknown else []
            query = query.where(or_(*terms))
        return np.fromiter(self._session.scalars(query), np.int64)

    def pictured(self, library_id: int) -> NDArray[np.int64] | None:
        """Ids of the items that have a picture to show; None where all have."""
        bare = select(Item.id).where(Item.library_id == library_id, Item.pictured.is_(False)).limit(1)
        if self._session.scalar(bare) is None:
            return None
        query = self._items(library_id).where(Item.pictured.is_(True))
        return np.fromiter(self._session.scalars(query), np.int64)

    def twins(self, item_id: int) -> set[int]:
        """The item and all that were found to show the same picture."""
        original = select(func.coalesce(Item.duplicate_of, Item.id)).where(Item.id == item_id)
        first = self._session.scalar(original)
        if first is None:
            return {item_id}
        query = select(Item.id).where(or_(Item.id == first, Item.duplicate_of == first))
        return {item_id, *self._session.scalars(query)}

    def tags(self, item_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Item id -> its tags in the order of the alphabet; items without any are not in it."""
        found: dict[int, list[str]] = {}
        query = select(ItemTag.item_id, ItemTag.tag).order_by(ItemTag.tag)
        for some in pieces(item_ids):
            for item_id, tag in self._session.execute(query.where(ItemTag.item_id.in_(some))):
                found.setdefault(item_id, []).append(tag)
        return {item_id: tuple(tags) for item_id, tags in found.items()}

    def vectors(self, item_ids: Sequence[int], encoder: str) -> dict[int, ItemVectors]:
        """Item id -> what is stored of it in the space of `encoder`."""
        found: dict[int, ItemVectors] = {}
        query = select(ItemVector.item_id, ItemVector.image, ItemVector.caption)
        for some in pieces(item_ids):
            rows = self._session.execute(
                query.where(ItemVector.item_id.in_(some), ItemVector.encoder == encoder)
            )
            found.update((row[0], ItemVectors(row[1], row[2])) for row in rows)
        return found

    def sample(self, library_id: int, encoder: str, count: int) -> list[ItemVectors]:
        """Some `count` items that are no duplicates, spread over the library; always the same ones."""
        total = self._session.scalar(select(func.count(Item.id)).where(Item.library_id == library_id)) or 0
        query = (
            select(ItemVector.image, ItemVector.caption)
            .join(Item, Item.id == ItemVector.item_id)
            .where(Item.library_id == library_id, Item.duplicate_of.is_(None), ItemVector.encoder == encoder)
            .where(Item.id % max(1, total // count) == 0)
            .order_by(Item.id)
            .limit(count)
        )
        return [ItemVectors(row[0], row[1]) for row in self._session.execute(query)]

    def _items(self, library_id: int) -> Select[int]:
        ours = (Item.library_id == library_id, Item.duplicate_of.is_(None))
        return select(Item.id).where(*ours).order_by(Item.id)

    def facets(self, library_id: int, limit: int) -> Facets:
        """The `limit` most common tags and licences of the library."""
        items = func.count(Item.id)
        tags = (
            select(ItemTag.tag, items)
            .join(Item, Item.id == ItemTag.item_id)
            .where(Item.library_id == library_id)
            .group_by(ItemTag.tag)
            .order_by(items.desc(), ItemTag.tag)
            .limit(limit)
        )
        licences = (
            select(Item.licence, items)
            .where(Item.library_id == library_id)
            .group_by(Item.licence)
            .order_by(items.desc(), Item.licence)
        )
        rows = [(row[0], row[1]) for row in self._session.execute(licences)]
        return Facets(
            [(row[0], row[1]) for row in self._session.execute(tags)],
            [(licence, count) for licence, count in rows if licence][:limit],
            sum(count for licence, count in rows if not licence),
        )
