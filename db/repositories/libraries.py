"""Library rows, their items and the vectors that are the truth of every index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session as OrmSession

from db.repositories.statements import pieces
from db.tables import Item, ItemVector, Library


class Totals(NamedTuple):
    images: int
    duplicates: int


class SourceRow(NamedTuple):
    item_id: int
    sha256: str
    file_name: str
    caption: str


class VectorRow(NamedTuple):
    item_id: int
    sha256: str
    image: bytes
    caption: bytes | None


class LibraryRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    # --- libraries ---

    def add(self, row: Library) -> Library:
        self._session.add(row)
        self._session.flush()
        return row

    def by_name(self, name: str) -> Library | None:
        return self._session.scalars(select(Library).where(Library.name == name)).first()

    def list(self) -> Sequence[Library]:
        return self._session.scalars(select(Library).order_by(Library.built_in, Library.name)).all()

    def delete(self, row: Library) -> None:
        """Items and vectors go with it, by the database's own cascade."""
        self._session.delete(row)

    def touch(self, row: Library) -> None:
        """Count a change: indexes of the library are stale from here on."""
        row.version = row.version + 1
        self._session.flush()

    def totals(self, library_id: int) -> Totals:
        """How many items the library holds, and how many of them are duplicates of another."""
        query = select(func.count(Item.id), func.count(Item.duplicate_of))
        row = self._session.execute(query.where(Item.library_id == library_id)).one()
        return Totals(row[0], row[1])

    # --- items ---

    def items(self, library_id: int, offset: int, limit: int) -> Sequence[Item]:
        """One page, in the order in which they were added."""
        query = select(Item).where(Item.library_id == library_id).order_by(Item.id)
        return self._session.scalars(query.offset(offset).limit(limit)).all()

    def count(self, library_id: int) -> int:
        query = select(func.count(Item.id)).where(Item.library_id == library_id)
        return self._session.scalar(query) or 0

    def spread_pictures(self, library_id: int, limit: int) -> Sequence[str]:
        """The SHA-256 of up to `limit` items that are not duplicates, evenly spread from first to last."""
        place = (func.row_number().over(order_by=Item.id) - 1).label("place")
        rows = (
            select(Item.id, Item.sha256, place, func.count().over().label("total"))
            .where(Item.library_id == library_id, Item.duplicate_of.is_(None), Item.pictured.is_(True))
            .subquery()
        )
        spread = rows.c.place * limit % rows.c.total < limit
        return self._session.scalars(select(rows.c.sha256).where(spread).order_by(rows.c.id)).all()

    def pictures(self, library_id: int) -> Sequence[str]:
        return self._session.scalars(select(Item.sha256).where(Item.library_id == library_id)).all()

    def sources(self, library_id: int) -> dict[str, SourceRow]:
        """Hash of the file as it came -> what it became."""
        columns = (Item.source_sha256, Item.id, Item.sha256, Item.file_name, Item.caption)
        rows = self._session.execute(select(*columns).where(Item.library_id == library_id))
        return {row[0]: SourceRow(row[1], row[2], row[3], row[4]) for row in rows}

    def ids_by_sha256(self, library_id: int, keys: Sequence[str]) -> dict[str, int]:
        """Of `keys` those that the library holds, with their item ids."""
        query = select(Item.sha256, Item.id).where(Item.library_id == library_id)
        found: dict[str, int] = {}
        for some in pieces(keys):
            rows = self._session.execute(query.where(Item.sha256.in_(some)))
            found.update((row[0], row[1]) for row in rows)
        return found

    def by_ids(self, ids: Sequence[int]) -> dict[int, Item]:
        found: dict[int, Item] = {}
        for some in pieces(ids):
            rows = self._session.scalars(select(Item).where(Item.id.in_(some)))
            found.update((row.id, row) for row in rows)
        return found

    def add_items(self, rows: Sequence[Item]) -> None:
        """Insert and give each row its id."""
        self._session.add_all(rows)
        self._session.flush()

    def delete_items(self, rows: Sequence[Item]) -> None:
        for row in rows:
            self._session.delete(row)
        self._session.flush()

    # --- vectors ---

    def add_vectors(self, rows: Sequence[ItemVector]) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def vector(self, item_id: int, encoder: str) -> ItemVector | None:
        return self._session.get(ItemVector, (item_id, encoder))

    def items_without_vector(self, library_id: int, encoder: str) -> Sequence[Item]:
        """Those with a picture to encode."""
        has = select(ItemVector.item_id).where(ItemVector.encoder == encoder)
        query = select(Item).where(
            Item.library_id == library_id, Item.pictured.is_(True), Item.id.not_in(has)
        )
        return self._session.scalars(query.order_by(Item.id)).all()

    def count_without_vector(self, library_id: int, encoder: str) -> int:
        """Items that wait for their picture cannot be encoded: they count where nothing has a vector yet.

        Where there are as many vectors as items, which is nearly always, two indexes are counted and no row
        is read.
        """
        vectors = select(func.count()).where(
            ItemVector.library_id == library_id, ItemVector.encoder == encoder
        )
        if self._session.scalar(vectors) == self.count(library_id):
            return 0
        has = select(ItemVector.item_id).where(ItemVector.item_id == Item.id, ItemVector.encoder == encoder)
        missing = select(func.count(Item.id)).where(Item.library_id == library_id, ~has.exists())
        if count := self._session.scalar(missing.where(Item.pictured.is_(True))):
            return count
        any_vector = select(ItemVector.item_id).where(
            ItemVector.library_id == library_id, ItemVector.encoder == encoder
        )
        return 0 if self._session.scalar(any_vector.limit(1)) else self._session.scalar(missing) or 0

    def vectors(self, library_id: int, encoder: str) -> Iterator[VectorRow]:
        """Of the items that are no duplicates, in the order of their ids; read in pieces."""
        query = (
            select(ItemVector.item_id, Item.sha256, ItemVector.image, ItemVector.caption)
            .join(Item, Item.id == ItemVector.item_id)
            .where(Item.library_id == library_id, Item.duplicate_of.is_(None), ItemVector.encoder == encoder)
            .order_by(ItemVector.item_id)
            .execution_options(yield_per=1000)
        )
        for row in self._session.execute(query):
            yield VectorRow(row[0], row[1], row[2], row[3])

    def image_vectors(self, ids: Sequence[int], encoder: str | None) -> dict[int, tuple[str, bytes]]:
        """Item id -> (SHA-256 of its picture, image vector), by `encoder` or its library's own."""
        found: dict[int, tuple[str, bytes]] = {}
        query = (
            select(Item.id, Item.sha256, ItemVector.image)
            .join(ItemVector, ItemVector.item_id == Item.id)
            .join(Library, Library.id == Item.library_id)
            .where(ItemVector.encoder == (encoder or Library.encoder))
        )
        for some in pieces(ids):
            rows = self._session.execute(query.where(Item.id.in_(some)))
            found.update((row[0], (row[1], row[2])) for row in rows)
        return found

    def vectors_of_pictures(self, keys: Sequence[str], encoder: str) -> dict[str, bytes]:
        """SHA-256 of a picture -> its image vector by `encoder`, from whichever library has one."""
        found: dict[str, bytes] = {}
        query = (
            select(Item.sha256, ItemVector.image)
            .join(ItemVector, ItemVector.item_id == Item.id)
            .where(ItemVector.encoder == encoder)
            .order_by(Item.id.desc())
        )
        for some in pieces(keys):
            rows = self._session.execute(query.where(Item.sha256.in_(some)))
            found.update((row[0], row[1]) for row in rows)
        return found
