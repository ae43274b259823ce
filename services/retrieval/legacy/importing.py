"""The vectors and names of a legacy pair become items of a library that wait for their pictures.

Vectors are kept at their own length, as everywhere (the generator needs it), and searched at length 1:
that alone makes such an index find what is meant, see docs/libraries.md.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.repositories.libraries import LibraryRepository
from db.repositories.library_imports import LibraryImportRepository
from db.tables import Item, ItemVector, Library
from services.database import read_session, unit_of_work
from services.errors import Cancelled
from services.messages import N_, Message
from services.parts import Progress, Vectors
from services.people import Role, require
from services.retrieval.ingest import NothingUsable
from services.retrieval.legacy.pair import LegacyPair
from services.retrieval.legacy.spaces import ImportSpace, key_in
from services.retrieval.vectors import norms, pack, usable
from services.storage.intake import Rejected

BATCH = 500
"""Rows saved together: a tenth of a second, after which it can be stopped."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of an index's vectors.

    `images` are in the library now, `added` of them came with this index, `seen` it had already.
    `duplicates` of those added have the very vector of an earlier item; they are marked. `waiting` items
    of the library have no picture yet.
    """

    library: str
    encoder: str
    images: int
    added: int
    seen: int
    duplicates: int
    waiting: int
    rejected: tuple[Rejected, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    packed: bytes

    @property
    def key(self) -> str:
        """Until it has a picture, an item is its name and its vector."""
        return hashlib.sha256(self.name.encode() + b"\0" + self.packed).hexdigest()

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.packed).digest()


def import_pair(
    name: str,
    pair: LegacyPair,
    space: ImportSpace,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ImportReport:
    """Add the rows of `pair` to the library `name`, which is made with the first of them.

    A row that is no vector is listed and the rest goes on. Stopped half-way, a second import adds what is
    missing. Raises Conflict, Cancelled (what was added stays), StorageError.
    """
    require(Role.CREATOR)
    started, writer = time.monotonic(), _Writer(name, space)
    rejected: list[Rejected] = []
    for start in range(0, len(pair), BATCH):
        if start and cancelled is not None and cancelled():
            raise Cancelled(
                N_("Stopped. The {count} pictures added so far stay in the library."), count=writer.added
            )
        stop = min(start + BATCH, len(pair))
        vectors = np.array(pair.vectors[start:stop], dtype=np.float32)
        writer.write(list(_good(pair.names[start:stop], vectors, start, rejected)))
        if progress is not None:
            progress(stop / len(pair))
    if rejected and not (writer.added or writer.seen):
        raise NothingUsable(
            N_("None of the {count} vectors can be searched. Nothing was imported."),
            rejected, count=len(rejected),
        )  # fmt: skip
    images, waiting = _counts(name)
    return ImportReport(
        name, writer.key, images, writer.added, writer.seen, writer.duplicates, waiting, tuple(rejected),
        time.monotonic() - started,
    )  # fmt: skip


def _good(names: tuple[str, ...], vectors: Vectors, start: int, rejected: list[Rejected]) -> Iterator[_Row]:
    """The rows that can be searched; the others go to `rejected`, each with its reason."""
    for place, (name, vector, fine) in enumerate(zip(names, vectors, _searchable(vectors), strict=True)):
        if fine:
            yield _Row(name, pack(vector))
            continue
        finite = bool(np.isfinite(vector).all())
        template = (
            N_("{name}: its vector (row {row}) is zero, or too long or short to have a direction.")
            if finite
            else N_("{name}: its vector (row {row}) holds something that is not a number.")
        )
        rejected.append(Rejected(name, Message(template, {"name": name, "row": start + place + 1})))


def _searchable(vectors: Vectors) -> NDArray[np.bool_]:
    with np.errstate(over="ignore", invalid="ignore"):
        good: NDArray[np.bool_] = np.logical_and(usable(vectors), np.isfinite(norms(vectors)))
    return good


class _Writer:
    def __init__(self, name: str, space: ImportSpace) -> None:
        self.added = self.seen = self.duplicates = 0
        self._name = name
        self._held: set[str] = set()
        self._originals: dict[bytes, int] = {}
        with read_session() as session:
            repository = LibraryImportRepository(session)
            library = repository.library(name)
            self.key = key_in(library, space)
            if library is not None:
                self._held = repository.source_keys(library.id)
                for item_id, packed in repository.originals(library.id, self.key):
                    self._originals.setdefault(hashlib.sha256(packed).digest(), item_id)

    def write(self, rows: list[_Row]) -> None:
        """Save a batch in one transaction; rows that the library has are counted alone."""
        fresh = {row.key: row for row in rows if row.key not in self._held}
        self.seen += len(rows) - len(fresh)
        if not fresh:
            return
        with unit_of_work() as work:
            repository = LibraryRepository(work.session)
            library = repository.by_name(self._name) or self._new(repository)
            repository.touch(library)
            items = {key: _item(library.id, key, row.name) for key, row in fresh.items()}
            repository.add_items(list(items.values()))
            firsts, copies = self._mark_copies(fresh, items)
            repository.add_vectors([self._vector(items[k].id, row, library) for k, row in fresh.items()])
            work.commit()
        self._originals |= firsts
        self._held |= fresh.keys()
        self.added += len(fresh)
        self.duplicates += copies

    def _mark_copies(self, fresh: dict[str, _Row], items: dict[str, Item]) -> tuple[dict[bytes, int], int]:
        """Rows whose very vector an earlier item has show its picture under another name."""
        firsts: dict[bytes, int] = {}
        copies = 0
        for key, row in fresh.items():
            original = self._originals.get(row.digest) or firsts.setdefault(row.digest, items[key].id)
            if original != items[key].id:
                items[key].duplicate_of, items[key].duplicate_similarity = original, 1.0
                copies += 1
        return firsts, copies

    def _vector(self, item_id: int, row: _Row, library: Library) -> ItemVector:
        return ItemVector(
            item_id=item_id,
            encoder=self.key,
            library_id=library.id,
            version=library.version,
            image=row.packed,
            caption=None,
        )

    def _new(self, repository: LibraryRepository) -> Library:
        return repository.add(Library(name=self._name, encoder=self.key, version=0))


def _item(library_id: int, key: str, name: str) -> Item:
    return Item(
        library_id=library_id,
        sha256=key,
        source_sha256=key,
        file_name=name,
        caption="",
        width=0,
        height=0,
        pictured=False,
        kept=False,
    )


def _counts(name: str) -> tuple[int, int]:
    with read_session() as session:
        library = LibraryImportRepository(session).library(name)
        if library is None:
            return 0, 0
        waiting = LibraryImportRepository(session).count_waiting(library.id)
        return LibraryRepository(session).count(library.id), waiting
