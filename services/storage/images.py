"""The image store: files named by the SHA-256 of their bytes, with thumbnails beside them.

    root/sha256/ab/ab12...            the picture, as it was put
    root/thumbnails/320/ab/ab12...    a JPEG, or a PNG where it is transparent

Content addressing makes a second put of the same bytes free and lets an export be verified. A picture that is
found damaged is set aside (root/damaged/): from then on it is missing, and can be added or made again.

This is the store in a folder; `services.storage.remote` keeps the same layout in a bucket.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from services.errors import NotFound, StorageError, StudioError
from services.limits import THUMBNAIL_SIDE
from services.messages import N_
from services.settings import get_settings
from services.storage.files import disk_errors, write_whole

_KEY = re.compile(r"[0-9a-f]{64}")

DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    OverflowError,
    Image.DecompressionBombError,
)
"""What Pillow raises on a damaged or hostile file, depending on where it is damaged."""

THUMBNAIL_QUALITY = 85
"""JPEG at 320 px: about 20 kB. WEBP would take two thirds of that and twelve times as long to write, and
Streamlit would encode it anew at every run of a page."""

FRESH_SECONDS = 12 * 3600
"""A picture put so long ago counts as put now when its bytes come again: a sweep spares what is young."""

PICTURES, THUMBNAILS, DAMAGED = "sha256", "thumbnails", "damaged"


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture of the store: its key, its size in bytes and when it was put (seconds since 1970)."""

    sha256: str
    bytes: int
    put_at: float


class ImageStore:
    """Pictures under `root`. Threads and processes may share it: every write is whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Store encoded picture bytes as they are, with a thumbnail; their SHA-256.

        Raises StorageError when they do not decode (nothing is stored) or the disk refuses.
        """
        return self._put(data, None)

    def put_image(self, image: Image.Image) -> str:
        """Store a decoded picture without loss (PNG, no metadata); its SHA-256."""
        return self.put_encoded(encode_lossless(image), image)

    def put_encoded(self, data: bytes, image: Image.Image) -> str:
        """As `put`, where the caller has the decoded picture already; it saves decoding it again."""
        return self._put(data, image)

    def path(self, sha256: str) -> Path:
        """Where the picture lies. Raises NotFound when there is none, or `sha256` is no key."""
        path = self._locate(sha256)
        if not self._fetch(path):
            raise NotFound(
                N_("The picture {sha256} is not in the image store. Add it again, or make it again."),
                sha256=sha256[:12],
            )
        return path

    def exists(self, sha256: str) -> bool:
        return _KEY.fullmatch(sha256) is not None and self._has(self._locate(sha256))

    def open(self, sha256: str) -> Image.Image:
        """The decoded picture. Raises NotFound, or StorageError when the file is damaged."""
        path = self.path(sha256)
        try:
            with Image.open(path) as image:
                image.load()
                return image
        except DECODE_ERRORS as error:
            raise self._refused(sha256) from error

    def verify(self, sha256: str) -> bytes:
        """The picture's bytes, proven to be those that were put. For export.

        Raises NotFound, or StorageError when the file was changed since: it is set aside then.
        """
        path = self.path(sha256)
        with disk_errors(path):
            data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            self._set_aside(path)
            raise damaged(sha256)
        return data

    def keep(self, sha256: str, data: bytes) -> None:
        """Store bytes whose key is known, without decoding them: a backup's. Raises StorageError."""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise damaged(sha256)
        path = self._locate(sha256)
        if not self._same(path, data):
            self._save(path, data)

    def read_many(self, keys: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """(key, bytes) of those that are there, not verified."""
        for sha256 in keys:
            with suppress(FileNotFoundError):
                yield sha256, self._locate(sha256).read_bytes()

    def check(self) -> None:
        """Raises StorageError, Unavailable when it cannot be used. A folder is made at the first put."""

    def prefetch(self, keys: Iterable[str]) -> None:
        """Thumbnails that a page is about to show, all at once where that is quicker. Never raises."""

    def walk(self) -> Iterator[Stored]:
        """Every picture, in no order; thumbnails and damaged ones are left out."""
        for folder in sorted((self.root / PICTURES).glob("??")):
            with os.scandir(folder) as entries:
                for entry in entries:
                    if _KEY.fullmatch(entry.name):
                        status = entry.stat()
                        yield Stored(entry.name, status.st_size, status.st_mtime)

    def remove(self, keys: Iterable[str]) -> None:
        """Take pictures and their thumbnails away; what is not there is gone already."""
        for sha256 in keys:
            self._locate(sha256).unlink(missing_ok=True)
            for small in (self.root / THUMBNAILS).glob(f"*/{sha256[:2]}/{sha256}*"):
                small.unlink(missing_ok=True)

    def thumbnail(self, sha256: str, side: int = THUMBNAIL_SIDE) -> Path:
        """A JPEG (PNG where it is transparent) of at most `side` px; made again when it is missing."""
        target = self._thumbnail_path(sha256, side)
        if not self._fetch(target):
            self._write_thumbnail(sha256, side, self.open_small(sha256, side))
        return target

    def _put(self, data: bytes, image: Image.Image | None) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._locate(sha256)
        picture = image or _decode(data)
        # A file that is there but differs was damaged on disk: putting it again heals it.
        if not self._same(path, data):
            self._save(path, data)
        if not self._has(self._thumbnail_path(sha256, THUMBNAIL_SIDE)):
            self._write_thumbnail(sha256, THUMBNAIL_SIDE, picture)
        return sha256

    def open_small(self, sha256: str, side: int) -> Image.Image:
        """The picture at twice `side` or more: a JPEG decodes at a fraction of the work that way.

        Raises NotFound, or StorageError when the file is damaged.
        """
        path = self.path(sha256)
        try:
            with Image.open(path) as image:
                image.draft(image.mode, (2 * side, 2 * side))
                image.load()
                return image
        except DECODE_ERRORS as error:
            raise self._refused(sha256) from error

    def _write_thumbnail(self, sha256: str, side: int, image: Image.Image) -> None:
        small = encode_small(shrink(image, side, Image.Resampling.BICUBIC))
        self._save(self._thumbnail_path(sha256, side), small)

    def _refused(self, sha256: str) -> StorageError:
        """The sentence for a picture that does not decode. Other bytes than were put are set aside."""
        with suppress(StudioError):
            self.verify(sha256)
        return damaged(sha256)

    # --- where the bytes are: a folder here, a bucket with a cache in services.storage.remote ---

    def _fetch(self, path: Path) -> bool:
        """See to it that the object is a file at `path`. False: there is no such object."""
        return path.is_file()

    def _has(self, path: Path) -> bool:
        return path.is_file()

    def _same(self, path: Path, data: bytes) -> bool:
        """Are these very bytes kept already? Then they count as put now: a sweep spares what is young."""
        if not (path.is_file() and path.read_bytes() == data):
            return False
        if time.time() - path.stat().st_mtime > FRESH_SECONDS:
            with disk_errors(path):
                os.utime(path)
        return True

    def _save(self, path: Path, data: bytes) -> None:
        write_whole(path, data)

    def _set_aside(self, path: Path) -> None:
        target = self.root / DAMAGED / path.name
        with disk_errors(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)

    def _locate(self, sha256: str) -> Path:
        return self.root / PICTURES / _checked(sha256)[:2] / sha256

    def _thumbnail_path(self, sha256: str, side: int) -> Path:
        return self.root / THUMBNAILS / str(side) / _checked(sha256)[:2] / sha256


def shrink(image: Image.Image, side: int, by: Image.Resampling = Image.Resampling.LANCZOS) -> Image.Image:
    """A copy (RGB or RGBA), its longer side at most `side` px; never enlarged. BICUBIC is a third quicker."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    small = image.copy() if image.mode == mode else image.convert(mode)
    small.thumbnail((side, side), by, reducing_gap=3.0)
    small.info = {}
    return small


def encode_small(image: Image.Image) -> bytes:
    """For the eye, in what every page shows as it is: JPEG bytes, PNG where the picture is transparent."""
    buffer = io.BytesIO()
    if _is_seen_through(image):
        image.save(buffer, "PNG")
    else:
        image.convert("RGB").save(buffer, "JPEG", quality=THUMBNAIL_QUALITY)
    return buffer.getvalue()


def _is_seen_through(image: Image.Image) -> bool:
    """Is there a pixel that is not opaque? Many a PNG has an alpha channel and no use for it."""
    return image.has_transparency_data and any(image.convert("RGBA").getchannel("A").histogram()[:255])


def encode_lossless(image: Image.Image) -> bytes:
    """PNG bytes without metadata. Equal pixels give equal bytes."""
    clean = image.copy()
    clean.info = {}
    buffer = io.BytesIO()
    clean.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def get_store() -> ImageStore:
    """The store of the current settings. Raises StorageError when its address cannot be used."""
    from services.storage.places import store_of

    return store_of(get_settings())


def _decode(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return image
    except DECODE_ERRORS as error:
        raise StorageError(
            N_("These bytes are not a picture that can be stored. Nothing was saved.")
        ) from error


def _checked(sha256: str) -> str:
    """Keys come from URLs too: anything but 64 hex digits must never become a path."""
    if not _KEY.fullmatch(sha256):
        raise NotFound(N_("That is not the name of a stored picture."))
    return sha256


def damaged(sha256: str) -> StorageError:
    """What is said of a picture whose bytes are not those that were put."""
    return StorageError(
        N_("The stored picture {sha256} is damaged on disk. Add it again, or make it again."),
        sha256=sha256[:12],
    )
