"""The image store in a bucket, with the pictures in use cached on this machine's disk.

The bucket holds the truth, under the same names as the folder of `ImageStore`. A picture is written there
first and then into the cache; it is read from the cache, where it is fetched whole and checked by its hash
before it appears. The cache is bounded: what was not used for longest goes first.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from services.errors import StudioError
from services.limits import THUMBNAIL_SIDE
from services.storage.cache import Cache
from services.storage.files import write_whole
from services.storage.images import DAMAGED, FRESH_SECONDS, PICTURES, ImageStore, Stored, damaged
from services.storage.s3 import Bucket

log = logging.getLogger(__name__)

PREFETCHED = 400
"""Thumbnails fetched at once, 5 MB: more than one page shows."""


class RemoteStore(ImageStore):
    """As `ImageStore`; its methods also raise Unavailable while the bucket does not answer."""

    def __init__(self, bucket: Bucket, root: Path, cache_bytes: int) -> None:
        super().__init__(root)
        self.bucket = bucket
        self.cache = Cache(root, cache_bytes)

    def verify(self, sha256: str) -> bytes:
        """As `ImageStore.verify`. A cached copy that was damaged is fetched anew."""
        path = self.path(sha256)
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() == sha256:
            return data
        path.unlink(missing_ok=True)
        return self.path(sha256).read_bytes()

    def prefetch(self, keys: Iterable[str]) -> None:
        """Fetch the thumbnails that are not cached, side by side."""
        paths = {self._thumbnail_path(key, THUMBNAIL_SIDE) for key in keys}
        wanted = {self._key(path): path for path in paths if not path.is_file()}
        try:
            for key, data in self.bucket.get_many(list(wanted)[:PREFETCHED]).items():
                self._cache(wanted[key], data)
        except StudioError as error:  # whoever shows them finds out, one by one
            log.warning("thumbnails could not be fetched: %s", error)

    def check(self) -> None:
        self.bucket.check()

    def read_many(self, keys: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Those that are not cached side by side; none of them is cached: a backup reads each once."""
        cached = [key for key in keys if self._locate(key).is_file()]
        yield from super().read_many(cached)
        names = {self._key(self._locate(key)): key for key in keys if key not in cached}
        for name, data in self.bucket.get_many(list(names)).items():
            yield names[name], data

    def walk(self) -> Iterator[Stored]:
        for name, size, put_at in self.bucket.list(PICTURES):
            yield Stored(name, size, put_at)

    def remove(self, keys: Iterable[str]) -> None:
        wanted = [self._locate(key) for key in keys]
        small = [self._thumbnail_path(path.name, THUMBNAIL_SIDE) for path in wanted]
        self.bucket.remove([self._key(path) for path in (*wanted, *small)])
        super().remove(path.name for path in wanted)  # from the cache

    def _fetch(self, path: Path) -> bool:
        if path.is_file():
            self.cache.used(path)
            return True
        data = self.bucket.get(self._key(path))
        if data is None:
            return False
        if self._is_picture(path) and hashlib.sha256(data).hexdigest() != path.name:
            self._set_aside(path)
            raise damaged(path.name)
        self._cache(path, data)
        return True

    def _has(self, path: Path) -> bool:
        return path.is_file() or self.bucket.info(self._key(path)) is not None

    def _same(self, path: Path, data: bytes) -> bool:
        found = self.bucket.info(self._key(path))
        if found is None or found[0] != len(data) or time.time() - found[1] > FRESH_SECONDS:
            return False
        if not path.is_file():
            self._cache(path, data)
        return True

    def _save(self, path: Path, data: bytes) -> None:
        self.bucket.put(self._key(path), data)
        self._cache(path, data)

    def _set_aside(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self.bucket.move(self._key(path), f"{DAMAGED}/{path.name}")

    def _cache(self, path: Path, data: bytes) -> None:
        write_whole(path, data)
        self.cache.added(len(data))

    def _key(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _is_picture(self, path: Path) -> bool:
        return path.relative_to(self.root).parts[0] == PICTURES
