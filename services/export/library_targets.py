"""Where a library's export is written: a ZIP, whole or not at all, or an empty folder."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from services.errors import InvalidInput
from services.messages import N_
from services.storage.files import TEMPORARY, disk_errors, publish, write_whole
from services.storage.names import shown_path


class Target(Protocol):
    """Takes files one by one; nothing is held in memory but the one."""

    def add(self, name: str, data: bytes) -> None: ...

    def add_file(self, name: str, source: Path) -> None: ...


class ZipTarget:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, name: str, data: bytes) -> None:
        """Stored as it is: pictures do not compress."""
        self._archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_STORED)

    def add_file(self, name: str, source: Path) -> None:
        self._archive.write(source, name, zipfile.ZIP_DEFLATED)


class FolderTarget:
    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, name: str, data: bytes) -> None:
        write_whole(self._root / name, data)

    def add_file(self, name: str, source: Path) -> None:
        def copy(path: Path) -> None:
            with source.open("rb") as read, path.open("wb") as write:
                while piece := read.read(1 << 20):
                    write.write(piece)

        publish(self._root / name, copy)


@contextmanager
def open_target(out: Path) -> Iterator[Target]:
    """`out` ends in .zip, or is a folder that is empty or not there. Raises InvalidInput, StorageError.

    A ZIP that is not finished is never seen. A folder is filled in place; its manifest comes last.
    """
    if out.suffix.lower() == ".zip":
        temporary = out.with_name(f"{TEMPORARY}{os.getpid()}-{out.name}")
        try:
            with disk_errors(out):
                out.parent.mkdir(parents=True, exist_ok=True)
                with temporary.open("wb") as file:
                    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
                        yield ZipTarget(archive)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)
        return
    with disk_errors(out):
        if out.is_file() or (out.is_dir() and any(out.iterdir())):
            raise InvalidInput(
                N_("{path} is not empty. Name an empty folder, a new one, or a .zip file."),
                path=shown_path(str(out)),
            )
        out.mkdir(parents=True, exist_ok=True)
    yield FolderTarget(out)
