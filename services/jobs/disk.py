"""A full disk: how it is told from other failures, and when there is room again (fault 7)."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile

from services.settings import get_settings

ROOM_BYTES = 64 * 2**20
"""What must be free before a paused run goes on: a batch of variants with their thumbnails."""

_ERRORS = (errno.ENOSPC, errno.EDQUOT)
_WORDS = ("disk is full", "disk full", "no space left")
"""How SQLite and PostgreSQL say it; their drivers give no number that both share."""


def is_full(error: BaseException | None) -> bool:
    """Was a full disk, or a used-up quota, the reason for `error`, or for what led to it?"""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _ERRORS:
            return True
        original = getattr(error, "orig", None)  # what the driver said, by SQLAlchemy
        if original is not None and any(word in str(original).lower() for word in _WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def free_bytes() -> int:
    """Free space where the studio's data lies, as the system tells it."""
    return shutil.disk_usage(get_settings().home).free


def room() -> bool:
    """Can the studio write again? Tried with a file, because a quota shows in no figure of the disk."""
    try:
        if free_bytes() < ROOM_BYTES:
            return False
        with tempfile.TemporaryFile(dir=get_settings().home) as probe:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(probe.fileno(), 0, ROOM_BYTES)
    except OSError as error:
        return error.errno not in (*_ERRORS, errno.EROFS)
    return True
