"""People's words as they are kept: no control characters, no stray spaces, nothing else changed."""

from __future__ import annotations

import re
import unicodedata

_BLANK_LINES = re.compile(r"\n{3,}")


def clean_line(text: str) -> str:
    """`text` on one line."""
    return " ".join(_visible(text).split())


def clean_text(text: str) -> str:
    """`text` with its own line breaks, at most one blank line between two others."""
    lines = [" ".join(line.split()) for line in _visible(text).splitlines()]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _visible(text: str) -> str:
    """Without control and direction-override characters: a comment must not reorder the page."""
    kept = (c for c in unicodedata.normalize("NFC", text) if c in "\n\t" or not _hidden(c))
    return "".join(kept)


def _hidden(char: str) -> bool:
    # Joiners (U+200C, U+200D) shape letters and emoji; other format characters only hide or reorder.
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") and char not in "\u200c\u200d"
