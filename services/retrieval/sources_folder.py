"""A folder and all folders in it. Links are followed only where they stay inside."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from services.errors import ImageRejected, InvalidInput
from services.limits import IMAGE_BYTES
from services.messages import N_, Message
from services.retrieval.sources import HEAD_BYTES, Entry, Listing, listing_of
from services.storage.intake import Rejected, too_large
from services.storage.names import display_path, shown_path


class FolderSource:
    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def title(self) -> str:
        return shown_path(str(self._root))

    @contextmanager
    def open(self) -> Iterator[Listing]:
        rejected: list[Rejected] = []
        try:
            root = self._root.resolve(strict=True)
            with os.scandir(root):
                pass
        except OSError as error:
            raise InvalidInput(
                N_("The folder {path} cannot be read. Check the path and its permissions."), path=self.title
            ) from error
        yield listing_of(_entries(root, rejected), rejected)


def _entries(root: Path, rejected: list[Rejected]) -> Iterator[Entry]:
    """Regular files, hidden ones left out. Reading a pipe or device would never end."""
    for folder, subfolders, names in os.walk(root, followlinks=False):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            shown = path.relative_to(root).as_posix()
            if name.startswith("."):
                continue
            if (target := _target(path, root)) is None:
                reason = N_("{name} is a link that leads out of the folder. Copy the file itself.")
                rejected.append(_refuse(shown, reason))
            elif _is_regular(target):
                yield Entry(
                    shown, partial(read_file, str(target), shown), partial(read_head, str(target), shown)
                )


def _target(path: Path, root: Path) -> Path | None:
    """What `path` really is, or None when it lies outside `root` or nowhere."""
    if not path.is_symlink():
        return path
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    return target if target.is_relative_to(root) else None


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True  # it was listed: reading it will say what is wrong


def read_file(path: str, shown: str) -> bytes:
    """The file, at most one byte more than is allowed. Raises ImageRejected."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(IMAGE_BYTES + 1)
    except OSError as error:
        raise ImageRejected(
            N_("{name} cannot be read ({why}). Check its permissions."),
            name=display_path(shown),
            why=error.strerror or "error",
        ) from error
    if len(data) > IMAGE_BYTES:
        raise too_large(display_path(shown))
    return data


def read_head(path: str, shown: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise ImageRejected(
            N_("{name} cannot be read ({why}). Check its permissions."),
            name=display_path(shown),
            why=error.strerror or "error",
        ) from error


def _refuse(path: str, template: str) -> Rejected:
    name = display_path(path)
    return Rejected(name, Message(template, {"name": name}))
