"""One sentence for a whole text: its most central sentence, shortened at a clause where it is long."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from services.parts import Vectors
from services.planning.text import sentences

SUMMARY_WORDS = 30
"""What one reads at a glance, and what a 77-token text encoder reads whole."""

MIN_WORDS = 3
FIRST_BONUS = 0.1
"""Advertising names its product first: an equal sentence later on does not replace it."""


def summarise(text: str, encode: Callable[[Sequence[str]], Vectors]) -> str:
    """The sentence of `text` (plain) that is closest to the whole of it, at most 30 words long."""
    found = sentences(text)
    long_enough = [s for s in found if len(s.split()) >= MIN_WORDS] or found
    if len(long_enough) == 1:
        return finish(long_enough[0])
    vectors = encode([text, *long_enough])
    closeness = vectors[1:] @ vectors[0]
    closeness[0] += FIRST_BONUS
    return finish(long_enough[int(np.argmax(closeness))])


def finish(sentence: str) -> str:
    """Cut to 30 words, at a clause's end where there is one; capital first, full stop last."""
    words = sentence.split()
    if len(words) > SUMMARY_WORDS:
        cut = " ".join(words[:SUMMARY_WORDS])
        ends = [match.start() for match in re.finditer(r"[,;:—–]\s|\s[—–-]\s", cut)]
        late = [end for end in ends if end > len(cut) // 3]
        sentence = cut[: late[-1]] if late else f"{cut}…"
    sentence = sentence.strip(" ,;:-–—")
    sentence = sentence[:1].upper() + sentence[1:]
    return sentence if sentence.endswith((".", "!", "?", "…", "。", "！", "？")) else f"{sentence}."
