"""The hub's cache on this disk, in the layout of huggingface_hub, which other programs share.

    models--owner--name/refs/main            the commit
    models--owner--name/blobs/<digest>       each file once; a name of 64 hex digits is its SHA-256
    models--owner--name/snapshots/<commit>/  the files by name, as links to blobs

What stopped half-way lies in `blobs/<digest>.aim.incomplete` and is gone on with: huggingface_hub
itself (1.18 and later) throws it away and starts each file anew.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from services.models.hub_client import Listing, RemoteFile
from services.models.layout import is_whole
from services.storage.files import disk_errors, write_whole

PARTIAL = ".aim.incomplete"
READ_BYTES = 8 * 2**20
SHA256_DIGITS = 64


def cache_folder() -> Path:
    """Where all models of the hub lie; HF_HOME and HF_HUB_CACHE move it. It may not exist yet."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


class HubCache:
    """The place of one model, by hub id."""

    def __init__(self, model: str) -> None:
        self.root = cache_folder() / f"models--{model.replace('/', '--')}"

    def whole_snapshot(self) -> Path | None:
        """The snapshot that `main` named last if all of its weights are here, else the newest whole one."""
        snapshots = self.root / "snapshots"
        try:
            current = snapshots / (self.root / "refs" / "main").read_text().strip()
        except OSError:
            current = snapshots / "-"
        if current.is_dir() and is_whole(current):
            return current
        try:
            others = sorted(snapshots.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        except OSError:
            return None
        return next((path for path in others if path.is_dir() and is_whole(path)), None)

    def blob(self, file: RemoteFile) -> Path:
        return self.root / "blobs" / file.digest

    def partial(self, file: RemoteFile) -> Path:
        return self.root / "blobs" / f"{file.digest}{PARTIAL}"

    def bytes_here(self, file: RemoteFile) -> int:
        """How much of `file` has arrived, at most its size."""
        for path in (self.blob(file), self.partial(file)):
            try:
                return min(file.size, path.stat().st_size)
            except OSError:
                continue
        return 0

    def publish(self, listing: Listing) -> Path:
        """Name the blobs of `listing` as its snapshot, and the snapshot as `main`; the snapshot's folder."""
        snapshot = self.root / "snapshots" / listing.commit
        for file in listing.files:
            path = snapshot / file.path
            with disk_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                if not path.exists():
                    path.unlink(missing_ok=True)  # a link whose blob was removed
                    _link(self.blob(file), path)
        write_whole(self.root / "refs" / "main", listing.commit.encode())
        return snapshot

    def discard_partials(self) -> int:
        """Remove what stopped half-way; the bytes set free."""
        freed = 0
        for path in self.root.glob(f"blobs/*{PARTIAL}"):
            freed += path.stat().st_size
            path.unlink(missing_ok=True)
        return freed


def _link(blob: Path, path: Path) -> None:
    """A relative link as huggingface_hub makes it; a copy where the disk knows no links."""
    try:
        path.symlink_to(os.path.relpath(blob, path.parent))
    except OSError:
        shutil.copyfile(blob, path)


def digest_of(path: Path, name: str, tick: Callable[[int], None] = lambda count: None) -> str:
    """The digest of the kind that `name` is: SHA-256, or git's SHA-1 of a blob. `tick` gets bytes read."""
    if len(name) == SHA256_DIGITS:
        known = hashlib.sha256()
    else:
        known = hashlib.sha1(usedforsecurity=False)
        known.update(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as handle:
        while chunk := handle.read(READ_BYTES):
            known.update(chunk)
            tick(len(chunk))
    return known.hexdigest()
