"""Text that is longer than a model reads, cut into pieces that it does read whole.

CLIP reads 77 tokens, MiniLM 256: what lies beyond is silently ignored by their libraries. Here longer
text is embedded in chunks and the mean of the chunks' unit vectors stands for it, as design.md says;
whoever shows the score also shows `long_text_notice`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from services.messages import N_, Message, message

TokenCounter = Callable[[str], int]
"""Tokens of a text, without the start and end markers that the model adds."""

MARKERS = 2
"""Tokens that CLIP and BERT-like models add to mark the start and the end of a text."""

_SENTENCE_ENDS = (".", "!", "?", "…", ":", ";", "。", "！", "？")


def split_text(text: str, count: TokenCounter, limit: int) -> list[str]:
    """Chunks of `text` of at most `limit` tokens each, in order, of about equal length.

    Cuts at the end of a sentence where one lies between an equal share and the limit, else between
    words; a word of more than `limit` tokens is cut within. White space is collapsed. [] for empty
    text. `count` must be additive over words, as word-piece and byte-pair tokenisers are.
    """
    if limit < 1:
        raise ValueError("the token limit is at least 1")
    words = [piece for word in text.split() for piece in _fitting_pieces(word, count, limit)]
    sizes = [count(word) for word in words]
    total = sum(sizes)
    if total <= limit:
        return [" ".join(words)] if words else []
    share = total / math.ceil(total / limit)
    return [" ".join(chunk) for chunk in _fill(words, sizes, share, limit)]


def chunked_embedding(
    chunks: Sequence[str], encode: Callable[[Sequence[str]], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Mean of the unit vectors of `chunks`, scaled to unit length; shape (dim,).

    Raises ValueError for no chunks, or when an embedding is not finite or has no direction.
    """
    if not chunks:
        raise ValueError("there is no text to embed")
    mean = unit(np.asarray(encode(chunks), np.float32)).mean(axis=0, keepdims=True)
    return np.asarray(unit(mean)[0], np.float32)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length 1; shape (n, dim). Raises ValueError for a row without a direction."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not (lengths > 0).all():
        raise ValueError("an embedding is not finite or has length 0")
    return np.asarray(vectors / lengths, np.float32)


def long_text_notice(chunks: int, limit: int) -> tuple[Message, ...]:
    """What to tell the reader when text was scored in more than one chunk; empty otherwise.

    `limit` is the model's own, markers counted: 77 for CLIP.
    """
    if chunks < 2:
        return ()
    return (
        message(
            N_(
                "A text is longer than the {limit} tokens that its model reads at once: "
                "it was scored in {chunks} parts, and their mean counts."
            ),
            limit=limit,
            chunks=chunks,
        ),
    )


def _fill(words: list[str], sizes: list[int], share: float, limit: int) -> list[list[str]]:
    chunks: list[list[str]] = [[]]
    tokens = 0
    for word, size in zip(words, sizes, strict=True):
        done = tokens >= share and chunks[-1][-1].endswith(_SENTENCE_ENDS)
        if chunks[-1] and (done or tokens + size > limit):
            chunks.append([])
            tokens = 0
        chunks[-1].append(word)
        tokens += size
    return chunks


def _fitting_pieces(word: str, count: TokenCounter, limit: int) -> list[str]:
    """`word` itself, or halves of it, halved again until each has at most `limit` tokens."""
    if count(word) <= limit or len(word) == 1:
        return [word]
    middle = len(word) // 2
    return _fitting_pieces(word[:middle], count, limit) + _fitting_pieces(word[middle:], count, limit)
