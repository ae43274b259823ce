"""Items of a library as pages show and edit them: filtered, paged, with their tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, delete, false, func, or_, select, update
from sqlalchemy.orm import Session as OrmSession

from db.repositories.statements import pieces
from db.tables import Item, ItemTag, ItemVector, Library, Match, Session

AnySelect = TypeVar("AnySelect", bound=Select[*tuple[Any, ...]])

UNKNOWN = "unknown"
"""In `ItemFilter.licences`: items of which no licence is known."""


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """All of `tags`, one of `licences`; `uncaptioned`: those without a caption alone."""

    tags: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    uncaptioned: bool = False


class Use(NamedTuple):
    """A session that a picture was found for."""

    session_id: str
    topic: str
    kind: str
    at: datetime
    kept: bool
    """Whether it became a reference there."""


class FileFigures(NamedTuple):
    """Items without a picture, pictures whose file nobody looked at, files not found, bytes of the rest."""

    waiting: int
    unmeasured: int
    lost: int
    bytes: int


class LibraryPageRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def page(self, library_id: int, wanted: ItemFilter, offset: int, limit: int) -> Sequence[Item]:
        """In the order in which they were added. Ids are counted off in the index alone, rows read after."""
        ids = _where(select(Item.id), library_id, wanted).order_by(Item.id).offset(offset).limit(limit)
        query = select(Item).where(Item.id.in_(ids.subquery().select()))
        return self._session.scalars(query.order_by(Item.id)).all()

    def count(self, library_id: int, wanted: ItemFilter = ItemFilter()) -> int:
        return self._session.scalar(_where(select(func.count(Item.id)), library_id, wanted)) or 0

    def get(self, library_id: int, item_id: int) -> Item | None:
        query = select(Item).where(Item.library_id == library_id, Item.id == item_id)
        return self._session.scalars(query).one_or_none()

    def of_library(self, library_id: int, ids: Sequence[int]) -> list[Item]:
        """Of `ids` those that the library holds, in the order of their ids."""
        found: list[Item] = []
        for some in pieces(ids):
            query = select(Item).where(Item.library_id == library_id, Item.id.in_(some))
            found += self._session.scalars(query.order_by(Item.id)).all()
        return found

    # --- tags and licences ---

    def tags_of(self, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Item id -> its tags by name; items without any are left out."""
        found: dict[int, tuple[str, ...]] = {}
        for some in pieces(ids):
            query = select(ItemTag.item_id, ItemTag.tag).where(ItemTag.item_id.in_(some))
            for item_id, tag in self._session.execute(query.order_by(ItemTag.item_id, ItemTag.tag)):
                found[item_id] = (*found.get(item_id, ()), tag)
        return found

    def set_tags(self, ids: Sequence[int], tags: dict[int, tuple[str, ...]]) -> None:
        """`ids` have the tags that `tags` names, and no others."""
        for some in pieces(ids):
            self._session.execute(
                delete(ItemTag).where(ItemTag.item_id.in_(some)),
                execution_options={"synchronize_session": False},
            )
        rows = [ItemTag(item_id=item, tag=tag) for item in ids for tag in tags.get(item, ())]
        self._session.add_all(rows)
        self._session.flush()

    def tags_in_use(self, library_id: int, limit: int) -> list[tuple[str, int]]:
        """(tag, on how many items), the most used first."""
        count = func.count(ItemTag.item_id)
        query = select(ItemTag.tag, count).join(Item, Item.id == ItemTag.item_id)
        query = query.where(Item.library_id == library_id).group_by(ItemTag.tag)
        rows = self._session.execute(query.order_by(count.desc(), ItemTag.tag).limit(limit))
        return [(row[0], row[1]) for row in rows]

    def licences_in_use(self, library_id: int) -> list[tuple[str | None, int]]:
        """(licence or None, of how many items), the most used first."""
        count = func.count(Item.id)
        query = select(Item.licence, count).where(Item.library_id == library_id).group_by(Item.licence)
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(count.desc()))]

    # --- captions and vectors ---

    def forget_captions(self, ids: Sequence[int], version: int) -> None:
        """What was encoded of the old captions counts no more; indexes see it as of `version`."""
        for some in pieces(ids):
            self._session.execute(
                update(ItemVector).where(ItemVector.item_id.in_(some)).values(caption=None, version=version),
                execution_options={"synchronize_session": False},
            )

    def renew_vectors(self, ids: Sequence[int], version: int) -> None:
        """Indexes read the vectors of `ids` anew as of `version`."""
        for some in pieces(ids):
            self._session.execute(
                update(ItemVector).where(ItemVector.item_id.in_(some)).values(version=version),
                execution_options={"synchronize_session": False},
            )

    def encoders_of(self, library_id: int) -> Sequence[str]:
        """The spaces in which the library has vectors."""
        query = select(ItemVector.encoder).where(ItemVector.library_id == library_id).distinct()
        return self._session.scalars(query).all()

    def vectors(self, ids: Sequence[int], encoder: str) -> dict[int, ItemVector]:
        query = select(ItemVector).where(ItemVector.encoder == encoder)
        found: dict[int, ItemVector] = {}
        for some in pieces(ids):
            rows = self._session.scalars(query.where(ItemVector.item_id.in_(some)))
            found.update((row.item_id, row) for row in rows)
        return found

    # --- health ---

    def file_figures(self, library_id: int) -> FileFigures:
        """In one pass over the library."""
        there = Item.pictured.is_(True)
        row = self._session.execute(
            select(
                func.count(Item.id).filter(Item.pictured.is_(False)),
                func.count(Item.id).filter(there, Item.bytes.is_(None)),
                func.count(Item.id).filter(there, Item.bytes == 0),
                func.coalesce(func.sum(Item.bytes), 0),
            ).where(Item.library_id == library_id)
        ).one()
        return FileFigures(row[0], row[1], row[2], int(row[3] or 0))

    def unmeasured(self, library_id: int, limit: int) -> list[tuple[int, str]]:
        """(item id, SHA-256) of pictures whose file nobody looked at yet."""
        query = select(Item.id, Item.sha256).where(
            Item.library_id == library_id, Item.pictured.is_(True), Item.bytes.is_(None)
        )
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Item.id).limit(limit))]

    def lost(self, library_id: int, limit: int) -> list[tuple[int, str]]:
        """(item id, SHA-256) of pictures whose file was looked for and not found."""
        query = select(Item.id, Item.sha256).where(
            Item.library_id == library_id, Item.pictured.is_(True), Item.bytes == 0
        )
        return [(row[0], row[1]) for row in self._session.execute(query.order_by(Item.id).limit(limit))]

    def keys(self, library_id: int, after: int, limit: int) -> list[tuple[int, str, int | None]]:
        """(item id, SHA-256, size as kept) of the next pictures after the item `after`."""
        query = select(Item.id, Item.sha256, Item.bytes).where(
            Item.library_id == library_id, Item.pictured.is_(True), Item.id > after
        )
        rows = self._session.execute(query.order_by(Item.id).limit(limit))
        return [(row[0], row[1], row[2]) for row in rows]

    def set_sizes(self, sizes: dict[int, int]) -> None:
        """Item id -> bytes of its file, 0 where there is none."""
        rows = [{"id": item_id, "bytes": size} for item_id, size in sizes.items()]
        if rows:
            self._session.execute(update(Item), rows)

    # --- where pictures are used, and what goes with them ---

    def uses(self, sha256: str, limit: int) -> list[Use]:
        """Sessions that the picture was found for, newest first."""
        query = (
            select(Session.id, Session.topic, Session.kind, Session.created_at, Match.drop)
            .join(Match, Match.session_id == Session.id)
            .where(Match.sha256 == sha256)
            .order_by(Session.created_at.desc(), Session.id)
            .limit(limit)
        )
        return [Use(row[0], row[1], row[2], row[3], row[4] is None) for row in self._session.execute(query)]

    def copies_of(self, ids: Sequence[int]) -> list[Item]:
        """Items that are marked as showing one of `ids` again."""
        found: list[Item] = []
        for some in pieces(ids):
            query = select(Item).where(Item.duplicate_of.in_(some)).order_by(Item.id)
            found += self._session.scalars(query).all()
        return found


def library_by_name(session: OrmSession, name: str, lock: bool = False) -> Library | None:
    """`lock`: nobody else counts a version up meanwhile (SQLite's writers take turns anyway)."""
    query = select(Library).where(Library.name == name)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def _where(query: AnySelect, library_id: int, wanted: ItemFilter) -> AnySelect:
    query = query.where(Item.library_id == library_id)
    for tag in wanted.tags:
        tagged = select(ItemTag.item_id).where(ItemTag.item_id == Item.id, ItemTag.tag == tag)
        query = query.where(tagged.exists())
    if wanted.licences:
        known = [licence for licence in wanted.licences if licence != UNKNOWN]
        unknown = Item.licence.is_(None) if UNKNOWN in wanted.licences else false()
        query = query.where(or_(Item.licence.in_(known), unknown))
    if wanted.uncaptioned:
        query = query.where(Item.caption == "")
    return query
