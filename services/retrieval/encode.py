"""Pictures and captions of a batch through the encoder, with what cannot be kept taken out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.messages import N_, Message
from services.parts import Encoder, Vectors
from services.retrieval.prepare import Prepared
from services.retrieval.vectors import checked, encoder_key, pack, unpack, usable
from services.storage.intake import Rejected


def encode_pictures(
    encoder: Encoder, pictures: Sequence[Prepared]
) -> tuple[list[Prepared], Vectors, list[Rejected]]:
    """(kept, their vectors at the encoder's own scale, refusals of those that came out zero or NaN).

    Pictures that have their vector already are not encoded again.
    """
    if not pictures:
        return [], np.empty((0, encoder.dim), np.float32), []
    vectors = np.empty((len(pictures), encoder.dim), np.float32)
    new = [place for place, picture in enumerate(pictures) if picture.image is not None]
    if new:
        images = [image for picture in pictures if (image := picture.image) is not None]
        vectors[new] = checked(encoder.encode_images(images), len(images), encoder)
    if old := [place for place, picture in enumerate(pictures) if picture.image is None]:
        key = encoder_key(encoder.ref)
        vectors[old] = unpack([pictures[place].vectors[key][0] for place in old], encoder.dim)
    good = usable(vectors)
    template = N_("{name} means nothing to the search model. Use another picture.")
    rejected = [
        Rejected(picture.file_name, Message(template, {"name": picture.file_name}))
        for picture, fine in zip(pictures, good, strict=True)
        if not fine
    ]
    return [p for p, fine in zip(pictures, good, strict=True) if fine], vectors[good], rejected


def encode_captions(encoder: Encoder, captions: Sequence[str]) -> list[bytes | None]:
    """Packed vectors; None without a caption, for one without a direction, or where none is read.

    An encoder may say `reads_captions = False`: in its space a text lies closer to every text than to any
    picture, so that a caption would decide alone.
    """
    if not getattr(encoder, "reads_captions", True):
        return [None] * len(captions)
    places = [place for place, caption in enumerate(captions) if caption]
    packed: list[bytes | None] = [None] * len(captions)
    if places:
        texts = [captions[place] for place in places]
        vectors = checked(encoder.encode_texts(texts), len(texts), encoder)
        for place, vector, fine in zip(places, vectors, usable(vectors), strict=True):
            packed[place] = pack(vector) if fine else None
    return packed
