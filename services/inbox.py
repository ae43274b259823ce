"""Uploaded files on their way from a page to the worker.

Uploads sit in the page's memory; the worker is another process. They wait here, under numbers: a
file's own name is data in a list, never a path.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from db.base import new_id
from services.errors import NotFound
from services.messages import N_
from services.people import Role, require
from services.quotas import require_upload
from services.settings import get_settings
from services.storage.files import disk_errors, write_whole

_NAMES = "names.json"


def keep(files: Sequence[tuple[str, bytes]]) -> str:
    """Write (name, bytes) pairs to disk; the key to read them with. The list of names comes last."""
    require(Role.CREATOR)
    require_upload([len(data) for _, data in files])
    key = new_id()
    folder = _folder(key)
    for number, (_, data) in enumerate(files):
        write_whole(folder / f"{number:06d}", data)
    write_whole(folder / _NAMES, json.dumps([name for name, _ in files]).encode())
    return key


def read(key: str) -> list[tuple[str, bytes]]:
    """What was kept under `key`. Raises NotFound when it was removed."""
    with disk_errors(_folder(key)):
        return [(name, path.read_bytes()) for name, path in paths(key)]


def paths(key: str) -> list[tuple[str, Path]]:
    """(name, where its bytes lie) of what was kept under `key`. Raises NotFound when it was removed."""
    folder = _folder(key)
    if not (folder / _NAMES).is_file():
        raise NotFound(N_("The uploaded files are gone. Upload them again."))
    with disk_errors(folder):
        names = json.loads((folder / _NAMES).read_bytes())
    return [(name, folder / f"{number:06d}") for number, name in enumerate(names)]


def remove(key: str) -> None:
    """Forget the files; nothing happens when they are gone already."""
    require(Role.CREATOR)
    shutil.rmtree(_folder(key), ignore_errors=True)


def _folder(key: str) -> Path:
    return get_settings().home / "inbox" / key
