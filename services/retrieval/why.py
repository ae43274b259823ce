"""Why a hit matched: which share of its similarity comes from what. Worked out of stored vectors, exactly.

The similarity is a cosine to a direction that is a sum (`services.retrieval.fusion`), so it is a sum too:
the picture's part and the caption's. A ConSE picture is itself a sum, of its labels' vectors, so that its
part falls into one share for each label; a space without labels (CLIP) leaves it whole. No picture is
encoded or opened. The query may be a sum as well, of its words and its picture.

Parts that count against a hit (a negative cosine) have no share: shares are of what speaks for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from services.parts import Encoder, Vectors
from services.retrieval.found import Label, Why
from services.retrieval.fusion import parts
from services.retrieval.mixing import Direction

LABELS = 3
"""More are not read beside a picture."""

LEAST_SHARE = 0.05
"""A label below this share explains nothing."""

_WORD = re.compile(r"[^\W_]+")


@runtime_checkable
class Labelled(Protocol):
    """An encoder that reads pictures by labels."""

    def label_shares(self, pictures: Vectors, query: NDArray[np.float32]) -> list[list[tuple[str, float]]]:
        """Per picture vector (n, dim) its labels and what each adds to the cosine to `query`, most first."""
        ...


def explain(
    encoder: Encoder,
    query: Direction,
    words: str,
    pictures: Vectors,
    caption_vectors: Sequence[bytes | None],
    captions: Sequence[str],
) -> list[Why]:
    """One for each hit, given by its stored vectors (n, dim) and captions.

    `words` is what the query says: its text, or the caption of the item to be like.
    """
    of_picture, of_caption = parts(pictures, caption_vectors)
    by_picture, by_caption = of_picture @ query.vector, of_caption @ query.vector
    labels = (
        encoder.label_shares(pictures, query.vector)
        if isinstance(encoder, Labelled)
        else [[] for _ in pictures]
    )
    lengths = np.linalg.norm(of_picture, axis=1)  # the picture's weight in the sum
    both = of_picture + of_caption
    said = tokens(words)
    result = []
    for place, caption in enumerate(captions):
        total = _positive(by_picture[place]) + _positive(by_caption[place])
        result.append(
            Why(
                labels=_labels(labels[place], float(lengths[place]), total),
                words=shared_words(said, caption),
                caption=None
                if caption_vectors[place] is None
                else _share(by_caption[place], by_picture[place]),
                text=_share(both[place] @ query.text, both[place] @ query.picture) if query.both else None,
            )
        )
    return result


def tokens(text: str) -> frozenset[str]:
    """The stems of the words of `text` that mean something."""
    from services.planning.lexicon import FUNCTION_WORDS

    found = (word.casefold() for word in _WORD.findall(text))
    return frozenset(_stem(word) for word in found if len(word) > 1 and word not in FUNCTION_WORDS)


def shared_words(said: frozenset[str], caption: str) -> tuple[str, ...]:
    """Words of `caption`, as it writes them, whose stem is among `said`; each once."""
    found: dict[str, str] = {}
    for word in _WORD.findall(caption):
        found.setdefault(word.casefold(), word)
    return tuple(word for folded, word in found.items() if _stem(folded) in said)


def _labels(shares: Sequence[tuple[str, float]], weight: float, total: float) -> tuple[Label, ...]:
    if total <= 0.0:
        return ()
    named = [Label(name, min(1.0, value * weight / total)) for name, value in shares[:LABELS]]
    return tuple(label for label in named if label.share >= LEAST_SHARE)


def _share(ours: float, theirs: float) -> float | None:
    """0..1 of what speaks for a hit; None where neither does."""
    total = _positive(ours) + _positive(theirs)
    return float(_positive(ours) / total) if total > 0.0 else None


def _positive(value: float) -> float:
    return max(float(value), 0.0)


def _stem(word: str) -> str:
    """Without the plural's ending: enough to find "sofas" in "a sofa"; other forms are not matched."""
    for ending, stem in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("shes", "sh"), ("ches", "ch")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + stem
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word
