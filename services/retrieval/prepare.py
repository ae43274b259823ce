"""From a file of a source to what the encoder and the database need, in threads beside the encoder.

At most `AHEAD` small pictures wait at any time, so memory does not grow with the source.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from PIL import Image

from services.errors import ImageRejected, NotFound, StorageError
from services.messages import N_, Message
from services.retrieval.about import About
from services.retrieval.duplicates import LOOK_BYTES, Look, look_of, unpack_look
from services.retrieval.seen import Seen
from services.retrieval.sources import SourceFile, Stored
from services.storage.images import ImageStore, shrink
from services.storage.intake import Rejected, read_picture

ENCODER_SIDE = 640
"""Encoders read 224 to 336 px; a picture handed to one never needs to be larger than this."""

THREADS = min(8, 2 * (os.cpu_count() or 1))
"""Half of the time they wait for the disk. Each may hold one decoded picture of the largest allowed size
(150 MB, twice while it is converted)."""

AHEAD = 24
"""Prepared pictures that may wait, 1.2 MB each, beside the batch at the encoder and the one after it."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A stored picture. `image` is its small opaque version for the encoder.

    `vectors` are those that it has already, by encoder, with its caption's: `image` is None where the
    encoder in use is among them.
    """

    file_name: str
    about: About
    source_sha256: str
    sha256: str
    width: int
    height: int
    size: int | None
    image: Image.Image | None
    look: Look
    vectors: Mapping[str, tuple[bytes, bytes | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """A file that the library seems to hold: by its bytes, or (an empty hash) by its web address."""

    file: SourceFile
    source_sha256: str


Outcome = Prepared | Known | Rejected

NOTHING_SEEN = Seen()


def prepare(file: SourceFile, seen: Seen, store: ImageStore, encoder: str) -> Outcome:
    """Read, hash, check, normalise and store one file. Only StorageError stops the batch.

    Of a file that was `seen` nothing more is done; the writer confirms that it is really there.
    """
    if file.stored is not None:
        if seen.has_file(file.stored.source_sha256):
            return Known(file, file.stored.source_sha256)
        return _take_over(file, file.stored, store, encoder)
    if seen.has_address(file.address):
        return Known(file, "")
    try:
        data = file.read()
        source_sha256 = hashlib.sha256(data).hexdigest()
        if seen.has_file(source_sha256):
            return Known(file, source_sha256)
        picture = read_picture(data, file.name)
    except ImageRejected as error:
        return Rejected(file.name, error.message)
    encoded = picture.encode()
    sha256 = store.put_encoded(encoded, picture.image)
    small = for_encoder(picture.image)
    return Prepared(
        file.name, file.about, source_sha256, sha256, picture.image.width, picture.image.height,
        len(encoded), small, look_of(small),
    )  # fmt: skip


def _take_over(file: SourceFile, stored: Stored, store: ImageStore, encoder: str) -> Outcome:
    """A picture of another library: opened only for what is not known of it."""
    look = stored.look if stored.look is not None and len(stored.look) == LOOK_BYTES else None
    small: Image.Image | None = None
    if encoder not in stored.vectors or look is None:
        try:
            small = for_encoder(store.open_small(stored.sha256, ENCODER_SIDE // 2))
        except (NotFound, StorageError):
            template = N_("{name} is missing or damaged in the image store. Add its file again.")
            return Rejected(file.name, Message(template, {"name": file.name}))
    fresh = look_of(small) if small is not None and look is None else None
    seen_as = fresh or unpack_look(look or b"", stored.width, stored.height)
    return Prepared(
        file.name, file.about, stored.source_sha256, stored.sha256, stored.width, stored.height,
        stored.size, None if encoder in stored.vectors else small, seen_as, stored.vectors,
    )  # fmt: skip


def for_encoder(image: Image.Image) -> Image.Image:
    """A small RGB copy; what is transparent is shown on white, as a shop would."""
    small = shrink(image, ENCODER_SIDE)
    if small.mode == "RGBA":
        white = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(white, small).convert("RGB")
    return small


def in_threads(work: Callable[[T], R], tasks: Iterable[T]) -> Generator[R, None, None]:
    """`work(task)` of each task, in order, `AHEAD` at most in flight. Close it to drop the rest."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="prepare") as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for task in tasks:
                waiting.append(pool.submit(work, task))
                if len(waiting) >= AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
