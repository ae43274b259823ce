"""Opened indexes of libraries: from disk when the file is sound and current, else from the rows.

indexes/<library id>/<encoder>/<fingerprint>-<kind>.faiss (+ .norms.npy)
indexes/<library id>/<encoder>/manifest.json     written last: what it names is whole
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from db.repositories.libraries import LibraryRepository
from db.tables import Library
from services.database import read_session
from services.errors import StorageError
from services.retrieval.fusion import fuse
from services.retrieval.index_faiss import VectorIndex, norms_path
from services.retrieval.vectors import unpack
from services.settings import get_settings
from services.storage.files import write_whole

KEPT_OPEN = 4
"""Libraries in use at the same time in one process. An open index of 100,000 pictures takes 150 MB."""

logger = logging.getLogger(__name__)


_lock = threading.Lock()
_opened: OrderedDict[tuple[Path, str], VectorIndex] = OrderedDict()


def open_index(library: Library, encoder: str, dim: int) -> VectorIndex:
    """The current index of `library` in the space of `encoder`. Raises InvalidInput, StorageError."""
    folder, fingerprint = _folder(library.id, encoder), fingerprint_of(library)
    key = (folder, fingerprint)
    with _lock:
        if key not in _opened:
            _opened[key] = _load(folder, fingerprint, dim) or _rebuild(library, encoder, dim)
        _opened.move_to_end(key)
        while len(_opened) > KEPT_OPEN:
            _opened.popitem(last=False)
        return _opened[key]


def fingerprint_of(library: Library) -> str:
    """Changes whenever items or vectors do. Ids are used again after a deletion, birthdays are not."""
    return f"{int(library.created_at.timestamp() * 1_000_000):x}-{library.version}"


def forget(library_id: int) -> None:
    """Drop the files and the opened indexes of a library that was deleted."""
    folder = get_settings().indexes_dir / str(library_id)
    with _lock:
        for key in [k for k in _opened if k[0].is_relative_to(folder)]:
            del _opened[key]
        shutil.rmtree(folder, ignore_errors=True)  # what stays is a cache that nobody will open


def _folder(library_id: int, encoder: str) -> Path:
    space = hashlib.sha256(encoder.encode()).hexdigest()[:12]
    return get_settings().indexes_dir / str(library_id) / space


def _load(folder: Path, fingerprint: str, dim: int) -> VectorIndex | None:
    """None when there is no index of this fingerprint, or its files are not what was written."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        if manifest["fingerprint"] != fingerprint:
            return None
        for name, expected in manifest["sha256"].items():
            if _digest(folder / Path(name).name) != expected:
                logger.warning("index file %s is damaged and will be built again", folder / name)
                return None
        opened = VectorIndex.load(_path(folder, fingerprint))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        logger.warning("the index in %s cannot be read (%s) and will be built again", folder, error)
        return None
    return opened if opened.dim == dim else None


def _rebuild(library: Library, encoder: str, dim: int) -> VectorIndex:
    built = _from_rows(library.id, encoder, dim)
    folder, fingerprint = _folder(library.id, encoder), fingerprint_of(library)
    try:
        _save(built, folder, fingerprint)
    except StorageError as error:
        logger.warning("the index of %s is used from memory: %s", library.name, error)
    return built


def _from_rows(library_id: int, encoder: str, dim: int) -> VectorIndex:
    with read_session() as session:
        rows = list(LibraryRepository(session).vectors(library_id, encoder))
    vectors = fuse(unpack([row.image for row in rows], dim), [row.caption for row in rows])
    return VectorIndex.build([row.item_id for row in rows], vectors, dim)


def _save(built: VectorIndex, folder: Path, fingerprint: str) -> None:
    """The index first, then the manifest that makes it count, then the old files go."""
    path = _path(folder, fingerprint)
    built.save(path)
    files = [path, norms_path(path)]
    manifest: dict[str, Any] = {
        "fingerprint": fingerprint,
        "sha256": {file.name: _digest(file) for file in files},
    }
    write_whole(folder / "manifest.json", json.dumps(manifest, indent=1).encode())
    for old in folder.iterdir():
        if old.name not in manifest["sha256"] and old.name != "manifest.json":
            old.unlink(missing_ok=True)


def _path(folder: Path, fingerprint: str) -> Path:
    return folder / f"{fingerprint}.faiss"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
