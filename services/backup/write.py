"""Make a backup while the studio works.

First the database, on one snapshot; then the pictures that the snapshot names. Those are never changed, and
what is named is never swept: the two belong together, however much is made meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text

from db import copies
from db.engine import open_migration_engine
from services import settings_store
from services.backup import archive
from services.brand.fonts import fonts_folder
from services.database import ensure_database
from services.database_faults import storage_errors
from services.errors import InvalidInput
from services.messages import N_
from services.parts import Progress
from services.people import Role, require
from services.settings import Settings, get_settings
from services.storage.files import TEMPORARY, disk_errors, publish
from services.storage.images import ImageStore, get_store
from services.storage.references import named_keys, shown_pictures

DATABASE_SHARE = 0.2
"""Of the progress."""

AT_ONCE = 32
"""Pictures fetched side by side from a bucket."""

COUNTED = ("campaigns", "sessions", "variants", "libraries", "items", "people")


@dataclass(frozen=True, slots=True)
class Report:
    """What a backup holds. `missing`: keys of pictures that people made or added and that are lost."""

    bytes: int
    images: int
    images_bytes: int
    counts: dict[str, int]
    missing: tuple[str, ...]


def back_up(path: Path, images: bool = True, tell: Progress | None = None) -> Report:
    """Write a backup to `path`, whole or not at all; what was there is replaced only by a whole one.

    Raises NotAllowed, InvalidInput (`path` is another kind of file), StorageError; lets Cancelled pass.
    """
    require(Role.ADMIN)
    said: Progress = tell or (lambda share: None)
    settings = get_settings()
    if path.exists() and (not path.is_file() or (path.stat().st_size and not _is_backup(path))):
        raise InvalidInput(
            N_("{file} is there already and is no backup. Choose another name."), file=str(path)
        )
    ensure_database()
    manifests: list[dict[str, Any]] = []
    with work_folder(settings.home) as folder:
        copy = folder / archive.DATABASE
        with storage_errors(), disk_errors(copy):
            schema = copy_database(settings, copy, lambda share: said(DATABASE_SHARE * share))
        publish(path, lambda file: manifests.append(_fill(file, copy, schema, settings, images, said)))
    said(1.0)
    found = manifests[0]
    totals = found[archive.IMAGES]
    missing = tuple(found["missing"])
    return Report(path.stat().st_size, totals["count"], totals["bytes"], found["counts"], missing)


def copy_database(settings: Settings, copy: Path, tell: Progress) -> str:
    """The database as a SQLite file; its revision. Raises the database's own errors."""
    engine = open_migration_engine(settings.resolved_database_url)
    try:
        return copies.save(engine, copy, tell)
    finally:
        engine.dispose()


class work_folder:  # noqa: N801 - used as a function
    """A folder in the studio's home for unfinished work. A killed process leaves it to the sweep."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def __enter__(self) -> Path:
        with disk_errors(self._home):
            self._home.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(dir=self._home, prefix=TEMPORARY))
        return self._folder

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _fill(
    path: Path, copy: Path, schema: str, settings: Settings, images: bool, tell: Progress
) -> dict[str, Any]:
    made_at = time.time()
    engine = create_engine(f"sqlite:///{copy}")
    try:
        with engine.connect() as snapshot:
            named, shown, counts = named_keys(snapshot), shown_pictures(snapshot), _counts(snapshot)
    finally:
        engine.dispose()
    with archive.writing(path, made_at) as out:
        out.add_file(archive.DATABASE, copy)
        out.add_bytes(archive.SETTINGS, _settings(settings.home))
        for key, data in _fonts(named):
            out.add_hashed(archive.FONTS, key, data)
        packed = _pack_images(out, named, tell) if images else set()
        missing = sorted(shown - packed) if images else []
        return out.finish(
            {
                "made_at": datetime.fromtimestamp(made_at, UTC).isoformat(timespec="seconds"),
                "schema": schema,
                "made_on": "postgresql" if settings.database_url.startswith("postgres") else "sqlite",
                "with_images": images,
                "counts": counts,
                "missing": missing,
            }
        )


def _pack_images(out: archive.Writer, named: set[bytes], tell: Progress) -> set[str]:
    """Every picture that is named and there, by key; one that is damaged is left out."""
    store, packed = get_store(), set[str]()
    wanted = sorted(each.sha256 for each in store.walk() if bytes.fromhex(each.sha256) in named)
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        tell(DATABASE_SHARE + (1 - DATABASE_SHARE) * len(packed) / len(wanted))
        for key, data in _verified(store, some):
            out.add_hashed(archive.IMAGES, key, data)
            packed.add(key)
    return packed


def _verified(store: ImageStore, keys: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for key, data in store.read_many(keys):
        if hashlib.sha256(data).hexdigest() == key:
            yield key, data


def _fonts(named: set[bytes]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(fonts_folder().glob("??/*.ttf")):
        key = path.stem
        if archive.hashed_name(f"{archive.FONTS}/{key}") and bytes.fromhex(key) in named:
            with disk_errors(path):
                data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == key:
                yield key, data


def _settings(home: Path) -> bytes:
    """Names and folders alone: the store takes no key, and an address loses the name and password in it."""
    values = {name: _without_password(value) for name, value in settings_store.read(home).items()}
    return (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode()


def _without_password(value: str) -> str:
    scheme, mark, rest = value.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}" if mark else value


def _counts(snapshot: Connection) -> dict[str, int]:
    return {
        table: int(snapshot.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()) for table in COUNTED
    }


def _is_backup(path: Path) -> bool:
    try:
        with archive.reading(path):
            return next(archive.read(path), ("", 0, None))[0] == archive.DATABASE
    except InvalidInput:
        return False
