"""The image store: files named by the SHA-256 of their bytes, with thumbnails beside them.

    root/sha256/ab/ab12...            the picture, as it was put
    root/thumbnails/320/ab/ab12....webp

Content addressing makes a second put of the same bytes free and lets an export be verified.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
from functools import lru_cache
from pathlib import Path

from PIL import Image

from services.errors import NotFound, StorageError
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

THUMBNAIL_QUALITY = 82
"""WEBP at 320 px: about 12 kB, no visible loss, and transparency stays."""


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
        if not path.is_file():
            raise NotFound(
                N_("The picture {sha256} is not in the image store. Add it again, or make it again."),
                sha256=sha256[:12],
            )
        return path

    def exists(self, sha256: str) -> bool:
        return _KEY.fullmatch(sha256) is not None and self._locate(sha256).is_file()

    def open(self, sha256: str) -> Image.Image:
        """The decoded picture. Raises NotFound, or StorageError when the file is damaged."""
        path = self.path(sha256)
        try:
            with Image.open(path) as image:
                image.load()
                return image
        except DECODE_ERRORS as error:
            raise _damaged(sha256) from error

    def verify(self, sha256: str) -> bytes:
        """The picture's bytes, proven to be those that were put. For export.

        Raises NotFound, or StorageError when the file was changed since.
        """
        path = self.path(sha256)
        with disk_errors(path):
            data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _damaged(sha256)
        return data

    def thumbnail(self, sha256: str, side: int = THUMBNAIL_SIDE) -> Path:
        """A WEBP of at most `side` px on the longer side; made again when it is missing."""
        target = self._thumbnail_path(sha256, side)
        if not target.is_file():
            self._write_thumbnail(sha256, side, self.open_small(sha256, side))
        return target

    def _put(self, data: bytes, image: Image.Image | None) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._locate(sha256)
        picture = image or _decode(data)
        # A file that is there but differs was damaged on disk: putting it again heals it.
        if not (path.is_file() and path.read_bytes() == data):
            write_whole(path, data)
        if not self._thumbnail_path(sha256, THUMBNAIL_SIDE).is_file():
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
            raise _damaged(sha256) from error

    def _write_thumbnail(self, sha256: str, side: int, image: Image.Image) -> None:
        small = shrink(image, side)
        buffer = io.BytesIO()
        small.save(buffer, "WEBP", quality=THUMBNAIL_QUALITY, method=2)
        write_whole(self._thumbnail_path(sha256, side), buffer.getvalue())

    def _locate(self, sha256: str) -> Path:
        return self.root / "sha256" / _checked(sha256)[:2] / sha256

    def _thumbnail_path(self, sha256: str, side: int) -> Path:
        return self.root / "thumbnails" / str(side) / _checked(sha256)[:2] / f"{sha256}.webp"


def shrink(image: Image.Image, side: int) -> Image.Image:
    """A copy (RGB or RGBA) with its longer side at most `side` px; never enlarged."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    small = image.copy() if image.mode == mode else image.convert(mode)
    small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    small.info = {}
    return small


def encode_lossless(image: Image.Image) -> bytes:
    """PNG bytes without metadata. Equal pixels give equal bytes."""
    clean = image.copy()
    clean.info = {}
    buffer = io.BytesIO()
    clean.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def get_store() -> ImageStore:
    """The store of the current settings."""
    return _store_at(get_settings().images_dir)


@lru_cache(maxsize=8)
def _store_at(root: Path) -> ImageStore:
    return ImageStore(root)


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


def _damaged(sha256: str) -> StorageError:
    return StorageError(
        N_("The stored picture {sha256} is damaged on disk. Add it again, or make it again."),
        sha256=sha256[:12],
    )
