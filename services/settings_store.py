"""What an administrator chose on the Settings page: one small JSON file in the studio's home.

The environment and `.env` win over it. It holds names and folders, never a key.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from services.choices import ENGINES, KNOWN_PARTS
from services.storage.files import write_whole

log = logging.getLogger(__name__)

FILE = "settings.json"
LOCK_SECONDS = 5.0
"""Writing takes milliseconds; whoever holds the lock for longer has died with it."""

MODEL_SETTINGS = (
    "clip_model",
    "caption_model",
    "topic_model",
    "kandinsky21_prior_model",
    "kandinsky21_model",
    "kandinsky21_inpaint_model",
    "kandinsky22_prior_model",
    "kandinsky22_model",
    "kandinsky22_inpaint_model",
)
"""Settings that name a model of the full engine, by hub id or local folder."""

LLM_SETTINGS = ("llm_base_url", "llm_model")
STORED = ("engine", *KNOWN_PARTS, *MODEL_SETTINGS, *LLM_SETTINGS)

Values = dict[str, str]


def read(home: Path) -> Values:
    """What is stored; {} where there is nothing, or nothing that can be read."""
    path = home / FILE
    try:
        status = path.stat()
    except OSError:
        return {}
    return dict(_parse(path, status.st_mtime_ns, status.st_size, status.st_ino))


def write(home: Path, changes: Mapping[str, str | None]) -> None:
    """Put `changes` into the file; None takes a value out. Raises StorageError when the disk refuses."""
    (home / "locks").mkdir(parents=True, exist_ok=True)
    with FileLock(home / "locks" / "settings.lock", timeout=LOCK_SECONDS):
        values: dict[str, str | None] = {**read(home), **changes}
        kept = {name: value for name, value in sorted(values.items()) if value and name in STORED}
        write_whole(home / FILE, (json.dumps(kept, ensure_ascii=False, indent=2) + "\n").encode())


@lru_cache(maxsize=8)
def _parse(path: Path, *_stamp: int) -> Mapping[str, str]:
    """By the file's time and size: an unchanged file is read once a process."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        log.warning("%s cannot be read and is left out: the studio runs on its defaults", path)
        return {}
    values = found if isinstance(found, dict) else {}
    return {name: value for name, value in values.items() if _valid(name, value)}


def _valid(name: str, value: object) -> bool:
    """A value by hand that would not start the studio is left out."""
    known = {"engine": tuple(ENGINES), **KNOWN_PARTS}.get(name)
    good = name in STORED and isinstance(value, str) and bool(value) and (known is None or value in known)
    if not good:
        log.warning("the stored setting %s=%r is left out", name, value)
    return good
