"""Pictures as conditions: a reference's stored vector, else the image encoder's output, once per content."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PIL import Image

from db.repositories.libraries import LibraryRepository
from services.database import read_session
from services.domain import Condition, ConditionKind
from services.models.device import Placement
from services.parts import ImageSource, Vectors
from services.retrieval.prepare import for_encoder
from services.retrieval.vectors import unpack, usable

KEPT = 512
"""Photos and references in use at a time, 5 kB each."""

Encode = Callable[[Sequence[Image.Image]], Vectors]
"""Pictures to (n, dim) at the encoder's own scale."""

_kept: OrderedDict[tuple[str, ...], Vectors] = OrderedDict()
_lock = threading.Lock()


def picture_vectors(
    conditions: Sequence[Condition],
    encoder_key: str,
    dim: int,
    placement: Placement,
    source: ImageSource,
    encode: Encode,
) -> dict[tuple[ConditionKind, str], Vectors]:
    """(dim,) of every photo and match among `conditions`, by kind and SHA-256.

    A match has the vector that its library stored for `encoder_key`; one that none stored is encoded as
    the library would. Raises NotFound for a picture that is gone.
    """
    wanted = list(dict.fromkeys((c.kind, c.ref) for c in conditions if c.kind is not ConditionKind.TEXT))
    matches = [ref for kind, ref in wanted if kind is ConditionKind.MATCH]
    stored = _stored(matches, encoder_key, dim)
    found = {(ConditionKind.MATCH, ref): vector for ref, vector in stored.items()}
    key = partial(_key, encoder_key, placement)
    with _lock:
        found |= {one: _kept[key(*one)] for one in wanted if one not in found and key(*one) in _kept}
    missing = [one for one in wanted if one not in found]
    for one in missing:  # one by one: a picture's last bits do not depend on what else is missing
        kind, ref = one
        found[one] = encode([_view(kind, source(ref))])[0]
        _keep(key(*one), found[one])
    return found


def forget() -> None:
    """Drop what this process remembers. For tests."""
    with _lock:
        _kept.clear()


def _stored(refs: Sequence[str], encoder_key: str, dim: int) -> dict[str, Vectors]:
    """Vectors of a library, by picture; damaged ones are left out."""
    if not refs:
        return {}
    with read_session() as session:
        rows = LibraryRepository(session).vectors_of_pictures(refs, encoder_key)
    whole = {ref: row for ref, row in rows.items() if len(row) == 4 * dim}
    vectors = unpack(list(whole.values()), dim)
    good = usable(vectors)
    return {ref: vectors[place] for place, ref in enumerate(whole) if good[place]}


def _view(kind: ConditionKind, image: Image.Image) -> Image.Image:
    """A reference as its library's encoder was shown it; a photo whole, as diffusers would see it."""
    return for_encoder(image) if kind is ConditionKind.MATCH else image


def _key(encoder_key: str, placement: Placement, kind: ConditionKind, ref: str) -> tuple[str, ...]:
    return (encoder_key, placement.dtype, kind.value, ref)


def _keep(key: tuple[str, ...], vector: Vectors) -> None:
    with _lock:
        _kept[key] = np.asarray(vector, np.float32)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
