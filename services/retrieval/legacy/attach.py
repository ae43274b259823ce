"""Pictures for items that came with an index alone: found by their names, read as every outside picture.

Vectors stay as they were imported. A picture that the library shows already makes the two items one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from db.repositories.duplicates import DuplicateRepository
from db.repositories.library_imports import LibraryImportRepository, Waiting
from db.tables import Item
from services.database import read_session, unit_of_work
from services.errors import Cancelled, ImageRejected
from services.messages import N_, Message
from services.parts import Progress
from services.people import Role, require
from services.retrieval.duplicates import look_of, pack_look
from services.retrieval.legacy.matching import Matches, listed, match
from services.retrieval.merging import merge
from services.retrieval.prepare import for_encoder, in_threads
from services.retrieval.refusals import no_library
from services.retrieval.sources import Source, SourceFile
from services.storage.images import ImageStore, get_store
from services.storage.intake import Rejected, read_picture

BATCH = 32
SHOWN = 200
"""Names of a report that are kept with a run; the counts are exact."""


@dataclass(frozen=True, slots=True)
class AttachReport:
    """What became of the files of a source.

    `attached` items have their picture now; `merged` of them showed one that the library had and went into
    that item. `waiting` still have none, `missing` names the first of these. `unknown` files belong to no
    waiting item. `rejected` files cannot be read, or fit several names ("ambiguous" of them).
    """

    library: str
    attached: int
    merged: int
    waiting: int
    missing: tuple[str, ...]
    unknown: int
    ambiguous: int
    rejected: tuple[Rejected, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Stored:
    item_id: int
    sha256: str
    width: int
    height: int
    size: int
    look: bytes


def attach(
    name: str,
    source: Source,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> AttachReport:
    """Give waiting items of the library `name` the pictures of `source` that are called like them.

    Stopped half-way, a second call goes on. Raises NotFound, InvalidInput (no such source), Cancelled.
    """
    require(Role.CREATOR)
    started, writer, store = time.monotonic(), _Writer(name), get_store()
    waiting = writer.waiting()
    with source.open() as listing:
        found = match([file.name for file in listing.files], [item.file_name for item in waiting])
        rejected = [*listing.rejected, *_ambiguous(listing.files, waiting, found)]
        tasks = [(listing.files[file], waiting[item].item_id) for file, item in found.pairs]
        with closing(in_threads(lambda task: _store(*task, store), tasks)) as outcomes:
            rejected += _save_all(outcomes, len(tasks), writer, progress, cancelled)
    left = writer.waiting()
    return AttachReport(
        name, writer.attached, writer.merged, len(left), tuple(w.file_name for w in left[:SHOWN]),
        len(found.unknown), len(found.ambiguous), tuple(rejected), time.monotonic() - started,
    )  # fmt: skip


def _store(file: SourceFile, item_id: int, store: ImageStore) -> _Stored | Rejected:
    """Read, check, normalise and store one file. Only StorageError stops the rest."""
    try:
        picture = read_picture(file.read(), file.name)
    except ImageRejected as error:
        return Rejected(file.name, error.message)
    data, image = picture.encode(), picture.image
    look = pack_look(look_of(for_encoder(image)))
    return _Stored(item_id, store.put_encoded(data, image), image.width, image.height, len(data), look)


def _ambiguous(files: Sequence[SourceFile], waiting: Sequence[Waiting], found: Matches) -> list[Rejected]:
    template = N_(
        "{name} fits more than one name, or other files are called the same: {names}. Nothing was guessed."
    )
    return [
        Rejected(
            files[file].name,
            Message(
                template,
                {"name": files[file].name, "names": listed(waiting[n].file_name for n in names)},
            ),
        )
        for file, names in sorted(found.ambiguous.items())
    ]


def _save_all(
    outcomes: Iterator[_Stored | Rejected],
    total: int,
    writer: _Writer,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> list[Rejected]:
    rejected: list[Rejected] = []
    done = 0
    while batch := list(islice(outcomes, BATCH)):
        rejected += [outcome for outcome in batch if isinstance(outcome, Rejected)]
        writer.write([outcome for outcome in batch if isinstance(outcome, _Stored)])
        done += len(batch)
        if progress is not None:
            progress(done / total)
        if cancelled is not None and done < total and cancelled():
            raise Cancelled(
                N_("Stopped. The {count} pictures attached so far stay attached."), count=writer.attached
            )
    return rejected


class _Writer:
    def __init__(self, name: str) -> None:
        self.attached = self.merged = 0
        self._name = name

    def waiting(self) -> list[Waiting]:
        with read_session() as session:
            repository = LibraryImportRepository(session)
            library = repository.library(self._name)
            if library is None:
                raise no_library(self._name)
            return repository.waiting(library.id)

    def write(self, batch: Sequence[_Stored]) -> None:
        """One transaction. Items that went, or have a picture by now, are left alone."""
        if not batch:
            return
        attached = merged = 0
        with unit_of_work() as work:
            repository, duplicates = LibraryImportRepository(work.session), DuplicateRepository(work.session)
            library = repository.library(self._name)
            if library is None:
                raise no_library(self._name)
            library.version += 1
            items = repository.items([stored.item_id for stored in batch], library.id)
            holders = repository.holders([stored.sha256 for stored in batch], library.id)
            for stored in batch:
                item = items.get(stored.item_id)
                if item is None or item.pictured:
                    continue
                holder = holders.get(stored.sha256)
                if holder is None:
                    _give(item, stored)
                    holders[stored.sha256] = item
                else:
                    merge(duplicates, holder, [item], library.version)
                    merged += 1
                attached += 1
            work.commit()
        self.attached += attached
        self.merged += merged


def _give(item: Item, stored: _Stored) -> None:
    """`source_sha256` stays that of the name and vector: a second import of the index knows the item."""
    item.sha256, item.width, item.height = stored.sha256, stored.width, stored.height
    item.bytes, item.look, item.pictured = stored.size, stored.look, True
