"""Another library: its pictures with all that is said of them, and the vectors that they have already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import overload

from db.repositories.ingest import CopyRow, IngestRepository
from db.repositories.libraries import LibraryRepository
from services.database import read_session
from services.errors import ImageRejected, NotFound, StorageError
from services.messages import N_, Message, Value
from services.retrieval.about import About
from services.retrieval.refusals import BACKDROPS_LIBRARY, no_library
from services.retrieval.sources import Listing, SourceFile, Stored
from services.storage.images import get_store
from services.storage.intake import Rejected
from services.storage.names import shown_path

PAGE = 256
"""Items read at once, each with its vectors: 1 MB."""

DRAWN = About(licence="MIT", attribution="Drawn by AIM Studio")
"""The rights of the studio's own backdrops, which their rows do not repeat."""


class LibrarySource:
    """The library `name`. Items that wait for their picture are counted and left out."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def title(self) -> str:
        return shown_path(self._name)

    @contextmanager
    def open(self) -> Iterator[Listing]:
        with read_session() as session:
            row = LibraryRepository(session).by_name(self._name)
            if row is None:
                raise no_library(self._name)
            total, pictured = IngestRepository(session).count(row.id)
        rejected: list[Rejected] = []
        if total > pictured:
            template = N_("{count} items of {library} have no picture yet and were left out.")
            values: dict[str, Value] = {"count": total - pictured, "library": self.title}
            rejected.append(Rejected(self.title, Message(template, values)))
        drawn = row.built_in and row.name == BACKDROPS_LIBRARY
        yield Listing(_Files(row.id, pictured, DRAWN if drawn else About()), rejected)


class _Files(Sequence[SourceFile]):
    """Read page by page as they are asked for: a million items need no memory at once."""

    def __init__(self, library_id: int, count: int, rights: About) -> None:
        self._library_id, self._count, self._rights = library_id, count, rights

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[SourceFile]:
        after, left = 0, self._count
        while left > 0:
            with read_session() as session:
                rows = IngestRepository(session).copies(self._library_id, after, min(PAGE, left))
            if not rows:
                return
            yield from (_file(row, self._rights) for row in rows)
            after, left = rows[-1].item_id, left - len(rows)

    @overload
    def __getitem__(self, place: int) -> SourceFile: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[SourceFile]: ...
    def __getitem__(self, place: int | slice) -> SourceFile | Sequence[SourceFile]:
        return list(self)[place]


def _file(row: CopyRow, rights: About) -> SourceFile:
    about = About(row.caption, row.tags, row.licence or "", row.attribution or "", row.source_url or "")
    stored = Stored(row.sha256, row.source_sha256, row.width, row.height, row.size, row.look, row.vectors)
    return SourceFile(
        row.file_name, partial(_read, row.sha256, row.file_name), about.over(rights), stored=stored
    )


def _read(sha256: str, name: str) -> bytes:
    """The stored picture, for who wants a file after all. Raises ImageRejected."""
    try:
        return get_store().verify(sha256)
    except (NotFound, StorageError) as error:
        raise ImageRejected(
            N_("{name} is missing or damaged in the image store. Add its file again."), name=name
        ) from error
