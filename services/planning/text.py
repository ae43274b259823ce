"""What the planner reads of a brief: plain sentences, without mark-up, links, symbols or shouting.

The text is data. Nothing in it is followed, run or fetched.
"""

from __future__ import annotations

import html
import re
import unicodedata

from services.errors import InvalidInput
from services.limits import PRODUCT_TEXT_CHARS
from services.messages import N_

_BLOCKS = re.compile(r"<(script|style)\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_BREAKS = re.compile(r"<\s*/?\s*(br|p|div|li|ul|ol|h[1-6]|tr|table|section)\b[^>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL)
_LINKS = re.compile(r"\b(?:https?://|www\.)\S+|\S+@\S+\.\w+|[#@](?=\w)")
_BULLETS = re.compile(r"(?m)^\s*(?:[-*•·▪–—>]+|\d{1,2}[.)])\s+")
_SENTENCES = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})
SHOUTING = 0.8
"""Share of capitals among the letters from which a text is read as if written in lower case."""


def readable(product_text: str) -> str:
    """A product text as planners read it (`plain`). Raises InvalidInput when too long or without words."""
    if len(product_text) > PRODUCT_TEXT_CHARS:
        raise InvalidInput(
            N_("The product text has {count} characters. Shorten it to {limit} or fewer."),
            count=len(product_text),
            limit=PRODUCT_TEXT_CHARS,
        )
    text = plain(product_text)
    if not re.search(r"[^\W\d_]{2}|[^\W\d_A-Za-z]", text):
        raise InvalidInput(N_("The product text is empty. Describe the product in a sentence or two."))
    return text


def plain(text: str) -> str:
    """`text` without mark-up, control characters, links and pictographs; one sentence or item a line end."""
    text = unicodedata.normalize("NFC", without_markup(text)).translate(_QUOTES)
    text = _LINKS.sub(" ", _BULLETS.sub("\n", text))
    # Pictographs part phrases as a full stop does; other invisible characters part nothing.
    text = "".join(_visible(char) for char in text)
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.split("\n"))
    return _calm("\n".join(line for line in lines if line))


def without_markup(text: str) -> str:
    """`text` without tags, scripts and styles; what tags break into lines stays on lines of its own."""
    return _TAGS.sub(" ", _BREAKS.sub("\n", _BLOCKS.sub(" ", html.unescape(text))))


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if char in "\n\t\r":
        return "\n" if char == "\n" else " "
    if category == "So" or char == "\ufffd":
        return "\n"
    return "" if category in ("Cc", "Cf", "Cn", "Co", "Cs", "Sk") or char in "\ufe0f\u20e3" else char


def _calm(text: str) -> str:
    letters = [char for char in text if char.isalpha() and char.lower() != char.upper()]
    capitals = sum(char.isupper() for char in letters)
    return text.lower() if len(letters) > 5 and capitals >= SHOUTING * len(letters) else text


def sentences(text: str) -> list[str]:
    """The sentences and list items of a plain text, in order."""
    return [part.strip() for part in _SENTENCES.split(text) if any(char.isalnum() for char in part)]
