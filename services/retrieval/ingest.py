"""Pictures into a library: read and checked in threads, encoded and saved batch by batch.

A batch is saved whole or not at all. Stopping between two batches keeps what is saved, and a second
ingest of the same source adds only what is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from itertools import islice

from services.errors import Cancelled, InvalidInput
from services.messages import N_
from services.models.threads import SparedCores
from services.parts import Encoder, Progress
from services.people import Role, require
from services.retrieval.library_writer import Chosen, Encoded, LibraryWriter
from services.retrieval.prepare import THREADS, Outcome, in_threads, prepare
from services.retrieval.sources import Source
from services.storage.images import get_store
from services.storage.intake import Rejected

BATCH = 24
"""Pictures encoded together: enough to keep two cores busy, few enough to stop within a second."""

Cancel = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of a source's files.

    `images` are in the library now, `added` of them came with this source. `duplicates` show a
    picture that the library has under another name: exact copies are not kept, near copies are, marked.
    Of `updated` pictures, known before, the source says something new: a caption, tags, rights.
    """

    library: str
    encoder: str
    images: int
    added: int
    duplicates: int
    rejected: tuple[Rejected, ...]
    seconds: float
    updated: int = 0


class NothingUsable(InvalidInput):
    """Every file was refused; `rejected` says why, one by one."""

    def __init__(self, template: str, rejected: list[Rejected], **values: str | int | float) -> None:
        super().__init__(template, **values)
        self.rejected = tuple(rejected)


def ingest(
    name: str,
    source: Source,
    encoder: Encoder,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> IngestReport:
    """Add the pictures of `source` to the library `name`, which is made with the first batch.

    Raises InvalidInput (no picture, all refused, wrong encoder), Cancelled, StorageError.
    """
    require(Role.CREATOR)
    started = time.monotonic()
    store = get_store()
    writer = LibraryWriter(name, encoder, store)
    with source.open() as listing:
        if not listing.files and not listing.rejected:
            raise InvalidInput(
                N_("There is no picture in {source}. Choose a folder or ZIP with PNG, JPEG or WEBP files."),
                source=source.title,
            )
        work = partial(prepare, seen=writer.known, store=store, encoder=writer.encoder)
        with closing(in_threads(work, listing.files)) as outcomes:
            rejected = [*listing.rejected]
            rejected += save_all(outcomes, len(listing.files), writer, progress, cancelled)
    _refuse_if_nothing(source, writer, rejected)
    images = writer.images()
    return IngestReport(
        name, writer.encoder, images, writer.added, writer.duplicates, tuple(rejected),
        time.monotonic() - started, writer.updated,
    )  # fmt: skip


def save_all(
    outcomes: Iterator[Outcome],
    total: int,
    writer: LibraryWriter,
    progress: Progress | None,
    cancelled: Cancel | None,
) -> list[Rejected]:
    """Write the outcomes in batches as they come; those that were refused."""
    rejected: list[Rejected] = []
    done = 0
    with closing(_encoded(outcomes, writer)) as batches:
        for count, batch in batches:
            rejected += writer.save(batch)
            done += count
            if progress is not None:
                progress(done / total)
            if cancelled is not None and done < total and cancelled():
                raise Cancelled(
                    N_("Stopped. The {count} pictures added so far stay in the library."), count=writer.added
                )
    return rejected


def _encoded(
    outcomes: Iterator[Outcome], writer: LibraryWriter
) -> Generator[tuple[int, Encoded], None, None]:
    """(how many outcomes, what is left of them, encoded). While the caller saves one batch, the next is at
    the encoder: no core waits for the database. Close it to drop what is on its way.
    """
    with SparedCores(THREADS) as cores, ThreadPoolExecutor(1, thread_name_prefix="encode") as pool:

        def encode(chosen: Chosen) -> Encoded:
            cores.now()
            return writer.encode(chosen)

        at_work: tuple[int, Future[Encoded]] | None = None
        try:
            while batch := list(islice(outcomes, BATCH)):
                chosen = writer.choose(batch)
                before, at_work = at_work, (len(batch), pool.submit(copy_context().run, encode, chosen))
                if before is not None:
                    yield before[0], before[1].result()
            if at_work is not None:
                yield at_work[0], at_work[1].result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _refuse_if_nothing(source: Source, writer: LibraryWriter, rejected: list[Rejected]) -> None:
    if writer.added or writer.seen or not rejected:
        return
    if len(rejected) == 1:
        raise NothingUsable(rejected[0].reason.template, rejected, **rejected[0].reason.values)
    raise NothingUsable(
        N_("None of the {count} files in {source} can be used. Add PNG, JPEG or WEBP pictures."),
        rejected,
        count=len(rejected),
        source=source.title,
    )
