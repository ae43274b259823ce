"""Where a library's pictures come from: a folder, uploaded files, or a ZIP archive."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from services.errors import ImageRejected, InvalidInput
from services.messages import N_, Message
from services.retrieval.captions import Captions, is_sidecar, read_captions
from services.storage.intake import Rejected
from services.storage.kinds import ARCHIVE_SUFFIXES, PICTURE_SUFFIXES, PICTURES, kind_of
from services.storage.names import display_path, shown_path

HEAD_BYTES = 16
"""Enough of a file to recognise a picture that has another extension."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One candidate. `name` is its path inside the source, fit to show; `read` raises ImageRejected."""

    name: str
    read: Callable[[], bytes]
    caption: str = ""


@dataclass(slots=True)
class Listing:
    """What a source holds: the candidates in a fixed order, and what was refused at first sight."""

    files: list[SourceFile] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as a source lists it: its path there, how to read it whole, and how to read its head."""

    path: str
    read: Callable[[], bytes]
    head: Callable[[], bytes]


class Source(Protocol):
    """`open` holds the source open while its files are read. Raises InvalidInput when it cannot be."""

    @property
    def title(self) -> str: ...

    def open(self) -> AbstractContextManager[Listing]: ...


def source_for_path(path: Path) -> Source:
    """A folder, or a ZIP file. Raises InvalidInput when it is neither, or not there."""
    from services.retrieval.sources_folder import FolderSource
    from services.retrieval.sources_zip import ZipSource

    try:
        if path.is_dir():
            return FolderSource(path)
        if path.is_file() and zipfile.is_zipfile(path):
            return ZipSource(path, display_path(path.name))
        exists = path.exists()
    except (OSError, ValueError) as error:  # a path that the system itself refuses
        raise _no_such(path) from error
    if exists:
        raise InvalidInput(
            N_("{path} is neither a folder nor a ZIP file. Choose one of these."),
            path=shown_path(str(path)),
        )
    raise _no_such(path)


def listing_of(entries: Iterable[Entry], rejected: list[Rejected], chosen: bool = False) -> Listing:
    """Sort `entries` into pictures, caption files, archives (refused) and other files.

    Other files are left out, unless each was `chosen` by hand: then they are tried, and refused in words.
    """
    listing, found = Listing(rejected=rejected), sorted(entries, key=lambda e: e.path)
    captions = _captions([entry for entry in found if is_sidecar(entry.path)], rejected)
    for entry in found:
        name = display_path(entry.path)
        if PurePosixPath(entry.path).suffix.lower() in ARCHIVE_SUFFIXES:
            reason = Message(N_("{name} is an archive. Unpack it, or add it by itself."), {"name": name})
            rejected.append(Rejected(name, reason))
        elif not is_sidecar(entry.path) and (chosen or _is_candidate(entry)):
            listing.files.append(SourceFile(name, entry.read, captions.of(entry.path)))
    return listing


def _is_candidate(entry: Entry) -> bool:
    """Called like a picture, or one by its first bytes. Notes and tables beside pictures are no errors."""
    suffix = PurePosixPath(entry.path).suffix.lower()
    if suffix in PICTURE_SUFFIXES or suffix == "":
        return True
    try:
        return kind_of(entry.head()) in PICTURES
    except ImageRejected:
        return False


def _captions(sidecars: list[Entry], rejected: list[Rejected]) -> Captions:
    captions = Captions()
    for entry in sidecars:
        try:
            captions.add(entry.path, read_captions(entry.path, entry.read()))
        except InvalidInput as error:
            rejected.append(Rejected(display_path(entry.path), error.message))
    return captions


def _no_such(path: Path) -> InvalidInput:
    return InvalidInput(
        N_("There is no folder or ZIP file {path}. Check the path."), path=shown_path(str(path))
    )
