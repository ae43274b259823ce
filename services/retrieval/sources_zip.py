"""The pictures of a ZIP archive, by the rules of `services.storage.zips`."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from services.retrieval.sources import HEAD_BYTES, Entry, Listing, listing_of
from services.storage.intake import Rejected
from services.storage.names import display_path
from services.storage.zips import open_zip, read_member, refusal


class ZipSource:
    """`archive` is a file or its bytes; `title` names it in sentences."""

    def __init__(self, archive: Path | bytes, title: str) -> None:
        self._archive = archive
        self._title = title

    @property
    def title(self) -> str:
        return self._title

    @contextmanager
    def open(self) -> Iterator[Listing]:
        with open_zip(self._archive, self._title) as (archive, members):
            rejected: list[Rejected] = []
            yield listing_of(_entries(archive, members, rejected), rejected)


def _entries(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], rejected: list[Rejected]
) -> Iterator[Entry]:
    for member in members:
        if reason := refusal(member):
            rejected.append(Rejected(display_path(member.filename), reason))
        else:
            # A size of at most IMAGE_BYTES: `refusal` has seen to that.
            read = partial(read_member, archive, member, member.file_size)
            yield Entry(member.filename, read, partial(read_member, archive, member, HEAD_BYTES))
