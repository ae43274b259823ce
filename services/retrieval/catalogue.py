"""Libraries and their items as cards and pages: what is there, without any model."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from db.repositories.libraries import LibraryRepository, Totals
from db.repositories.library_pages import LibraryPageRepository
from db.repositories.rights import RightsRepository
from db.tables import Item, Library
from services.database import read_session, unit_of_work
from services.people import Role, require
from services.retrieval.refusals import built_in, no_library

KEPT_SECONDS = 300.0
"""Sizes of one version are read anew after so long: files may have been looked at since."""

MOSAIC = 6
"""Pictures on a library's card."""

PER_PAGE = 200
"""The most items of one page; more do not draw in a browser's breath."""


@dataclass(frozen=True, slots=True)
class LibraryCard:
    """A library at a glance. `images` counts all items, `duplicates` those set aside among them.

    `bytes` of the files that were looked at: `services.library_health` looks at the others.
    """

    name: str
    images: int
    duplicates: int
    encoder: str
    built_in: bool
    mosaic: tuple[str, ...]
    bytes: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ItemCard:
    """One picture of a library. `duplicate_of` is the id of the item that it shows again."""

    id: int
    sha256: str
    file_name: str
    caption: str
    width: int
    height: int
    duplicate_of: int | None


@dataclass(frozen=True, slots=True)
class ItemPage:
    items: tuple[ItemCard, ...]
    total: int
    page: int
    per_page: int


def list_libraries() -> list[LibraryCard]:
    """People's libraries by name, then the built-in ones."""
    with read_session() as session:
        return [_card(row) for row in LibraryRepository(session).list()]


def get_library(name: str) -> LibraryCard:
    """Raises NotFound."""
    with read_session() as session:
        return _card(_row(LibraryRepository(session), name))


def list_items(name: str, page: int = 1, per_page: int = 48) -> ItemPage:
    """One page, numbered from 1, in the order in which they were added. Raises NotFound."""
    page, per_page = max(page, 1), min(max(per_page, 1), PER_PAGE)
    with read_session() as session:
        repository = LibraryRepository(session)
        row = _row(repository, name)
        items = repository.items(row.id, (page - 1) * per_page, per_page)
        return ItemPage(tuple(map(_item, items)), repository.count(row.id), page, per_page)


def delete_library(name: str) -> None:
    """Remove a library, its vectors and indexes. Pictures stay: sessions show them.

    Raises NotFound, Conflict for a built-in one.
    """
    require(Role.CREATOR)
    from services.retrieval.index_cache import forget

    with unit_of_work() as work:
        repository = LibraryRepository(work.session)
        row = _row(repository, name)
        if row.built_in:
            raise built_in(name)
        RightsRepository(work.session).keep_used(row.id)
        repository.delete(row)
        work.commit()
    forget(row.id)


def _row(repository: LibraryRepository, name: str) -> Library:
    row = repository.by_name(name)
    if row is None:
        raise no_library(name)
    return row


def _card(row: Library) -> LibraryCard:
    mosaic, size, totals = _kept(row.id, row.created_at, row.version, int(time.monotonic() // KEPT_SECONDS))
    return LibraryCard(
        name=row.name,
        images=totals.images,
        duplicates=totals.duplicates,
        encoder=row.encoder,
        built_in=row.built_in,
        mosaic=mosaic,
        bytes=size,
        created_at=row.created_at,
    )


@lru_cache(maxsize=256)
def _kept(library_id: int, _made: datetime, _version: int, _now: int) -> tuple[tuple[str, ...], int, Totals]:
    """Mosaic, size and counts: each takes a pass over the library, so they are read once for a version."""
    with read_session() as session:
        repository = LibraryRepository(session)
        pictures = tuple(repository.spread_pictures(library_id, MOSAIC))
        size = LibraryPageRepository(session).file_figures(library_id).bytes
        return pictures, size, repository.totals(library_id)


def _item(row: Item) -> ItemCard:
    return ItemCard(
        row.id, row.sha256, row.file_name, row.caption, row.width, row.height, row.duplicate_of
    )  # fmt: skip
