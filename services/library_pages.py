"""A library as its page shows it: items by the page, one item whole, the tags and licences in use.

Loads no model and opens no index. What is counted is counted once for each version of a library.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy.orm import Session as OrmSession

from db.repositories.library_pages import ItemFilter, LibraryPageRepository, Use, library_by_name
from db.tables import Item, Library
from services.database import read_session
from services.errors import NotFound
from services.messages import N_
from services.retrieval.refusals import no_library

__all__ = [
    "ItemDetail",
    "ItemFilter",
    "ItemRow",
    "LibraryPage",
    "Use",
    "item",
    "licences_in_use",
    "page",
    "rows",
    "tags_in_use",
    "version",
]

ALL = ItemFilter()

PER_PAGE = 200
"""The most items of one page; more do not draw in a browser's breath."""

TAGS = 500
"""The most tags that are offered to choose from."""

USES = 24
"""Sessions that are listed of one picture."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item with what people said of it. One that is not `pictured` waits for its file."""

    id: int
    sha256: str
    file_name: str
    caption: str
    tags: tuple[str, ...]
    licence: str | None
    pictured: bool
    duplicate_of: int | None = None

    @property
    def name(self) -> str:
        """What a tile says: its caption, else the name of its file."""
        return self.caption or self.file_name


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """One item whole. `bytes` is None where its file is missing or was not looked at."""

    row: ItemRow
    width: int
    height: int
    bytes: int | None
    attribution: str | None
    source_url: str | None
    added_at: datetime
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class LibraryPage:
    items: tuple[ItemRow, ...]
    total: int
    page: int
    per_page: int


def page(name: str, number: int = 1, per_page: int = 48, wanted: ItemFilter = ALL) -> LibraryPage:
    """One page, numbered from 1, in the order in which they were added; the last one where `number` is
    too high. Raises NotFound."""
    per_page = min(max(per_page, 1), PER_PAGE)
    with _library(name) as (session, library):
        total = _count(library.id, library.created_at, library.version, wanted)
        number = min(max(number, 1), max(1, -(-total // per_page)))
        repository = LibraryPageRepository(session)
        items = repository.page(library.id, wanted, (number - 1) * per_page, per_page)
        tags = repository.tags_of([row.id for row in items])
    return LibraryPage(tuple(_row(row, tags) for row in items), total, number, per_page)


def rows(name: str, ids: tuple[int, ...]) -> dict[int, ItemRow]:
    """Of `ids` those that the library holds. Raises NotFound."""
    with _library(name) as (session, library):
        repository = LibraryPageRepository(session)
        items = repository.of_library(library.id, ids)
        tags = repository.tags_of([row.id for row in items])
    return {row.id: _row(row, tags) for row in items}


def item(name: str, item_id: int) -> ItemDetail:
    """Raises NotFound."""
    with _library(name) as (session, library):
        repository = LibraryPageRepository(session)
        found = repository.get(library.id, item_id)
        if found is None:
            raise NotFound(N_("This picture is not in the library any more. Choose another one."))
        return ItemDetail(
            row=_row(found, repository.tags_of([found.id])),
            width=found.width,
            height=found.height,
            bytes=found.bytes or None,
            attribution=found.attribution,
            source_url=found.source_url,
            added_at=found.created_at,
            uses=tuple(repository.uses(found.sha256, USES)) if found.pictured else (),
        )


def tags_in_use(name: str) -> dict[str, int]:
    """Tag -> on how many items, the most used first. Raises NotFound."""
    with _library(name) as (_session, library):
        return dict(_tags(library.id, library.created_at, library.version))


def licences_in_use(name: str) -> dict[str | None, int]:
    """Licence, or None where it is not known -> of how many items, the most used first. Raises NotFound."""
    with _library(name) as (_session, library):
        return dict(_licences(library.id, library.created_at, library.version))


def version(name: str) -> int:
    """Grows with every change of the library. Raises NotFound."""
    with _library(name) as (_session, library):
        return library.version


@contextmanager
def _library(name: str) -> Iterator[tuple[OrmSession, Library]]:
    with read_session() as session:
        library = library_by_name(session, name)
        if library is None:
            raise no_library(name)
        yield session, library


@lru_cache(maxsize=256)
def _count(library_id: int, _made: datetime, _version: int, wanted: ItemFilter) -> int:
    with read_session() as session:
        return LibraryPageRepository(session).count(library_id, wanted)


@lru_cache(maxsize=64)
def _tags(library_id: int, _made: datetime, _version: int) -> tuple[tuple[str, int], ...]:
    with read_session() as session:
        return tuple(LibraryPageRepository(session).tags_in_use(library_id, TAGS))


@lru_cache(maxsize=64)
def _licences(library_id: int, _made: datetime, _version: int) -> tuple[tuple[str | None, int], ...]:
    with read_session() as session:
        return tuple(LibraryPageRepository(session).licences_in_use(library_id))


def _row(found: Item, tags: dict[int, tuple[str, ...]]) -> ItemRow:
    return ItemRow(
        id=found.id,
        sha256=found.sha256,
        file_name=found.file_name,
        caption=found.caption,
        tags=tags.get(found.id, ()),
        licence=found.licence,
        pictured=found.pictured,
        duplicate_of=found.duplicate_of,
    )
