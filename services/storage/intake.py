"""The one way in for every outside picture: photos, uploads, files of a folder, members of a ZIP.

PNG, JPEG and WEBP are opened, whatever the file is called; all else is refused in one sentence that
names the file and says what to do. What passes is normalised: see `services.storage.normalise`.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PIL import Image

from services.domain import Photo
from services.errors import ImageRejected
from services.limits import IMAGE_BYTES, IMAGE_PIXELS, IMAGE_SIDE
from services.messages import N_, Message
from services.storage.images import DECODE_ERRORS, ImageStore
from services.storage.kinds import kind_of
from services.storage.names import display_name
from services.storage.normalise import encode, is_stored_jpeg, normalise

FORMATS = ("PNG", "JPEG", "WEBP")

# Pillow warns at 89 megapixels; ours is the stricter cap, checked before anything is decoded.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked and normalised picture. `lossless` tells how to store it; `stored` are its bytes where it
    was in this form already: a JPEG that comes back from an export loses nothing again."""

    image: Image.Image
    lossless: bool
    notices: tuple[Message, ...] = ()
    stored: bytes | None = None

    def encode(self) -> bytes:
        return self.stored if self.stored is not None else encode(self.image, self.lossless)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file that was left out, by its display name, and why."""

    file: str
    reason: Message


def read_image(data: bytes, name: str) -> Image.Image:
    """The picture in `data`: upright sRGB, RGB or RGBA, fully decoded. Raises ImageRejected."""
    return read_picture(data, name).image


def read_picture(data: bytes, name: str) -> Picture:
    """As `read_image`, with how to store it and what the user should know. Raises ImageRejected."""
    shown = display_name(name)
    _check_bytes(data, shown)
    image = _open(data, shown)
    _check_size(image, shown)
    try:
        image.load()
        normal = normalise(image)
    except DECODE_ERRORS as error:
        raise ImageRejected(
            N_("{name} is damaged or incomplete. Save or download it again, then add it again."), name=shown
        ) from error
    except MemoryError as error:
        raise _too_many_pixels(image, shown) from error
    stored = data if is_stored_jpeg(data) else None
    return Picture(normal, _is_lossless(image, data), _notices(image, shown), stored)


def store_photo(data: bytes, name: str, store: ImageStore) -> Photo:
    """Check, normalise and store one product photo. Raises ImageRejected, StorageError."""
    picture = read_picture(data, name)
    sha256 = store.put_encoded(picture.encode(), picture.image)
    return Photo(sha256, display_name(name), picture.image.width, picture.image.height)


def store_photos(
    files: Iterable[tuple[str, bytes | Callable[[], bytes]]], store: ImageStore
) -> tuple[list[Photo], list[Rejected]]:
    """Store (name, bytes) pairs; a bad one is listed and the rest goes on. The first is the hero."""
    accepted: list[Photo] = []
    rejected: list[Rejected] = []
    for name, data in files:
        try:
            photo = store_photo(data if isinstance(data, bytes) else data(), name, store)
        except ImageRejected as error:
            rejected.append(Rejected(display_name(name), error.message))
        else:
            if photo.sha256 not in {p.sha256 for p in accepted}:
                accepted.append(photo)
    return accepted, rejected


def _check_bytes(data: bytes, name: str) -> None:
    if not data:
        raise ImageRejected(N_("{name} is empty. Save or download it again, then add it again."), name=name)
    if len(data) > IMAGE_BYTES:
        raise too_large(name)


def too_large(name: str, limit: int = IMAGE_BYTES) -> ImageRejected:
    """The refusal of a file above `limit` bytes, also used before such a file is read."""
    return ImageRejected(
        N_("{name} is larger than {limit} MB. Save it smaller, then add it again."),
        name=name,
        limit=limit // 2**20,
    )


def _open(data: bytes, name: str) -> Image.Image:
    """Read the header alone."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageRejected(
            N_("{name} has more than {limit} megapixels. Save it smaller, then add it again."),
            name=name,
            limit=IMAGE_PIXELS // 1_000_000,
        ) from error
    except DECODE_ERRORS as error:
        raise _not_a_picture(data, name) from error


def _not_a_picture(data: bytes, name: str) -> ImageRejected:
    kind = kind_of(data)
    if kind in FORMATS:
        return ImageRejected(
            N_("{name} is damaged or incomplete. Save or download it again, then add it again."), name=name
        )
    if kind:
        return ImageRejected(
            N_("{name} is in the format {kind}, whatever its name says. Save it as PNG, JPEG or WEBP."),
            name=name,
            kind=kind,
        )
    return ImageRejected(N_("{name} is not a picture. Add a PNG, JPEG or WEBP file."), name=name)


def _check_size(image: Image.Image, name: str) -> None:
    width, height = image.size
    smallest, largest = IMAGE_SIDE
    if min(width, height) < smallest:
        raise ImageRejected(
            N_("{name} is {width} x {height} px; each side needs at least {smallest}. Use a larger picture."),
            name=name,
            width=width,
            height=height,
            smallest=smallest,
        )
    if max(width, height) > largest:
        raise ImageRejected(
            N_("{name} is {width} x {height} px; no side may exceed {largest}. Save it smaller."),
            name=name,
            width=width,
            height=height,
            largest=largest,
        )
    if width * height > IMAGE_PIXELS:
        raise _too_many_pixels(image, name)


def _too_many_pixels(image: Image.Image, name: str) -> ImageRejected:
    return ImageRejected(
        N_("{name} has {pixels} megapixels; at most {limit} can be used. Save it smaller."),
        name=name,
        pixels=round(image.width * image.height / 1_000_000),
        limit=IMAGE_PIXELS // 1_000_000,
    )


def _is_lossless(image: Image.Image, data: bytes) -> bool:
    """PNG is; a WEBP is when its pixels are in a VP8L chunk; JPEG (also as MPO) is not."""
    return image.format == "PNG" or (image.format == "WEBP" and b"VP8L" in data[:4096])


def _notices(image: Image.Image, name: str) -> tuple[Message, ...]:
    if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
        return (Message(N_("{name} is animated; its first frame is used."), {"name": name}),)
    return ()
