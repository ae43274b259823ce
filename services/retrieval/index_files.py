"""The files of an index: written whole, named by a manifest that comes last, and checked before they count.

indexes/<library id>/<encoder>/<birthday>-<version>.faiss (+ .norms.npy)
indexes/<library id>/<encoder>/manifest.json

What is guaranteed when:
- A kill at any moment leaves the old index or the new one. What no manifest names is never opened.
- Before an index is opened, every file has the size, and its first HEAD bytes the SHA-256, of the manifest:
  that is all of a file up to HEAD, and of a larger one all that FAISS interprets (kind, lists, centres).
- A larger file whose identity (size, time, inode) is not the one that was written or verified last is read
  and verified whole before it is opened: another program touched it.
- One whose identity is the same is opened at once, and read and verified whole right after, in the
  background of each process that opened it. Until then a bit that flipped on the disk may hide a picture,
  but shows no wrong figure: hits are scored by their rows (`index_library`). Then the index is thrown away.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from services.errors import StorageError
from services.messages import N_
from services.retrieval.index_build import Built
from services.retrieval.index_faiss import VectorIndex, norms_path
from services.retrieval.index_manifest import (
    MANIFEST,
    IndexTarget,
    birthday,
    folder_of,
    own_digest,
    read_manifest,
)
from services.retrieval.index_rows import has_all_vectors
from services.settings import get_settings
from services.storage.files import write_whole

HEAD = 32 * 2**20
"""Bytes: 20 ms of SHA-256, and more than 4096 centres of 1280 dimensions."""

LOCK_SECONDS = 30.0
"""How long writing waits for another process that writes the same index; it takes a second."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Saved:
    """An index as opened from `folder`. `sound`: its files were verified to the last byte."""

    index: VectorIndex
    version: int
    folder: Path
    manifest: dict[str, Any]
    stamp: tuple[int, int]
    sound: bool


class InUse(StorageError):
    """Another process writes this index."""


def stamp_of(folder: Path) -> tuple[int, int]:
    """Changes whenever the folder's index is another."""
    try:
        found = (folder / MANIFEST).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def load(target: IndexTarget) -> Saved | None:
    """None when there is no index of this library, or its files are not what was written."""
    folder = folder_of(target)
    for _ in range(3):
        stamp = stamp_of(folder)
        manifest = read_manifest(target)
        if manifest is None:
            return None
        try:
            sound = _verified(folder, manifest)
            if sound is None:
                logger.warning("the index in %s is damaged and will be built again", folder)
                return None
            index = VectorIndex.load(folder / Path(manifest["name"]).name, int(manifest["probes"]))
            if (index.dim, len(index)) != (target.dim, manifest["rows"]):
                raise ValueError("not the index that the manifest names")
            if sound and _describes_others(folder, manifest):
                stamp = _recognise(target, folder, manifest)
            return Saved(index, manifest["version"], folder, manifest, stamp, sound)
        except FileNotFoundError:
            if stamp_of(folder) == stamp:
                return None
            # Another process put a newer index here since the manifest was read: that one then.
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
            logger.warning("the index in %s cannot be read (%s) and will be built again", folder, error)
            return None
    return None


def publish(target: IndexTarget, built: Built) -> None:
    """Put `built` in the place of what is there, unless that is newer. Raises StorageError."""
    folder = folder_of(target)
    with locked(target, "write", LOCK_SECONDS):
        present = read_manifest(target)
        if present is not None and present["version"] > built.version:
            return
        path = folder / f"{birthday(target)}-{built.version}.faiss"
        built.index.save(path)
        manifest: dict[str, Any] = {
            "birthday": birthday(target),
            "version": built.version,
            "dim": target.dim,
            "rows": len(built.index),
            "whole": has_all_vectors(target, built.version),
            "probes": built.probes,
            "recall": built.recall,
            "name": path.name,
            "files": {file.name: _described(file) for file in (path, norms_path(path))},
        }
        _write_manifest(folder, manifest)
        for old in folder.iterdir():
            if old.name not in manifest["files"] and old.name != MANIFEST:
                with suppress(OSError):  # still open elsewhere, on Windows: the next one clears it
                    old.unlink()


def verify(saved: Saved) -> bool:
    """Read every byte. False: the files are damaged, and were thrown away."""
    files = {saved.folder / name: about for name, about in saved.manifest["files"].items()}
    try:
        good = all(_digests(path)[0] == about["sha256"] for path, about in files.items())
    except OSError:
        good = stamp_of(saved.folder) != saved.stamp  # replaced meanwhile: the new one is not this one's
    if good:
        saved.sound = True
        return True
    logger.warning("the index in %s is damaged and will be built again", saved.folder)
    if stamp_of(saved.folder) == saved.stamp:
        (saved.folder / MANIFEST).unlink(missing_ok=True)
    return False


@contextmanager
def locked(target: IndexTarget, what: str, seconds: float) -> Iterator[None]:
    """Alone among all processes of this home. Raises InUse when another one has it for longer."""
    locks = get_settings().home / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    name = f"index-{target.library_id}-{folder_of(target).name}-{what}.lock"
    try:
        with FileLock(locks / name, timeout=seconds):
            yield
    except Timeout as error:
        raise InUse(N_("Another process is making this index. Try again in a moment.")) from error


def _verified(folder: Path, manifest: dict[str, Any]) -> bool | None:
    """True: every byte was read; False: large files are yet to be; None: damaged."""
    whole = True
    for name, about in manifest["files"].items():
        path = folder / Path(name).name
        found = path.stat()
        if found.st_size != about["size"]:
            return None
        if found.st_size <= HEAD or _identity(found) != about["identity"]:
            if _digests(path)[0] != about["sha256"]:
                return None
        elif _digests(path, head_alone=True)[1] != about["head"]:
            return None
        else:
            whole = False
    return whole


def _describes_others(folder: Path, manifest: dict[str, Any]) -> bool:
    """Files with the right content that were copied here, say from a backup, since they were written."""
    files = manifest["files"].items()
    return any(_identity((folder / Path(name).name).stat()) != about["identity"] for name, about in files)


def _recognise(target: IndexTarget, folder: Path, manifest: dict[str, Any]) -> tuple[int, int]:
    """Note that these very files were verified, so that the next process opens them at once."""
    for name, about in manifest["files"].items():
        about["identity"] = _identity((folder / Path(name).name).stat())
    with suppress(StorageError), locked(target, "write", LOCK_SECONDS):
        present = read_manifest(target)
        if present is not None and present["name"] == manifest["name"]:
            _write_manifest(folder, manifest)
    return stamp_of(folder)


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """With a digest of its own: a version or a number of probes that flipped would be believed."""
    signed = {**manifest, "manifest": own_digest(manifest)}
    write_whole(folder / MANIFEST, json.dumps(signed, indent=1).encode())


def _identity(found: os.stat_result) -> list[int]:
    return [found.st_mtime_ns, found.st_ino]


def _described(path: Path) -> dict[str, Any]:
    whole, head = _digests(path)
    found = path.stat()
    return {
        "size": found.st_size,
        "sha256": whole,
        "head": head,
        "identity": _identity(found),
    }


def _digests(path: Path, head_alone: bool = False) -> tuple[str, str]:
    """SHA-256 of the file (empty where only the head is asked for), and of its first HEAD bytes."""
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(HEAD))
        head = digest.hexdigest()
        if head_alone:
            return "", head
        while piece := file.read(2**22):
            digest.update(piece)
    return digest.hexdigest(), head
