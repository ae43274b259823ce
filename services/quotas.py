"""Limits that keep a shared studio alive: room on the disk, runs in the queue, size of an upload.

Each refuses before anything is written and names its setting, so that an administrator can raise it.
The studio's fixed limits (pixels, text, photos of a brief) are in `services.limits`.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from db.repositories.run_limits import unfinished_of_person
from services.errors import LimitReached
from services.jobs.views import INTERACTIVE, RunKind
from services.limits import LEAST_FREE_BYTES, UPLOAD_FILES
from services.messages import N_
from services.settings import get_settings
from services.sizes import readable

REMEASURE_SECONDS = 60.0
"""How old a measured size may be. Walking 100,000 files takes about a second."""

SHARE_OF_TIME = 0.02
"""At most this share of a process's time goes into measuring, whatever the size of the folder."""


@dataclass(frozen=True, slots=True)
class _Measured:
    folder: Path
    size: int
    at: float
    seconds: float

    def holds(self, folder: Path) -> bool:
        rest = max(REMEASURE_SECONDS, self.seconds / SHARE_OF_TIME)
        return folder == self.folder and time.monotonic() - self.at < rest


_last: _Measured | None = None


def used_bytes() -> int:
    """What the studio's data folder takes; measured again at most once a minute."""
    global _last
    folder, found = get_settings().home, _last
    if found is None or not found.holds(folder):
        started = time.monotonic()
        size = size_of(folder)
        found = _last = _Measured(folder, size, time.monotonic(), time.monotonic() - started)
    return found.size


def forget_measure() -> None:
    """Measure anew at the next question: much was deleted, or restored."""
    global _last
    _last = None


def size_of(folder: Path) -> int:
    """Bytes of all files below `folder`; links are not followed, what vanishes meanwhile counts nothing."""
    total, waiting = 0, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return total


def require_room(more: int = 0) -> None:
    """Raise LimitReached where `more` bytes do not fit on the disk, or under the studio's quota."""
    settings = get_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(settings.home).free < LEAST_FREE_BYTES + more:
        raise LimitReached(
            N_("The disk has less than {free} left. Nothing was lost; free some space, then try again."),
            free=readable(LEAST_FREE_BYTES + more),
        )
    quota = int(settings.disk_quota_gb * 10**9)
    if quota and used_bytes() + more > quota:
        raise LimitReached(
            N_(
                "This studio may use {quota} of disk and has used {used}. Delete what nobody needs, "
                "or ask an administrator to raise AIM_STUDIO_DISK_QUOTA_GB."
            ),
            quota=readable(quota),
            used=readable(used_bytes()),
        )


def require_upload(sizes: Sequence[int]) -> None:
    """Raise LimitReached for an upload of too many or too large files, given their sizes in bytes."""
    limit = int(get_settings().upload_mb * 10**6)
    if len(sizes) > UPLOAD_FILES:
        raise LimitReached(
            N_("{count} files are too many for one upload. Choose up to {limit}, or one ZIP file."),
            count=len(sizes),
            limit=UPLOAD_FILES,
        )
    if sum(sizes) > limit:
        raise LimitReached(
            N_("These files have {size}; one upload takes up to {limit}. Add them in several goes."),
            size=readable(sum(sizes)),
            limit=readable(limit),
        )
    require_room(sum(sizes))


def require_place_in_queue(session: Session, kind: RunKind, person_id: str | None) -> None:
    """Raise LimitReached where the person has as many unfinished runs as one may have.

    Looking (searches, heatmaps) is never refused: it takes a moment and makes nothing.
    """
    limit = get_settings().runs_per_person
    if not limit or kind in INTERACTIVE:
        return
    count = unfinished_of_person(session, person_id, INTERACTIVE)
    if count >= limit:
        raise LimitReached(
            N_(
                "You have {count} runs waiting or at work, as many as one person may have. "
                "Wait until one is done, or cancel one on the Runs page."
            ),
            count=count,
        )
