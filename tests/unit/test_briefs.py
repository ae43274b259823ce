"""Every fault of a brief gets one sentence; a good brief gets none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.briefs import SEED_LIMIT, clean, validate
from services.domain import Photo
from services.errors import InvalidInput
from services.limits import (
    HEADLINE_CHARS,
    PHOTOS_PER_BRIEF,
    PRODUCT_TEXT_CHARS,
    TOPIC_CHARS,
    VARIANTS_PER_RUN,
)
from tests.builders import a_brief, sha


def photos(count: int, heroes: int = 1) -> tuple[Photo, ...]:
    return tuple(Photo(sha(str(i)), f"{i}.png", 10, 10, hero=i < heroes) for i in range(count))


FAULTS = {
    "topic is empty": {"topic": "  \n "},
    "topic has 201 characters": {"topic": "x" * (TOPIC_CHARS + 1)},
    "product text is empty": {"product_text": "\x00\x07 "},
    "product text has 4001 characters": {"product_text": "x" * (PRODUCT_TEXT_CHARS + 1)},
    "headline has 81 characters": {"headline": "x" * (HEADLINE_CHARS + 1)},
    "no product photo": {"photos": ()},
    "200 photos are too many": {"photos": photos(200)},
    "More than one photo": {"photos": photos(3, heroes=2)},
    "0 variants": {"variants": 0},
    f"{VARIANTS_PER_RUN + 1} variants": {"variants": VARIANTS_PER_RUN + 1},
    "seed must be": {"seed": -1},
    f"0 to {SEED_LIMIT - 1}": {"seed": SEED_LIMIT},
}


@pytest.mark.parametrize(("words", "changes"), FAULTS.items())
def test_a_fault_is_one_sentence(words: str, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=words):
        validate(a_brief(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"topic": "x" * TOPIC_CHARS, "product_text": "y" * PRODUCT_TEXT_CHARS, "headline": ""},
        {"photos": photos(PHOTOS_PER_BRIEF), "variants": VARIANTS_PER_RUN, "seed": SEED_LIMIT - 1},
        {"photos": photos(2, heroes=0), "library": None},
        {"topic": "비 오는 거리의 후드티", "headline": "젖지 않는 밤"},
    ],
)
def test_what_is_within_the_limits_passes(changes: dict[str, object]) -> None:
    validate(a_brief(**changes))


@given(st.text(alphabet=st.characters(), max_size=80))
def test_clean_text_can_be_stored(text: str) -> None:
    cleaned = clean(a_brief(topic=text)).topic
    cleaned.encode("utf-8")  # no half surrogates
    assert "\x00" not in cleaned
    assert clean(a_brief(topic=cleaned)).topic == cleaned


def test_clean_keeps_lines_and_emoji() -> None:
    assert clean(a_brief(product_text=" one\ntwo 🧥 ")).product_text == "one\ntwo 🧥"
