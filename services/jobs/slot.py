"""The place that only one worker process can hold: an operating-system lock, gone with its process."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from filelock import FileLock, Timeout

from services.settings import Settings

DEFAULT_SLOT = "worker"
DOWNLOADS_SLOT = "downloads"


class Slot:
    """One worker's place in a studio home. `name` tells it from the slots of other homes and hosts."""

    def __init__(self, settings: Settings, key: str = DEFAULT_SLOT) -> None:
        self.path: Path = settings.home.resolve() / "locks" / f"{key}.lock"
        self.host = socket.gethostname()
        self.name = f"{self.host}:{self.path}"
        self._lock = FileLock(self.path)
        self._signature = self.path.with_suffix(".pid")

    def acquire(self, wait_seconds: float = 0.0) -> bool:
        """Take the slot. False: a living process holds it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=wait_seconds)
        except Timeout:
            return False
        return True

    def sign(self) -> None:
        """Leave the holder's process number for the supervisor."""
        self._signature.write_text(str(os.getpid()))

    @property
    def signed_by(self) -> int | None:
        """The process number of the last holder that signed."""
        try:
            return int(self._signature.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def release(self) -> None:
        self._lock.release()

    @property
    def taken(self) -> bool:
        """A living process holds it. Takes it for a moment to find out."""
        if not self.acquire():
            return True
        self.release()
        return False

    @property
    def removed(self) -> bool:
        """The studio's home was deleted under us."""
        return not self.path.exists()
