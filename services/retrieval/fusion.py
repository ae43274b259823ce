"""What a picture shows and what its caption says, as one direction in the encoder's space.

The similarity of a captioned item is the cosine to `unit((1 - w) picture + w caption)`, both unit. As a
cosine in the same space it keeps the scale of items without a caption, which are their picture alone:
none is at a disadvantage in a mixed library, and one relevance floor serves both. A plain mean of the two
cosines does not: it lies 0.1 below, because two directions that differ average to a shorter vector.

Measured on the 114 captioned backdrops with 20 queries in other words (lite encoder; recall@5, hit@1):
picture alone 0.21, 0.25; the larger of the two cosines 0.79, 0.90; mean of cosines 0.84, 1.00; this 0.85,
1.00. Mixed with 400 photos without captions: 0.18, 0.05; 0.74, 0.90; 0.68, 0.90; this 0.81, 0.95.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.parts import Vectors
from services.retrieval.vectors import norms, unit, unpack

CAPTION_WEIGHT = 0.7
"""Share of the caption. From 0.6 to 0.8 the figures above hardly change; a person's words say more than a
classifier's guess, and the picture still counts where captions are poor."""


def fuse(pictures: Vectors, captions: Sequence[bytes | None]) -> Vectors:
    """Search vectors, shape (n, dim), as long as the pictures' own; `captions` are packed vectors or None."""
    places = [place for place, caption in enumerate(captions) if caption is not None]
    fused = pictures.copy()
    if places:
        of_picture, of_caption = parts(pictures[places], [captions[place] for place in places])
        fused[places] = (of_picture + of_caption) * norms(pictures[places])[:, None]
    return fused


def parts(pictures: Vectors, captions: Sequence[bytes | None]) -> tuple[Vectors, Vectors]:
    """The two summands of each unit search vector: what the picture brings and what the caption does.

    Both (n, dim). Without a caption the first is the picture's unit vector and the second zero.
    """
    of_picture, of_caption = unit(pictures), np.zeros_like(pictures)
    places = [place for place, caption in enumerate(captions) if caption is not None]
    if places:
        said = unpack([caption for caption in captions if caption is not None], pictures.shape[1])
        ours, theirs = (1 - CAPTION_WEIGHT) * of_picture[places], CAPTION_WEIGHT * unit(said)
        lengths = norms(ours + theirs)[:, None]
        of_picture[places], of_caption[places] = ours / lengths, theirs / lengths
    return of_picture, of_caption
