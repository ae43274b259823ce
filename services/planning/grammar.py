"""Where a noun phrase goes on and where it ends, word by word. Rules of thumb, not a parser.

A `run` is the phrase so far; `words` its whole clause and `place` the word that is asked about.
"""

from __future__ import annotations

from services.planning import lexicon as lx


def keeps(words: list[str], place: int, run: list[str]) -> bool | None:
    """True: the word belongs to the run; False: leave it out; None: the run ends here."""
    word = words[place].lower()
    following = words[place + 1].lower() if place + 1 < len(words) else ""
    if word in lx.CONJUNCTIONS:
        return _conjunction_keeps(word, words, place, run)
    if word in lx.LINKING_PARTICIPLES and has_noun(run) and following:
        return True
    if word in lx.PREPOSITIONS:
        return True if _preposition_keeps(word, words, place, run) else None
    if word in lx.DETERMINERS:
        return True if not run or run[-1].lower() in JOINERS else None
    if word in lx.ADVERBS or (word.endswith("ly") and word not in _LY_WORDS and word not in lx.ADJECTIVES):
        return False if run and not has_noun(run) else None
    if word in lx.PRONOUNS or word in lx.AUXILIARIES:
        return None
    return None if _is_verb(words, place, run) else True


JOINERS = lx.LINKING_PARTICIPLES | lx.words("of with in and on &")
_LY_WORDS = lx.words("family lily jelly belly fly italy july ply butterfly assembly holly jolly curly woolly")


def _preposition_keeps(word: str, words: list[str], place: int, run: list[str]) -> bool:
    """ "of" after a thing keeps the picture whole, once; "with" and "in" only after a clause's subject."""
    if run and run[-1].lower() in lx.LINKING_PARTICIPLES:
        return word in ("in", "with", "by", "of")
    if place + 1 >= len(words) or not has_noun(run) or any(w.lower() in ("of", "with", "in") for w in run):
        return False
    head = run[-1].lower()
    if head in lx.ABSTRACT and head not in lx.LIVING:
        return False
    before = {w.lower() for w in words[: place - len(run)]}
    subject = not before & (lx.PREPOSITIONS | lx.VERBS)
    if word == "in":
        return subject and head in lx.LIVING and words[place + 1].lower() in ("a", "an")
    return word == "of" or (word == "with" and subject and len(run) <= 5)


def _conjunction_keeps(word: str, words: list[str], place: int, run: list[str]) -> bool | None:
    """ "and" stays between two modifiers, or two bare nouns; else it parts two things."""
    if word not in ("and", "&", "or") or not run or place + 1 >= len(words):
        return None
    rest = _until_break(words, place + 1)
    left = [w for w in run if w.lower() not in lx.DETERMINERS]
    if not rest or not left or words[place + 1].lower() in lx.DETERMINERS:
        return None
    modifiers = all(is_modifier(w.lower()) for w in left)
    if modifiers:
        return True
    return True if len(left) <= 2 and len(rest) == 1 and not is_modifier(rest[0].lower()) else None


def _until_break(words: list[str], start: int) -> list[str]:
    end = start
    stops = lx.FUNCTION_WORDS | (lx.VERBS - lx.NOUN_TOO)
    while end < len(words) and words[end].lower() not in stops:
        end += 1
    return words[start:end]


def _is_verb(words: list[str], place: int, run: list[str]) -> bool:
    """A finite verb, imperative or participle that ends a phrase, by its form and its neighbours."""
    word, last = words[place].lower(), (run[-1].lower() if run else "")
    following = words[place + 1].lower() if place + 1 < len(words) else ""
    previous = words[place - 1].lower() if place else ""
    opens = not run or run[-1].lower() in ("and", "&")
    object_follows = following in lx.DETERMINERS | lx.PRONOUNS
    if _singular(run) and has_noun(run) and word in lx.VERBS and _third_person(word):
        return True
    if word.endswith("ed") and not has_noun(run) and following and following not in lx.FUNCTION_WORDS:
        return False
    if word in lx.VERBS and word not in lx.NOUN_TOO:
        return not (last in lx.DETERMINERS and following and word.endswith(("ed", "ing")))
    if word in lx.VERBS:
        commanded = opens and (object_follows or previous in lx.AUXILIARIES | lx.PRONOUNS | {"to"})
        return commanded or (object_follows and has_noun(run))
    if has_noun(run) and object_follows and _third_person(word):
        return True
    if (
        word.endswith("ing")
        and word not in lx.ING_NOUNS
        and has_noun(run)
        and (following in lx.FUNCTION_WORDS)
    ):
        return following not in ("and", "of", "with", "")
    preposition = following in lx.PREPOSITIONS or previous in lx.AUXILIARIES
    return word.endswith("ed") and preposition and len(word) > 4


def _singular(run: list[str]) -> bool:
    """ "a red dress drinks ...": what follows "a" is one thing, so a word in -s is the verb."""
    return bool(run) and run[0].lower() in ("a", "an", "this", "each", "every")


def _third_person(word: str) -> bool:
    return word.endswith("s") and not word.endswith(("ss", "us", "is"))


def has_noun(run: list[str]) -> bool:
    return any(w.lower() not in lx.FUNCTION_WORDS and not is_modifier(w.lower()) for w in run)


def is_modifier(word: str) -> bool:
    """An adjective, colour or participle that describes and shows nothing alone."""
    if word in lx.ADJECTIVES or word[0].isdigit():
        return True
    return word.endswith(("ful", "ous", "less", "ible", "able", "ish", "ed", "-free")) and len(word) > 5
