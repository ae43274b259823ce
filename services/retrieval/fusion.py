"""What a picture shows and what its caption says, as one direction in the encoder's space.

The similarity of a captioned item is the cosine to `unit((1 - w) n^2 p + w c)`: p and c the unit vectors
of picture and caption, w the caption's weight, n the length of the picture's vector at the encoder's own
scale, at most 1. As a cosine in the same space it keeps the scale of items without a caption, which are
their picture alone: none is at a disadvantage in a mixed library, and one relevance floor serves both. A
plain mean of the two cosines does not: it lies 0.1 below, because two directions that differ average to a
shorter vector.

n says how far to trust the picture. A ConSE vector is a mean of label vectors, and the shorter the less
its labels agree: photos of things that the classifier knows have 0.79 in the median, drawn backdrops 0.55.
So a caption brings half of such a photo's direction and 0.7 of a backdrop's. Encoders whose vectors are
longer than 1 say nothing of the kind, and w alone counts.

Measured on lite (`benchmarks.library_search`) in one library of 400 photos, every second with a caption, and
114 backdrops, all captioned; w and the power of n chosen on one half of the queries, figures from the other,
mean of 200 such splits, recall@10 and nDCG@10 for photos, then for backdrops:

    picture alone                          0.78 0.73   0.13 0.08
    w = 0.7 for every picture, as it was   0.72 0.67   0.72 0.60
    w chosen, for every picture            0.73 0.68   0.70 0.57     0.6 to 0.8 are chosen
    w chosen, with n squared               0.77 0.71   0.71 0.58     0.4 is, in 163 of 200
    w = 0.4, with n squared                0.77 0.71   0.72 0.59

The photos show ImageNet classes, which flatters the picture's side; the captions of the backdrops name their
uses, which flatters the other. Where all pictures are such photos, w = 0.1 would do, where all are drawn 0.9.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.parts import Vectors
from services.retrieval.vectors import norms, unit, unpack

CAPTION_WEIGHT = 0.4
"""Share of the caption beside a picture that is wholly trusted."""

TRUST = 2
"""The power of a picture vector's length, at most 1, by which its own share is taken."""

RECIPE = f"c{CAPTION_WEIGHT}n{TRUST}"
"""In the name of every index: one that was made by another recipe is of other vectors."""


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
        trust = np.minimum(norms(pictures[places]), 1.0)[:, None] ** TRUST
        ours, theirs = (1 - CAPTION_WEIGHT) * trust * of_picture[places], CAPTION_WEIGHT * unit(said)
        lengths = norms(ours + theirs)[:, None]
        of_picture[places], of_caption[places] = ours / lengths, theirs / lengths
    return of_picture, of_caption
