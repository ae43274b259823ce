"""Is a backup whole, and can this version read it? All of it is read once; its database alone is unpacked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from db import copies
from db.migrate import REVISIONS
from services.backup import archive
from services.errors import InvalidInput, StorageError
from services.messages import N_
from services.parts import Progress
from services.storage.files import disk_errors

PIECE = 2**20


@dataclass(frozen=True, slots=True)
class Contents:
    """A backup that was read to its end. `database` lies in the caller's folder."""

    manifest: dict[str, Any]
    database: Path
    settings: dict[str, str]

    @property
    def schema(self) -> str:
        return str(self.manifest["schema"])


def check(path: Path, folder: Path, tell: Progress) -> Contents:
    """Read all of the backup, verify every hash, unpack the database alone into `folder`.

    Raises InvalidInput: no backup, a damaged one, one of a newer version. StorageError: the disk refused.
    """
    if not path.is_file():
        raise InvalidInput(N_("There is no file {file}."), file=str(path))
    with archive.reading(path):
        seen = _read_all(path, folder, tell)
    manifest = _compare(path, seen)
    found = Contents(manifest, folder / archive.DATABASE, _settings(path, seen.settings))
    _check_database(path, found)
    return found


@dataclass(slots=True)
class _Seen:
    """What a backup holds by its own bytes: (size, SHA-256) of members, (count, hash of names) of folders."""

    members: dict[str, tuple[int, str]]
    folders: dict[str, tuple[int, str]]
    settings: bytes = b"{}"
    manifest: dict[str, Any] | None = None


def _read_all(path: Path, folder: Path, tell: Progress) -> _Seen:
    seen = _Seen({}, {})
    names = {archive.IMAGES: hashlib.sha256(), archive.FONTS: hashlib.sha256()}
    counts = dict.fromkeys(names, 0)
    total, done = max(path.stat().st_size, 1), 0
    for name, size, data in archive.read(path):
        if seen.manifest is not None:
            raise archive.no_backup(path)
        if hashed := archive.hashed_name(name):
            if _digest(data) != hashed[1]:
                raise damaged(path)
            names[hashed[0]].update(bytes.fromhex(hashed[1]))
            counts[hashed[0]] += 1
        elif name == archive.DATABASE:
            seen.members[name] = size, _unpack(data, folder / archive.DATABASE)
        elif name == archive.SETTINGS:
            seen.settings = data.read(archive.MANIFEST_BYTES)
            seen.members[name] = size, hashlib.sha256(seen.settings).hexdigest()
        else:
            seen.manifest = _manifest(path, data.read(archive.MANIFEST_BYTES))
        done += size
        tell(min(done / total, 1.0))
    seen.folders = {each: (counts[each], names[each].hexdigest()) for each in names}
    return seen


def damaged(path: Path) -> InvalidInput:
    return InvalidInput(
        N_("The backup {file} is damaged. Nothing was changed; use another one."), file=path.name
    )


def _compare(path: Path, seen: _Seen) -> dict[str, Any]:
    """The manifest, when everything that it tells of is there, and nothing else."""
    manifest = seen.manifest
    if manifest is None:
        raise InvalidInput(
            N_("The backup {file} ends too early: it was cut off. Nothing was changed; use another one."),
            file=path.name,
        )
    try:
        told = {name: (int(m["bytes"]), str(m["sha256"])) for name, m in manifest["members"].items()}
        hashed = {f: (int(manifest[f]["count"]), str(manifest[f]["names_sha256"])) for f in seen.folders}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise archive.no_backup(path) from error
    if told != seen.members or hashed != seen.folders or archive.DATABASE not in seen.members:
        raise damaged(path)
    return manifest


def _manifest(path: Path, data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise archive.no_backup(path) from error
    if not isinstance(found, dict) or found.get("format") != archive.FORMAT:
        raise archive.no_backup(path)
    if found.get("format_version") != archive.FORMAT_VERSION or found.get("schema") not in REVISIONS:
        raise InvalidInput(
            N_(
                "The backup {file} was made by a newer version of AIM Studio. Update the studio, then "
                "restore it; nothing was changed."
            ),
            file=path.name,
        )
    return found


def _check_database(path: Path, found: Contents) -> None:
    if copies.faults(found.database) or copies.file_revision(found.database) != found.schema:
        raise damaged(path)


def _settings(path: Path, data: bytes) -> dict[str, str]:
    try:
        values = json.loads(data)
    except ValueError as error:
        raise damaged(path) from error
    return {k: v for k, v in values.items() if isinstance(v, str)} if isinstance(values, dict) else {}


def _digest(data: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := data.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _unpack(data: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    try:
        with disk_errors(target), target.open("wb") as file:
            while piece := data.read(PIECE):
                digest.update(piece)
                file.write(piece)
    except StorageError:
        target.unlink(missing_ok=True)
        raise
    return digest.hexdigest()
