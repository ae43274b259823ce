"""Checks on a chat model's words: is it English, does it stand alone, is it a phrase at all.

What comes back is text to look things up with and to show. It is never run, opened or fetched, and what
looks made for that is left out.
"""

from __future__ import annotations

import html
import re
import unicodedata
from difflib import SequenceMatcher

from services.planning import chunks, language
from services.planning import lexicon as lx
from services.planning import text as words

ALIKE = 0.9
"""Share of equal characters in order from which two phrases are one with a typing difference."""

SHARED = 0.75
"""Share of common words (Jaccard) from which two phrases ask for the same picture."""

TELLING = 8
"""Words from which a statistical guess at the language is worth something."""

_ENGLISH_TOO = lx.words("die am was war as son sur plus pour sin par per over o e y i no van op")
_IN_NAMES = lx.words("le la les el il los de du da di del von")
_CODE = re.compile(
    r"""\w+://|\bwww\.            # a link
    |\.\.[\\/]|(?:^|\s)~?[\\/]\w|\b[a-zA-Z]:\\   # a path
    |[;{}`$|\\]                   # code, or a shell
    |\b[\w-]+\.(?:png|jpe?g|webp|gif|svg|db|sqlite|py|sh|exe|env|json|ya?ml|txt|html?|php|js)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_POINTING = re.compile(r"^(?:this|that|these|those|its|their|his|her|our|your|my)\s+(?=\w)", re.IGNORECASE)
_ALONE_NOT = re.compile(
    r"""^(?:it|they|them|he|she|him|here|there|one|ones|itself|themselves)\b
    |\b(?:the|this|that|our|your|said)\s+(?:same\s+)?
     (?:product|item|brand|advert\w*|ad|image|picture|photo|brief|above|same|former|latter)\b
    |\b(?:mentioned|described|as|see)\s+(?:above|before|earlier)\b|\baforementioned\b""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTES = "\"'“”‘’«»「」『』"


def one_line(value: object) -> str:
    """`value` as one line of visible characters, without mark-up; "" where it is no text."""
    if not isinstance(value, str):
        return ""
    text = unicodedata.normalize("NFC", words.without_markup(value))
    spaced = (" " if c.isspace() or unicodedata.category(c)[0] == "Z" else c for c in text)
    return " ".join("".join(c for c in spaced if unicodedata.category(c)[0] != "C").split())


def phrase(value: object) -> str:
    """A search phrase in plain words: no mark-up, links or symbols; the first letter large."""
    text = " ".join(words.plain(value).split()) if isinstance(value, str) else ""
    text = text.strip(" .,;:!?-–—" + _QUOTES)
    return text[:1].upper() + text[1:]


def unquoted(text: str) -> str:
    """Without quotation marks around the whole."""
    return text.strip(_QUOTES + " ") if text[:1] in _QUOTES and text[-1:] in _QUOTES else text


def is_code(value: object) -> bool:
    """Whether it looks like a link, a path, a file or code rather than a phrase."""
    return isinstance(value, str) and bool(_CODE.search(html.unescape(value)))


def is_english(text: str) -> bool:
    """Whether `text` can be English. Few words tell little: a doubt is decided for English."""
    letters = [char for char in text if char.isalpha()]
    if not letters or not all(unicodedata.name(c, "").startswith(("LATIN", "MODIFIER")) for c in letters):
        return False
    found = re.findall(r"[^\W\d_]+", text)
    english = sum(word.lower() in lx.FUNCTION_WORDS for word in found)
    if any(_foreign(found, code) > english for code in lx.OTHER_FUNCTION_WORDS):
        return False
    return bool(english) or len(found) < TELLING or language.detect(text) == "en"


def _foreign(found: list[str], code: str) -> int:
    """How many function words of language `code` there are; those of names ("Le Creuset") do not count."""
    own = lx.OTHER_FUNCTION_WORDS[code] - lx.FUNCTION_WORDS - _ENGLISH_TOO
    followed = zip(found, [*found[1:], ""], strict=True)
    named = [(word.lower(), after[:1].isupper()) for word, after in followed]
    return sum(word in own and not (capital and word in _IN_NAMES) for word, capital in named)


def in_language(text: str, code: str) -> bool:
    """Whether a headline is written as language `code` is: short Latin text could be any Latin language."""
    found = language.detect(text)
    scripts = set(language.SCRIPTS.values())
    if code == "ja":  # a headline of kanji alone reads as Chinese
        return found in ("ja", "zh")
    return found == code if code in scripts else found not in scripts


def alone(text: str) -> str:
    """`text` without a word that points outside it ("its gold buckle"); "" when it cannot be helped."""
    found = _POINTING.sub("", text) if not _ALONE_NOT.search(text) else ""
    return found[:1].upper() + found[1:] if found and not _ALONE_NOT.search(found) else ""


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where there are any."""
    if len(text) <= limit:
        return text
    cut = text[: limit + 1].rsplit(" ", 1)[0] if " " in text[:limit] else text[:limit]
    return cut[:limit].rstrip(" ,;:-–—&")


def same_picture(one: str, other: str) -> bool:
    """Whether two phrases ask for the same picture, by their words."""
    if one.lower() == other.lower():
        return True
    a, b = _stems(one), _stems(other)
    if a and b and len(a & b) >= SHARED * len(a | b):
        return True
    return SequenceMatcher(None, one.lower(), other.lower()).ratio() >= ALIKE


def _stems(text: str) -> frozenset[str]:
    return frozenset(word.removesuffix("s") if len(word) > 3 else word for word in chunks.content_words(text))
