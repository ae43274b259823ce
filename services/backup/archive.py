"""The file of a backup: a plain tar that any program opens.

    studio.db        the database as one SQLite file, whatever the studio runs on
    settings.json    what was chosen on the Settings page; never a key
    fonts/<sha256>   images/<sha256>
    manifest.json    last: what the file holds, with the SHA-256 of each member

Pictures and fonts are named by their hash. The manifest also has the hash of all their names in order, so
that a member that was taken out is missed. Nothing is held in memory but one picture at a time.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from services.errors import InvalidInput
from services.messages import N_

FORMAT, FORMAT_VERSION = "aim-studio-backup", 1
DATABASE, SETTINGS, MANIFEST = "studio.db", "settings.json", "manifest.json"
IMAGES, FONTS = "images", "fonts"

MANIFEST_BYTES = 32 * 2**20
"""Of a hundred thousand missing pictures' names; more is none of ours."""

_MEMBER = re.compile(rf"({IMAGES}|{FONTS})/([0-9a-f]{{64}})")
_BROKEN = (tarfile.TarError, EOFError, OSError, ValueError)


class Writer:
    """Adds members to a tar and keeps count of them for the manifest."""

    def __init__(self, tar: tarfile.TarFile, made_at: float) -> None:
        self._tar, self._made_at = tar, int(made_at)
        self.members: dict[str, dict[str, Any]] = {}
        self._names = {IMAGES: hashlib.sha256(), FONTS: hashlib.sha256()}
        self.totals = {folder: {"count": 0, "bytes": 0, "names_sha256": ""} for folder in self._names}

    def add_file(self, name: str, path: Path) -> None:
        """A file of any size."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
            file.seek(0)
            self._add(name, size, file)
        self.members[name] = {"bytes": size, "sha256": digest}

    def add_bytes(self, name: str, data: bytes) -> None:
        self._add(name, len(data), io.BytesIO(data))
        self.members[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def add_hashed(self, folder: str, sha256: str, data: bytes) -> None:
        """A picture or a font. `data` is proven to be that of `sha256`."""
        self._add(f"{folder}/{sha256}", len(data), io.BytesIO(data))
        self._names[folder].update(bytes.fromhex(sha256))
        total: dict[str, Any] = self.totals[folder]
        total["count"] += 1
        total["bytes"] += len(data)

    def finish(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Write the manifest; it is returned."""
        for folder, names in self._names.items():
            self.totals[folder]["names_sha256"] = names.hexdigest()
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            **facts,
            "members": self.members,
            **self.totals,
        }
        data = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        self._add(MANIFEST, len(data), io.BytesIO(data))
        return manifest

    def _add(self, name: str, size: int, file: IO[bytes]) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._made_at, 0o600
        self._tar.addfile(info, file)
        _forget_members(self._tar)


@contextmanager
def writing(path: Path, made_at: float) -> Iterator[Writer]:
    with tarfile.open(path, "w") as tar:
        yield Writer(tar, made_at)


def read(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """(name, bytes, its data) of each member in order. A name is one of ours, never a path to be trusted.

    Raises InvalidInput for what is no backup; to be used within `reading`.
    """
    with tarfile.open(path, "r|") as tar:
        for info in tar:
            name = info.name
            if not info.isfile() or not (name in (DATABASE, SETTINGS, MANIFEST) or _MEMBER.fullmatch(name)):
                raise no_backup(path)
            data = tar.extractfile(info)
            if data is None:
                raise no_backup(path)
            yield name, info.size, data
            _forget_members(tar)


def _forget_members(tar: Any) -> None:
    """tarfile keeps a note of each, a kilobyte a picture, and needs none here."""
    tar.members.clear()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Around `read` and whatever reads its data: one that is damaged or ends too early is InvalidInput."""
    try:
        yield
    except _BROKEN as error:
        raise no_backup(path) from error


def hashed_name(name: str) -> tuple[str, str] | None:
    """(folder, SHA-256) of a picture's or font's member; None for another."""
    found = _MEMBER.fullmatch(name)
    return (found[1], found[2]) if found else None


def no_backup(path: Path) -> InvalidInput:
    return InvalidInput(
        N_("{file} is no backup of AIM Studio, or it is damaged. Nothing was changed; use another one."),
        file=path.name,
    )
