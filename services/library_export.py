"""A library handed over: its pictures, all that is said of them, and their vectors where they are wanted.

    <file>            each picture under its name in the library, its bytes proven by their hash
    manifest.jsonl    one line a picture: file, caption, tags, licence, attribution, source_url, sha256
    waiting.jsonl     the same for items that have no picture yet; only where there are any
    vectors.npy       float32, one row a line of the manifest, then of waiting.jsonl; NaN: has none

`library build NAME --manifest manifest.jsonl` reads it back, and so does the folder or ZIP itself.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np

from db.repositories.library_exports import LibraryExportRepository
from db.tables import Item, Library
from services.database import read_session
from services.errors import Cancelled, InvalidInput, NotFound, StorageError
from services.export.library_targets import Target, open_target
from services.messages import N_, Message
from services.parts import Progress
from services.people import Role, require
from services.retrieval.refusals import no_library
from services.storage.images import ImageStore, get_store
from services.storage.intake import Rejected
from services.storage.kinds import kind_of

MANIFEST, WAITING, VECTORS = "manifest.jsonl", "waiting.jsonl", "vectors.npy"
RESERVED = frozenset({MANIFEST, WAITING, VECTORS})
_SUFFIXES = {"PNG": (".png",), "JPEG": (".jpg", ".jpeg"), "WEBP": (".webp",)}
PIECE = 500
PART_CHARS = 80
"""Of one folder or file name: 240 bytes at most, and file systems allow 255."""


@dataclass(frozen=True, slots=True)
class LibraryExport:
    """`items` pictures were written; `waiting` items have none. `rejected` are lost or damaged on disk."""

    library: str
    items: int
    waiting: int
    encoder: str
    rejected: tuple[Rejected, ...]
    seconds: float


@dataclass(slots=True)
class _Files:
    """What grows line by line while pictures are written, on disk."""

    lines: IO[bytes]
    waiting: IO[bytes]
    vectors: IO[bytes] | None
    items: int = 0
    left: int = 0
    dim: int = 0
    names: set[str] = field(default_factory=set)
    rejected: list[Rejected] = field(default_factory=list)


def export_library(
    name: str,
    out: Path,
    vectors: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> LibraryExport:
    """Write the library `name` to `out`, a .zip file or an empty folder; memory holds one picture at a time.

    A picture that is lost or damaged is listed and the rest goes on. Raises NotFound, InvalidInput (`out`
    is not empty), StorageError, Cancelled.
    """
    require(Role.CREATOR)
    started, library = time.monotonic(), _library(name)
    with tempfile.TemporaryDirectory() as folder:
        paths = {file: Path(folder) / file for file in RESERVED}
        with open_target(out) as target:
            with (
                paths[MANIFEST].open("wb") as lines,
                paths[WAITING].open("wb") as waiting,
                (Path(folder) / "rows").open("w+b") as rows,
            ):
                files = _Files(lines, waiting, rows if vectors else None)
                _write_pictures(library, files, target, progress, cancelled)
                _write_waiting(library, files)
                if vectors:
                    _write_array(paths[VECTORS], rows, files)
            if vectors:
                target.add_file(VECTORS, paths[VECTORS])
            if files.left:
                target.add_file(WAITING, paths[WAITING])
            target.add_file(MANIFEST, paths[MANIFEST])
    if progress is not None:
        progress(1.0)
    return LibraryExport(
        library.name, files.items, files.left, library.encoder, tuple(files.rejected),
        time.monotonic() - started,
    )  # fmt: skip


def item_id(name: str, item: str) -> int:
    """The id of the library's picture that `item` names: a file name, or the id itself.

    Raises NotFound, InvalidInput when several have that name.
    """
    library = _library(name)
    with read_session() as session:
        repository = LibraryExportRepository(session)
        found = list(repository.named(library.id, item))
        if not found and item.isdecimal() and len(item) < 10 and repository.holds(library.id, int(item)):
            found = [int(item)]
    if not found:
        raise NotFound(N_("There is no picture {item!r} in {library}."), item=item, library=name)
    if len(found) > 1:
        raise InvalidInput(
            N_("Several pictures of {library} are called {item}. Give the number of one: {ids}."),
            library=name, item=item, ids=", ".join(map(str, found)),
        )  # fmt: skip
    return found[0]


def _library(name: str) -> Library:
    with read_session() as session:
        library = LibraryExportRepository(session).library(name)
    if library is None:
        raise no_library(name)
    return library


Line = tuple[Item, list[str], bytes | None]


def _lines(library: Library, pictured: bool, vectors: bool) -> Iterator[list[Line]]:
    """Items with their tags and vectors, in pieces, each read on a snapshot of its own."""
    after = 0
    while True:
        with read_session() as session:
            repository = LibraryExportRepository(session)
            items = repository.items(library.id, pictured, after, PIECE)
            ids = [item.id for item in items]
            tags = repository.tags(ids)
            rows = repository.vectors(ids, library.encoder) if vectors else {}
        if not items:
            return
        yield [(item, tags.get(item.id, []), rows.get(item.id)) for item in items]
        after = ids[-1]


def _write_pictures(
    library: Library,
    files: _Files,
    target: Target,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    store, total, done = get_store(), max(_count(library), 1), 0
    for piece in _lines(library, True, files.vectors is not None):
        for item, tags, vector in piece:
            if cancelled is not None and cancelled():
                raise Cancelled(N_("Stopped. The export is not finished; delete what there is of it."))
            data = _verified(item, store, files.rejected)
            if data is not None:
                name = file_name(item.file_name, data, files.names)
                target.add(name, data)
                files.lines.write(_record(name, item, tags, item.sha256))
                files.items += 1
                _write_vector(files, vector)
        done += len(piece)
        if progress is not None:
            progress(min(0.99, done / total))


def _write_waiting(library: Library, files: _Files) -> None:
    for piece in _lines(library, False, files.vectors is not None):
        for item, tags, vector in piece:
            files.waiting.write(_record(item.file_name, item, tags, None))
            files.left += 1
            _write_vector(files, vector)


def _verified(item: Item, store: ImageStore, rejected: list[Rejected]) -> bytes | None:
    """The bytes that were stored; None, and a line in `rejected`, when they are lost or changed."""
    try:
        return store.verify(item.sha256)
    except (NotFound, StorageError) as error:
        template = N_("{name} is left out: {why}")
        values: dict[str, str | int | float] = {"name": item.file_name, "why": str(error)}
        rejected.append(Rejected(item.file_name, Message(template, values)))
        return None


def file_name(name: str, data: bytes, taken: set[str]) -> str:
    """A path inside the export for a picture of these bytes: its name, with the ending that its bytes have,
    once. `taken` learns it; upper and lower case count as one, as some file systems have it."""
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", "..", ".")] or ["unnamed"]
    path = PurePosixPath(*map(_part, parts))
    suffixes = _SUFFIXES.get(kind_of(data) or "", ("",))
    if path.suffix.lower() not in suffixes:
        stem = path.name.removesuffix(path.suffix) if path.suffix.lower() in _KNOWN else path.name
        path = path.with_name(stem + suffixes[0])
    unique, number = path, 1
    while str(unique).casefold() in taken or str(unique).casefold() in RESERVED:
        number += 1
        unique = path.with_name(f"{path.stem}-{number}{path.suffix}")
    taken.add(str(unique).casefold())
    return str(unique)


_KNOWN = frozenset(suffix for suffixes in _SUFFIXES.values() for suffix in suffixes)


def _part(part: str) -> str:
    """One component that every file system takes."""
    clean = "".join("_" if c in '<>:"|?*\\' else c for c in part).strip(" .") or "unnamed"
    return clean if len(clean) <= PART_CHARS else f"{clean[: PART_CHARS - 12].rstrip(' .')}{clean[-12:]}"


def _record(file: str, item: Item, tags: list[str], sha256: str | None) -> bytes:
    """One line of a manifest; what is not known is left out."""
    values: dict[str, Any] = {
        "file": file,
        "caption": item.caption,
        "tags": tags,
        "licence": item.licence,
        "attribution": item.attribution,
        "source_url": item.source_url,
        "sha256": sha256,
    }
    return (json.dumps({k: v for k, v in values.items() if v}, ensure_ascii=False) + "\n").encode()


def _write_vector(files: _Files, vector: bytes | None) -> None:
    """Rows as they come; the first one that is there tells the width of those before it that are not."""
    if files.vectors is None:
        return
    row = files.items + files.left - 1
    if vector is not None:
        if not files.dim:
            files.dim = len(vector) // 4
            files.vectors.write(np.full(row * files.dim, np.nan, "<f4").tobytes())
        files.vectors.write(vector)
    elif files.dim:
        files.vectors.write(np.full(files.dim, np.nan, "<f4").tobytes())


def _write_array(path: Path, rows: IO[bytes], files: _Files) -> None:
    """The rows with NumPy's header before them, copied in pieces."""
    header = io.BytesIO()
    shape = (files.items + files.left, files.dim)
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    rows.seek(0)
    with path.open("wb") as file:
        file.write(header.getvalue())
        while piece := rows.read(1 << 20):
            file.write(piece)


def _count(library: Library) -> int:
    from db.repositories.libraries import LibraryRepository

    with read_session() as session:
        return LibraryRepository(session).count(library.id)
