"""Are the pictures that people made and added still there, and unchanged? Looked at for a moment only."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.database import read_session
from services.domain import Variant
from services.errors import NotFound, StorageError, Unavailable
from services.people import Role, require
from services.storage.images import get_store
from services.storage.references import shown_pictures

SECONDS = 1.0
"""For each of the two looks: is it there, and has it the bytes that were put?"""


@dataclass(frozen=True, slots=True)
class Health:
    """`looked_for` of `named` pictures were looked for, `read` were read and their hash compared."""

    named: int
    looked_for: int
    read: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]


def look(seconds: float = SECONDS) -> Health:
    """A sample of the pictures that rows name, another one at each look; all of them where that is quick.

    A damaged one is set aside. Raises NotAllowed, Unavailable.
    """
    require(Role.VIEWER)
    with read_session() as session:
        named = sorted(shown_pictures(session.connection()))
    random.shuffle(named)
    store = get_store()
    looked_for = list(_within(named, seconds))
    there = [key for key in looked_for if store.exists(key)]
    read, damaged = 0, []
    for key in _within(there, seconds):
        read += 1
        if not _sound(key):
            damaged.append(key)
    missing = set(looked_for) - set(there)
    return Health(len(named), len(looked_for), read, tuple(sorted(missing)), tuple(damaged))


def lost(variants: Sequence[Variant]) -> list[Variant]:
    """Those whose picture is gone. They can be made again from their recipes."""
    store = get_store()
    return [variant for variant in variants if not store.exists(variant.sha256)]


def _within(keys: Iterable[str], seconds: float) -> Iterable[str]:
    until = time.monotonic() + seconds
    for key in keys:
        if time.monotonic() > until:
            return
        yield key


def _sound(key: str) -> bool:
    try:
        get_store().verify(key)
    except Unavailable:
        raise
    except (NotFound, StorageError):
        return False
    return True
