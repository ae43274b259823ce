"""A brand's words in a text: which to avoid are there, and the text without them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache


def found(words: Iterable[str], text: str) -> tuple[str, ...]:
    """Those of `words` that stand in `text`, whatever their case.

    Whole words only, but in scripts that put endings on a word, as Korean does, its beginning is enough.
    """
    return tuple(word for word in words if _pattern(word).search(text))


def without(words: Sequence[str], text: str) -> str:
    """`text` without them, spaces and punctuation tidied; empty when nothing else is left."""
    for word in words:
        text = _pattern(word).sub(" ", text)
    tidy = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))
    tidy = re.sub(r"([,;:])(?:\s*[,;:])+", r"\1", tidy).strip(" ,;:-")
    return tidy if re.search(r"\w", tidy) else ""


@lru_cache(maxsize=512)
def _pattern(word: str) -> re.Pattern[str]:
    parts = r"\s+".join(re.escape(part) for part in word.split())
    end = r"\w*" if _inflects(word) else r"(?!\w)"
    return re.compile(rf"(?<!\w){parts}{end}", re.IGNORECASE)


def _inflects(word: str) -> bool:
    """Written in a script whose particles follow without a space."""
    return any(
        "\u3040" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3"
        for char in word
    )
