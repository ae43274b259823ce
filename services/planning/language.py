"""Which language a text is written in: by script first, by py3langid for the Latin alphabet.

Short product texts are full of names, and a statistical guess at three words is worth little: Latin
text counts as English until it is long enough and the other language is nearly certain.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from services.planning.lexicon import FUNCTION_WORDS

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LATIN = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "da",
    "no",
    "fi",
    "pl",
    "cs",
    "tr",
    "id",
    "vi",
    "ro",
    "hu",
)
"""Common languages of advertising in the Latin alphabet; rarer ones only steal short texts."""

SCRIPTS = {
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "THAI": "th",
    "DEVANAGARI": "hi",
}
FOREIGN_SHARE = 0.3
"""Share of letters of another script from which a text is not Latin: "나이키 Air Max 운동화" is Korean."""

MIN_WORDS = 4
CERTAIN = 0.99
ENGLISH_SHARE = 0.15
"""Share of English function words ("the", "with") that settles it: running English has 0.3 to 0.5."""


def detect(text: str) -> str:
    """ISO 639-1 code of the main language of `text`; "en" when there is too little to tell."""
    scripts = Counter(_script(char) for char in text if char.isalpha())
    foreign = {name: count for name, count in scripts.items() if name in SCRIPTS}
    if foreign and sum(foreign.values()) >= FOREIGN_SHARE * scripts.total():
        kana = foreign.get("HIRAGANA", 0) + foreign.get("KATAKANA", 0)
        return "ja" if kana else SCRIPTS[max(foreign, key=lambda name: foreign[name])]
    return _detect_latin(text)


def _script(char: str) -> str:
    return unicodedata.name(char, "").split(" ")[0]


def _detect_latin(text: str) -> str:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    if len(words) < MIN_WORDS:
        return "en"
    english = sum(word in FUNCTION_WORDS for word in words) / len(words)
    if english >= ENGLISH_SHARE:
        return "en"
    language, certainty = _identifier().classify(" ".join(words))
    return language if certainty >= CERTAIN else "en"


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LATIN)
    return identifier
