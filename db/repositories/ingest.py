"""What an ingest asks of a library: which files it knows, what its pictures look like, copies of items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as OrmSession

from db.repositories.statements import insert, pieces
from db.tables import Item, ItemTag, ItemVector, Library


class CopyRow(NamedTuple):
    """An item as another library takes it over. `vectors`: by encoder those of picture and caption."""

    item_id: int
    sha256: str
    source_sha256: str
    file_name: str
    caption: str
    width: int
    height: int
    size: int | None
    look: bytes | None
    licence: str | None
    attribution: str | None
    source_url: str | None
    tags: tuple[str, ...]
    vectors: dict[str, tuple[bytes, bytes | None]]


class LookRow(NamedTuple):
    item_id: int
    look: bytes
    width: int
    height: int


class IngestRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def library(self, name: str) -> Library | None:
        """The row, locked until the transaction ends: its version is counted by one writer at a time."""
        query = select(Library).where(Library.name == name).with_for_update()
        return self._session.scalars(query).one_or_none()

    # --- what is known ---

    def origins(self, library_id: int) -> Iterator[tuple[str, str | None]]:
        """(hash of the file as it came, where it is from) of every item; read in pieces."""
        query = select(Item.source_sha256, Item.source_url).where(Item.library_id == library_id)
        for row in self._session.execute(query.execution_options(yield_per=1000)):
            yield row[0], row[1]

    def by_source(self, library_id: int, keys: Sequence[str]) -> dict[str, Item]:
        """Hash of the file as it came -> its item."""
        query = select(Item).where(Item.library_id == library_id, Item.source_sha256.in_(keys))
        return {row.source_sha256: row for row in self._session.scalars(query)}

    def by_address(self, library_id: int, addresses: Sequence[str]) -> dict[str, Item]:
        query = select(Item).where(Item.library_id == library_id, Item.source_url.in_(addresses))
        return {row.source_url: row for row in self._session.scalars(query) if row.source_url}

    def tags(self, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Item id -> its tags in alphabetical order; those without any are left out."""
        found: dict[int, tuple[str, ...]] = defaultdict(tuple)
        for some in pieces(ids):
            query = select(ItemTag.item_id, ItemTag.tag).where(ItemTag.item_id.in_(some))
            for item_id, tag in self._session.execute(query.order_by(ItemTag.item_id, ItemTag.tag)):
                found[item_id] += (tag,)
        return dict(found)

    def add_tags(self, tags: Mapping[int, Sequence[str]]) -> None:
        """Give items tags beside those that they have."""
        rows = [{"item_id": item, "tag": tag} for item, words in tags.items() for tag in words]
        if rows:
            self._session.execute(insert(self._session, ItemTag).on_conflict_do_nothing(), rows)

    # --- what pictures look like ---

    def looks(self, library_id: int) -> Iterator[LookRow]:
        """Of the originals that were looked at; read in pieces."""
        columns = (Item.id, Item.look, Item.width, Item.height)
        query = select(*columns).where(
            Item.library_id == library_id, Item.duplicate_of.is_(None), Item.look.is_not(None)
        )
        for row in self._session.execute(query.execution_options(yield_per=1000)):
            yield LookRow(row[0], row[1] or b"", row[2], row[3])

    def unseen(self, library_id: int) -> list[tuple[int, str]]:
        """(id, picture) of originals that nobody looked at yet: they came before looks were kept."""
        query = select(Item.id, Item.sha256).where(
            Item.library_id == library_id,
            Item.duplicate_of.is_(None),
            Item.look.is_(None),
            Item.pictured.is_(True),
        )
        return [(row[0], row[1]) for row in self._session.execute(query)]

    def set_looks(self, looks: dict[int, bytes]) -> None:
        for item_id, look in looks.items():
            self._session.execute(update(Item).where(Item.id == item_id).values(look=look))

    def images(self, ids: Sequence[int], encoder: str) -> dict[int, tuple[bytes, bytes, int, int]]:
        """Item id -> (look, image vector, width, height) of those that have all."""
        query = (
            select(Item.id, Item.look, ItemVector.image, Item.width, Item.height)
            .join(ItemVector, ItemVector.item_id == Item.id)
            .where(Item.id.in_(ids), ItemVector.encoder == encoder, Item.look.is_not(None))
        )
        return {row[0]: (row[1] or b"", row[2], row[3], row[4]) for row in self._session.execute(query)}

    # --- another library's items ---

    def count(self, library_id: int) -> tuple[int, int]:
        """(items, those with a picture)."""
        of_library = select(func.count(Item.id)).where(Item.library_id == library_id)
        pictured = of_library.where(Item.pictured.is_(True))
        return self._session.scalar(of_library) or 0, self._session.scalar(pictured) or 0

    def copies(self, library_id: int, after: int, limit: int) -> list[CopyRow]:
        """The next items with a picture, in the order of their ids, with tags and vectors."""
        query = select(Item).where(Item.library_id == library_id, Item.id > after, Item.pictured.is_(True))
        items = self._session.scalars(query.order_by(Item.id).limit(limit)).all()
        ids = [item.id for item in items]
        tags, vectors = self.tags(ids), self._vectors(ids)
        return [
            CopyRow(
                i.id, i.sha256, i.source_sha256, i.file_name, i.caption, i.width, i.height, i.bytes, i.look,
                i.licence, i.attribution, i.source_url, tags.get(i.id, ()), vectors.get(i.id, {}),
            )
            for i in items
        ]  # fmt: skip

    def _vectors(self, ids: Sequence[int]) -> dict[int, dict[str, tuple[bytes, bytes | None]]]:
        found: dict[int, dict[str, tuple[bytes, bytes | None]]] = defaultdict(dict)
        columns = (ItemVector.item_id, ItemVector.encoder, ItemVector.image, ItemVector.caption)
        for row in self._session.execute(select(*columns).where(ItemVector.item_id.in_(ids))):
            found[row[0]][row[1]] = (row[2], row[3])
        return dict(found)

    def recaption(self, item_id: int, encoder: str, vector: bytes | None, version: int) -> None:
        """The caption is another: what `encoder` reads in it, and nothing yet by the others."""
        for own, value in ((True, vector), (False, None)):
            same = ItemVector.encoder == encoder if own else ItemVector.encoder != encoder
            self._session.execute(
                update(ItemVector)
                .where(ItemVector.item_id == item_id, same)
                .values(caption=value, version=version),
                execution_options={"synchronize_session": False},
            )
