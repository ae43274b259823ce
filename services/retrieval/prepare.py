"""From a file of a source to what the encoder and the database need, in threads beside the encoder.

At most `AHEAD` small pictures wait at any time, so memory does not grow with the source.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from PIL import Image

from services.errors import ImageRejected
from services.retrieval.sources import SourceFile
from services.storage.images import ImageStore, shrink
from services.storage.intake import Rejected, read_picture

ENCODER_SIDE = 640
"""Encoders read 224 to 336 px; a picture handed to one never needs to be larger than this."""

THREADS = min(4, os.cpu_count() or 1)
"""Each may hold one decoded picture of the largest allowed size (150 MB, twice while it is converted)."""

AHEAD = 32
"""Prepared pictures that may wait for the encoder, 1.2 MB each: two batches."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A stored picture. `image` is its small opaque version for the encoder."""

    file_name: str
    caption: str
    source_sha256: str
    sha256: str
    width: int
    height: int
    image: Image.Image


@dataclass(frozen=True, slots=True)
class Known:
    """A file whose very bytes the library holds already."""

    file_name: str
    caption: str
    source_sha256: str


Outcome = Prepared | Known | Rejected


def prepare(file: SourceFile, known: Mapping[str, str], store: ImageStore) -> Outcome:
    """Read, hash, check, normalise and store one file. Only StorageError stops the batch.

    `known` maps hashes of files, as they came, to the picture they became. One whose picture is
    missing from the store is stored again.
    """
    try:
        data = file.read()
        source_sha256 = hashlib.sha256(data).hexdigest()
        if source_sha256 in known and store.exists(known[source_sha256]):
            return Known(file.name, file.caption, source_sha256)
        picture = read_picture(data, file.name)
    except ImageRejected as error:
        return Rejected(file.name, error.message)
    sha256 = store.put_encoded(picture.encode(), picture.image)
    return Prepared(
        file.name,
        file.caption,
        source_sha256,
        sha256,
        picture.image.width,
        picture.image.height,
        for_encoder(picture.image),
    )


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
