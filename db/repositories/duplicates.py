"""Pictures that a library holds twice: marks, pairs, and what a merge moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session as OrmSession

from db.repositories.statements import pieces
from db.tables import Item, ItemTag, ItemVector, Library


class Candidate(NamedTuple):
    """An item as the search for duplicates sees it."""

    item_id: int
    sha256: str
    pictured: bool
    kept: bool


class DuplicateRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def library(self, name: str) -> Library | None:
        return self._session.scalars(select(Library).where(Library.name == name)).one_or_none()

    # --- pairs as they are shown ---

    def count(self, library_id: int) -> int:
        return self._session.scalar(_marked(select(func.count(Item.id)), library_id)) or 0

    def pairs(self, library_id: int, offset: int, limit: int) -> list[tuple[Item, Item]]:
        """(original, copy), the copies of one original together, originals in the order of their ids."""
        query = _marked(select(Item), library_id).order_by(Item.duplicate_of, Item.id)
        copies = self._session.scalars(query.offset(offset).limit(limit)).all()
        originals = self.items({copy.duplicate_of for copy in copies if copy.duplicate_of}, library_id)
        return [(originals[c.duplicate_of], c) for c in copies if c.duplicate_of in originals]

    def items(self, ids: Sequence[int] | set[int], library_id: int) -> dict[int, Item]:
        """Of `ids` those that the library holds."""
        found: dict[int, Item] = {}
        for some in pieces(sorted(ids)):
            query = select(Item).where(Item.library_id == library_id, Item.id.in_(some))
            found.update((row.id, row) for row in self._session.scalars(query))
        return found

    def marked_ids(self, library_id: int, after: int, limit: int) -> Sequence[int]:
        """The next copies by id."""
        query = _marked(select(Item.id), library_id).where(Item.id > after)
        return self._session.scalars(query.order_by(Item.id).limit(limit)).all()

    def copies_of(self, ids: Sequence[int]) -> list[Item]:
        found: list[Item] = []
        for some in pieces(ids):
            query = select(Item).where(Item.duplicate_of.in_(some)).order_by(Item.id)
            found += self._session.scalars(query).all()
        return found

    # --- the search for more ---

    def originals(self, library_id: int, encoder: str) -> list[Candidate]:
        """Items with a vector of `encoder` that are no copies: pictured ones first, the larger first."""
        query = (
            select(Item.id, Item.sha256, Item.pictured, Item.kept)
            .join(ItemVector, ItemVector.item_id == Item.id)
            .where(
                ItemVector.library_id == library_id,
                ItemVector.encoder == encoder,
                Item.duplicate_of.is_(None),
            )
        )
        rows = self._session.execute(
            query.order_by(Item.pictured.desc(), (Item.width * Item.height).desc(), Item.id)
        )
        return [Candidate(row[0], row[1], row[2], row[3]) for row in rows]

    def images(self, ids: Sequence[int], encoder: str) -> dict[int, bytes]:
        """Item id -> its packed image vector."""
        query = select(ItemVector.item_id, ItemVector.image).where(ItemVector.encoder == encoder)
        rows = self._session.execute(query.where(ItemVector.item_id.in_(ids)))
        return {row[0]: row[1] for row in rows}

    def looks(self, ids: Sequence[int]) -> dict[int, tuple[bytes, int, int]]:
        """Item id -> (packed look, width, height) of those that were looked at."""
        query = select(Item.id, Item.look, Item.width, Item.height).where(Item.look.is_not(None))
        found: dict[int, tuple[bytes, int, int]] = {}
        for some in pieces(ids):
            for item_id, look, width, height in self._session.execute(query.where(Item.id.in_(some))):
                if look is not None:
                    found[item_id] = (look, width, height)
        return found

    def below(self, library_id: int, similarity: float) -> Sequence[int]:
        """Copies whose measured likeness is less than `similarity`."""
        query = _marked(select(Item.id), library_id).where(Item.duplicate_similarity < similarity)
        return self._session.scalars(query.order_by(Item.id)).all()

    # --- what a merge moves ---

    def tags(self, ids: Sequence[int]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for some in pieces(ids):
            for row in self._session.scalars(select(ItemTag).where(ItemTag.item_id.in_(some))):
                found.setdefault(row.item_id, set()).add(row.tag)
        return found

    def add_tags(self, item_id: int, tags: Sequence[str]) -> None:
        self._session.add_all([ItemTag(item_id=item_id, tag=tag) for tag in tags])
        self._session.flush()

    def vectors(self, ids: Sequence[int]) -> dict[int, dict[str, ItemVector]]:
        """Item id -> encoder -> its vector."""
        found: dict[int, dict[str, ItemVector]] = {}
        for some in pieces(ids):
            for row in self._session.scalars(select(ItemVector).where(ItemVector.item_id.in_(some))):
                found.setdefault(row.item_id, {})[row.encoder] = row
        return found

    def add(self, row: ItemVector) -> None:
        self._session.add(row)

    def delete(self, items: Sequence[Item]) -> None:
        """Vectors and tags go with them, by the database's own cascade."""
        for item in items:
            self._session.delete(item)
        self._session.flush()

    def renew(self, ids: Sequence[int], version: int) -> None:
        """Have the vectors of `ids` searched as of `version`."""
        self._session.flush()
        for some in pieces(ids):
            self._session.execute(
                update(ItemVector).where(ItemVector.item_id.in_(some)).values(version=version),
                execution_options={"synchronize_session": False},
            )


def _marked(query: Select, library_id: int) -> Select:  # type: ignore[type-arg]
    return query.where(Item.library_id == library_id, Item.duplicate_of.is_not(None))
