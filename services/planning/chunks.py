"""Candidate sub-queries: noun phrases of an ad text that a person would type into an image search.

A rule-based chunker in three steps: cut into clauses at punctuation; cut clauses at verbs,
prepositions and conjunctions, with the exceptions that keep a picture whole ("a cup of coffee",
"warm and cozy living room", "a dog wearing a hoodie"); tidy what is left, and drop what shows nothing.
"""

from __future__ import annotations

import re

from services.planning import lexicon as lx
from services.planning.grammar import JOINERS, is_modifier, keeps
from services.planning.text import sentences

MAX_WORDS = 8
"""Longer phrases are clauses that were not understood, or dilute the search."""

_CLAUSE = re.compile(r"[.!?;:,()\[\]{}\"|/…]+(?:\s|$)|\s[-–—~+=*]+\s|[—…\"“”()\[\]{}|]+|\n+")
_WORD = re.compile(r"\d+(?:[.,:]\d+)*%?|[^\W\d_]+(?:[-'’.&][^\W_]+)*|&|\d+\w+")
_PARTS = re.compile(r"[.!?,;:()\[\]\"“”‘’。、！？，·…/|\n]+")
_KOREAN_OBJECT = re.compile(r"(?<=[가-힣]{2})(을|를|에서|에)$")
_KOREAN_END = re.compile(r"(?<=[가-힣]{2})(을|를|이|가|에서|에|으로|와|과)$")
_KOREAN_PREDICATE = re.compile(r"(다|요|세요)$")
PIECE_WORDS = 5
_LATIN = re.compile(r"[a-zA-Z]")
_NEVER_LAST = (
    lx.ADJECTIVES - lx.NOUN_TOO - lx.words("orange gold silver light plain retro classic signature special")
)
_UNITS = lx.words(
    "ml l g kg cm mm oz inch inches km hours hour h hrs mah gb pack usd eur won % day days year years"
)


def phrases(text: str) -> list[str]:
    """Noun phrases of a plain English text, in order, without repeats."""
    found: list[str] = []
    for sentence in sentences(text):
        for clause in _CLAUSE.split(_keep_adjective_lists(sentence)):
            found += _clause_phrases(_WORD.findall(clause))
    return _unique(found)


def pieces(text: str, language: str) -> list[str]:
    """Phrases of other languages: parts between punctuation, cut at what ends a phrase there."""
    found: list[str] = []
    stops = lx.OTHER_FUNCTION_WORDS.get(language, frozenset())
    for part in _PARTS.split(text):
        run: list[str] = []
        for word in part.split():
            if word.lower() in stops:
                found, run = [*found, " ".join(run)], []
                continue
            run.append(_KOREAN_OBJECT.sub("", word) if language == "ko" else word)
            if len(run) == PIECE_WORDS or (language == "ko" and _KOREAN_END.search(word)):
                found, run = [*found, " ".join(run)], []
        found.append(" ".join(run))
    clauses = [piece for piece in found if any(char.isalpha() for char in piece)]
    return _unique([piece for piece in clauses if not _KOREAN_PREDICATE.search(piece)] or clauses)


def content_words(text: str) -> list[str]:
    """Words that carry meaning, lower case, without repeats: candidates for keywords."""
    words = (word.lower() for word in _WORD.findall(text))
    skip = lx.FUNCTION_WORDS | (lx.VERBS - lx.NOUN_TOO) | lx.ABSTRACT
    return _unique([word for word in words if len(word) > 2 and word not in skip and not word[0].isdigit()])


def _keep_adjective_lists(sentence: str) -> str:
    """ "soft, warm, cozy blanket": commas between adjectives do not part phrases."""
    parts = sentence.split(", ")
    joined = parts[0]
    for part in parts[1:]:
        words = [word.lower() for word in _WORD.findall(joined.rsplit(",", 1)[-1])]
        modifiers = len(words) - next(
            (i for i, w in enumerate(words[::-1]) if not is_modifier(w)), len(words)
        )
        lists = (
            bool(words)
            and modifiers < len(words)
            and (not modifiers or words[modifiers - 1] in lx.FUNCTION_WORDS)
        )
        joined += (" " if lists or part.startswith("and ") else ", ") + part
    return joined


def _clause_phrases(words: list[str]) -> list[str]:
    """Cut one clause into phrases."""
    found: list[list[str]] = [[]]
    for place, word in enumerate(words):
        kept = keeps(words, place, found[-1])
        if kept is None:
            found.append([])
        elif kept:
            found[-1].append(word)
    return [text for text in (_tidy(run) for run in found) if text]


def _tidy(run: list[str]) -> str:
    """The phrase to show, or "" when it shows nothing by itself."""
    words = _trim(run)
    if not words:
        return ""
    lower = [word.lower() for word in words]
    content = [word for word in lower if word not in lx.FUNCTION_WORDS]
    nouns = [word for word in content if not is_modifier(word) and word not in _UNITS]
    if not nouns or len(words) > MAX_WORDS + 2:
        return ""
    heads = [word for word in nouns if word not in lx.ABSTRACT and word not in lx.LINKING_PARTICIPLES]
    if not heads or all(len(word) < 2 for word in heads) or not any(_LATIN.search(w) for w in heads):
        return ""
    if _head(lower) in lx.ABSTRACT - lx.LIVING and len(heads) < 2:
        return ""
    return " ".join(_articles(words))


def _head(lower: list[str]) -> str:
    """The word that a phrase is about: the last one before a joiner."""
    for place, word in enumerate(lower):
        if place and word in JOINERS - {"and", "&"}:
            return lower[place - 1]
    return lower[-1] if lower else ""


def _trim(run: list[str]) -> list[str]:
    """Without what cannot begin or end a phrase; modifiers at the end describe nothing."""
    words = list(run)
    ends = lx.FUNCTION_WORDS | lx.LINKING_PARTICIPLES
    while words and words[-1].lower() in ends:
        words.pop()
    while words and words[0].lower() in lx.FUNCTION_WORDS - lx.DETERMINERS:
        words.pop(0)
    named = words[-1].lower() if words else ""
    while words and words[-1].lower() in _NEVER_LAST:
        words.pop()
    if named in _NEVER_LAST and len(words) < 2:
        return []  # "drinks cold", "emerald green": said of something else
    return words


def _articles(words: list[str]) -> list[str]:
    """A phrase stands alone: "this collar" becomes "a collar", "the cushions" "cushions"."""
    first, rest = words[0].lower(), words[1:]
    if first in ("a", "an"):
        return [first, *_inner(rest)]
    if first in ("this", "each", "every", "that", "another") and rest:
        return ["an" if rest[0][0].lower() in "aeiou" else "a", *_inner(rest)]
    if first in lx.DETERMINERS and rest:
        return _inner(rest)
    known = first in lx.ADJECTIVES or first in lx.ABSTRACT or first in lx.VERBS
    return [first if known else words[0], *_inner(rest)]


def _inner(words: list[str]) -> list[str]:
    owned = lx.words("its your his her our their my")
    return [word for word in words if word.lower() not in owned]


def _unique(texts: list[str]) -> list[str]:
    return list({text.lower(): text for text in reversed(texts)}.values())[::-1]
