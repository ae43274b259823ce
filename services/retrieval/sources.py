"""Where a library's pictures come from: what every source gives, and how its files are sorted."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from services.errors import ImageRejected, InvalidInput
from services.messages import N_, Message, Value
from services.retrieval.about import NOTHING_SAID, About, is_web_address
from services.retrieval.captions import Captions, Row, is_sidecar, read_table
from services.storage.intake import Rejected
from services.storage.kinds import ARCHIVE_SUFFIXES, PICTURE_SUFFIXES, PICTURES, kind_of
from services.storage.names import display_path, shown_path

HEAD_BYTES = 16
"""Enough of a file to recognise a picture that has another extension."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture that the image store holds already, from another library; it is not read again.

    `vectors` has, by encoder, the packed vectors of the picture and of its caption; `look` is packed too.
    """

    sha256: str
    source_sha256: str
    width: int
    height: int
    size: int | None
    look: bytes | None
    vectors: Mapping[str, tuple[bytes, bytes | None]]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One candidate. `name` is its path inside the source, fit to show; `read` raises ImageRejected.

    `address` is of the web and means this picture alone: one that came from there is not read again.
    """

    name: str
    read: Callable[[], bytes]
    about: About = NOTHING_SAID
    address: str = ""
    stored: Stored | None = None


@dataclass(slots=True)
class Listing:
    """What a source holds: the candidates in a fixed order, and what was refused at first sight."""

    files: Sequence[SourceFile] = ()
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
    """Sort `entries` into pictures, tables about them, archives (refused) and other files.

    Other files are left out, unless each was `chosen` by hand: then they are tried, and refused in words.
    Pictures that a table names by their web address are candidates too.
    """
    files, found = list[SourceFile](), sorted(entries, key=lambda e: e.path)
    tables = [entry for entry in found if is_sidecar(entry.path) or (chosen and _is_table(entry.path))]
    captions, web = _captions(tables, {entry.path for entry in found}, rejected)
    about = {entry.path for entry in tables}
    for entry in found:
        name = display_path(entry.path)
        if PurePosixPath(entry.path).suffix.lower() in ARCHIVE_SUFFIXES:
            reason = Message(N_("{name} is an archive. Unpack it, or add it by itself."), {"name": name})
            rejected.append(Rejected(name, reason))
        elif entry.path not in about and (chosen or _is_candidate(entry)):
            files.append(SourceFile(name, entry.read, captions.of(entry.path)))
    return Listing(files + web, rejected)


def _is_table(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in (".csv", ".jsonl")


def _is_candidate(entry: Entry) -> bool:
    """Called like a picture, or one by its first bytes. Notes and tables beside pictures are no errors."""
    suffix = PurePosixPath(entry.path).suffix.lower()
    if suffix in PICTURE_SUFFIXES or suffix == "":
        return True
    try:
        return kind_of(entry.head()) in PICTURES
    except ImageRejected:
        return False


def _captions(
    tables: list[Entry], present: set[str], rejected: list[Rejected]
) -> tuple[Captions, list[SourceFile]]:
    """What tables say of the files beside them, and the pictures of the web that they name."""
    captions, web = Captions(), list[SourceFile]()
    names = {PurePosixPath(path).name for path in present}
    for entry in tables:
        try:
            table = read_table(entry.path, entry.read())
        except InvalidInput as error:
            rejected.append(Rejected(display_path(entry.path), error.message))
            continue
        rejected.extend(table.rejected)
        here = [row for row in table.rows if not is_web_address(row.file)]
        captions.add(entry.path, here)
        named = [row for row in table.rows if is_web_address(row.file)]
        web += _of_the_web(display_path(entry.path), named, rejected)
        if lost := [row for row in here if PurePosixPath(row.file).name not in names]:
            rejected.append(_without_file(display_path(entry.path), lost))
    return captions, web


def _of_the_web(table: str, rows: list[Row], rejected: list[Rejected]) -> list[SourceFile]:
    from services.retrieval.web_pictures import web_files

    return web_files(table, rows, rejected)


def _without_file(table: str, rows: list[Row]) -> Rejected:
    """One sentence for all: a table may be about far more pictures than were brought along."""
    first = rows[0]
    values: dict[str, Value] = {
        "file": table, "count": len(rows), "line": first.line, "name": display_path(first.file)
    }  # fmt: skip
    template = N_("{file}: {count} rows name files that are not here, first {name} in line {line}.")
    return Rejected(table, Message(template, values))


def _no_such(path: Path) -> InvalidInput:
    return InvalidInput(
        N_("There is no folder or ZIP file {path}. Check the path."), path=shown_path(str(path))
    )
