"""Words and pictures of a query as unit vectors, remembered: a slider that is moved encodes nothing again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from db.repositories.libraries import LibraryRepository
from services import counters
from services.database import read_session
from services.errors import InvalidInput, NotFound
from services.messages import N_, Message, message
from services.parts import Encoder, Vectors
from services.retrieval.fusion import fuse
from services.retrieval.prepare import for_encoder
from services.retrieval.vectors import checked, encode_queries, encoder_key, unit, unpack, usable
from services.storage.images import get_store

Unit = NDArray[np.float32]
"""Shape (dim,), length 1."""

KEPT = 512
"""Queries remembered: 2.6 MB in the widest space."""

_lock = threading.Lock()
_kept: OrderedDict[tuple[str, str, str], Unit] = OrderedDict()


def text_vector(encoder: Encoder, text: str) -> Unit:
    """Of all of `text`: one that the encoder cannot read at once is the mean direction of its parts.

    Raises InvalidInput when it has no direction.
    """
    return _remembered(encoder, "text", text, lambda: _encoded_text(encoder, text))


def picture_vector(encoder: Encoder, sha256: str) -> Unit:
    """Of a picture in the store; what a library knows of it already is taken from there.

    Raises NotFound for an unknown picture, InvalidInput for one that means nothing to the encoder.
    """
    return _remembered(encoder, "picture", sha256, lambda: _encoded_picture(encoder, sha256))


def item_vector(encoder: Encoder, library_id: int, item_id: int) -> Unit:
    """The search vector of an item of the library, caption and all. Raises NotFound."""
    with read_session() as session:
        repository = LibraryRepository(session)
        item = repository.by_ids([item_id]).get(item_id)
        row = repository.vector(item_id, encoder_key(encoder.ref))
        if item is None or item.library_id != library_id or row is None:
            raise NotFound(N_("This picture is no longer in the library. Search with another one."))
        return _only(unit(fuse(unpack([row.image], encoder.dim), [row.caption])))


def notices(encoder: Encoder, text: str) -> tuple[Message, ...]:
    """What to say of how `text` is read; () when whole and understood."""
    said: list[Message] = []
    if (parts := len(_parts(encoder, text))) > 1:
        said.append(
            message(
                N_(
                    "This text is longer than the search model reads at once. It was read in {parts} parts, "
                    "and their mean was searched for. A shorter text finds more exactly."
                ),
                parts=parts,
            )
        )
    if getattr(encoder, "reads_english_only", False) and text and not _is_english(text):
        said.append(
            message(N_("The search model reads English. Other words of your text may have been missed."))
        )
    return tuple(said)


def _encoded_text(encoder: Encoder, text: str) -> Unit:
    parts = _parts(encoder, text)
    units = encode_queries(encoder, parts if len(parts) > 1 else [text])
    return _only(unit(units.mean(axis=0, keepdims=True)) if len(parts) > 1 else units)


def _encoded_picture(encoder: Encoder, sha256: str) -> Unit:
    with read_session() as session:
        stored = LibraryRepository(session).vectors_of_pictures([sha256], encoder_key(encoder.ref))
    if sha256 in stored:
        return _only(unit(unpack([stored[sha256]], encoder.dim)))
    images: list[Image.Image] = [for_encoder(get_store().open(sha256))]
    vectors = checked(encoder.encode_images(images), 1, encoder)
    if not usable(vectors).all():
        raise InvalidInput(N_("This picture means nothing to the search model. Search with another one."))
    return _only(unit(vectors))


def _only(vectors: Vectors) -> Unit:
    """(dim,) of the one row of (1, dim)."""
    return vectors.reshape(-1)


def _parts(encoder: Encoder, text: str) -> list[str]:
    """What an encoder that says so reads at once, in order; the whole text otherwise."""
    split: Callable[[str], list[str]] | None = getattr(encoder, "text_parts", None)
    return split(text) if split is not None and text else [text]


def _is_english(text: str) -> bool:
    from services.planning.llm_text import is_english  # a lexicon and a language model: not for every page

    return is_english(text)


def _remembered(encoder: Encoder, kind: str, content: str, make: Callable[[], Unit]) -> Unit:
    key = (encoder_key(encoder.ref), kind, content)
    with _lock:
        known = _kept.get(key)
        if known is not None:
            _kept.move_to_end(key)
    counters.cache("query vectors", known is not None)
    if known is not None:
        return known
    made = make()
    made.flags.writeable = False
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made
