"""Whatever a chat model answers: a valid plan, with each repair said, or a refusal."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.limits import HEADLINE_CHARS, SUBQUERIES
from services.planning import llm_notices as notices
from services.planning import llm_text
from services.planning.edit import SUBQUERY_CHARS, validate
from services.planning.llm_faults import ChatFailure
from services.planning.llm_prompt import SYSTEM, Wish
from services.planning.llm_repair import Draft, Unusable, repair
from services.planning.llm_schema import read_answer
from tests.builders import a_plan
from tests.chat_server import GOOD


def parts(*pairs: tuple[object, object]) -> dict[str, Any]:
    return {**GOOD, "subqueries": [{"text": text, "weight": weight} for text, weight in pairs]}


def said(draft: Draft) -> dict[str, Any]:
    """Template -> its count, or None."""
    return {n.template: n.values.get("count") for n in draft.notices}


SOFA, DOG, LAMP = (
    ("A stylish sofa", 0.3),
    ("A cute dog wearing a yellow hoodie", 0.4),
    ("Warm lamp light", 0.3),
)
SCENES = ("A red bus", "Snowy mountains", "A violin case", "Fresh green salad", "An empty beach", "Old books")


def test_a_good_answer_needs_no_repair() -> None:
    draft = repair(GOOD, "en")
    assert (draft.notices, draft.wishes) == ((), frozenset())
    assert [q.text for q in draft.subqueries] == [q["text"] for q in GOOD["subqueries"]]


def test_the_example_in_the_prompt_is_a_good_answer() -> None:
    example = read_answer(SYSTEM.split("Example for the brief", 1)[1])
    assert repair(example, "en").notices == ()


@pytest.mark.parametrize(
    ("weights", "expected", "note"),
    [
        ((0.4, 0.3, 0.3), [0.4, 0.3, 0.3], None),
        ((40, 30, 30), [0.4, 0.3, 0.3], notices.SCALED),
        (("40%", "30 %", "0.3e2"), [0.4, 0.3, 0.3], notices.SCALED),
        ((0.333, 0.333, 0.333), [0.34, 0.33, 0.33], None),
        ((0, 0, 0), [0.34, 0.33, 0.33], notices.FILLED),
        ((None, "much", True), [0.34, 0.33, 0.33], notices.FILLED),
        ((math.nan, math.inf, -1), [0.34, 0.33, 0.33], notices.FILLED),
        ((0.5, None, 0.5), [0.34, 0.33, 0.33], notices.FILLED),
        ((1e308, 1e308, 0), [0.49, 0.49, 0.02], notices.SCALED),
    ],
)
def test_weights(weights: tuple[object, ...], expected: list[float], note: str | None) -> None:
    texts = (DOG[0], SOFA[0], LAMP[0])
    draft = repair(parts(*zip(texts, weights, strict=True)), "en")
    found = sorted((q.weight for q in draft.subqueries), reverse=True)
    assert found == pytest.approx(expected, abs=0.011)
    assert math.fsum(found) == pytest.approx(1)
    assert set(said(draft)) == ({note} if note else set())


def test_near_duplicates_are_merged_with_the_weight_of_both() -> None:
    draft = repair(
        parts(DOG, SOFA, ("stylish sofas", 0.1), ("A stylsh sofa", 0.1), ("Warm lamp light", 0.1)), "en"
    )
    assert said(draft) == {notices.MERGED: 2}
    assert {q.text: q.weight for q in draft.subqueries}["A stylish sofa"] == 0.5


def test_the_six_heaviest_of_too_many_stay() -> None:
    draft = repair(parts(*((text, n + 1) for n, text in enumerate(SCENES)), DOG, SOFA), "en")
    assert said(draft)[notices.TOO_MANY] == 8
    assert [q.text for q in draft.subqueries] == list(SCENES[::-1])


def test_too_few_are_filled_from_the_summary_and_wished_for() -> None:
    draft = repair(parts(DOG), "en")
    assert len(draft.subqueries) == SUBQUERIES[0]
    assert said(draft)[notices.ADDED] == 2
    assert draft.wishes == {Wish.COUNT}
    with pytest.raises(Unusable) as caught:
        repair({**parts(DOG), "summary": ""}, "en")
    assert Wish.COUNT in caught.value.wishes


@pytest.mark.parametrize(
    ("text", "note", "left"),
    [
        ("노란 후드티를 입은 강아지", notices.NOT_ENGLISH, None),
        ("un perro con sudadera amarilla", notices.NOT_ENGLISH, None),
        ("ein Hund in einem gelben Pullover", notices.NOT_ENGLISH, None),
        ("It sits on a chair", notices.NOT_ALONE, None),
        ("Close-up of the product", notices.NOT_ALONE, None),
        ("The same product on marble", notices.NOT_ALONE, None),
        ("Its gold-tone buckle", notices.REWORDED, "Gold-tone buckle"),
        ("this navy collar", notices.REWORDED, "Navy collar"),
        ("../../etc/passwd", notices.NOT_PHRASES, None),
        ("https://example.com/a dog", notices.NOT_PHRASES, None),
        ("C:\\Windows\\system32", notices.NOT_PHRASES, None),
        ("photo.png of a dog", notices.NOT_PHRASES, None),
        ("'; DROP TABLE sessions; --", notices.NOT_PHRASES, None),
        ("${jndi:ldap}", notices.NOT_PHRASES, None),
        ("", notices.EMPTY_PARTS, None),
        ("   !!! ", notices.EMPTY_PARTS, None),
        (None, notices.EMPTY_PARTS, None),
        (["a", "list"], notices.EMPTY_PARTS, None),
        ("<b>Old</b> brick <script>x()</script>wall", None, "Old brick wall"),
        ("brick wall.\n\tat\u200b night\u0000", None, "Brick wall. at night"),
        ("Le Creuset pot on a stove", None, "Le Creuset pot on a stove"),
        ("a woman and her bicycle", None, "A woman and her bicycle"),
        ("very " * 60 + "long wall", notices.SHORTENED, "Very" + " very" * 39),
    ],
)
def test_each_kind_of_part(text: object, note: str | None, left: str | None) -> None:
    draft = repair(parts(DOG, SOFA, LAMP, (text, 0.2)), "en")
    own = [q.text for q in draft.subqueries if q.text not in (DOG[0], SOFA[0], LAMP[0])]
    assert own == ([left] if left else [])
    assert (note is None) or said(draft)[note] == 1


@pytest.mark.parametrize("shape", [dict, list, "query"])
def test_other_shapes_of_parts_are_read(shape: object) -> None:
    pairs = (DOG, SOFA, LAMP)
    value: Any = dict(pairs) if shape is dict else [t for t, _ in pairs]
    if shape == "query":  # as in the study's own example
        value = [{"query": t, "weight": w} for t, w in pairs]
    assert {q.text for q in repair({**GOOD, "subqueries": value}, "en").subqueries} == {t for t, _ in pairs}


@pytest.mark.parametrize(
    ("headline", "language", "kept", "note"),
    [
        ("Cozy days", "en", "Cozy days", None),
        ('"Cozy days"', "en", "Cozy days", None),
        ("포근한 하루", "ko", "포근한 하루", None),
        ("暖かい一日", "ja", "暖かい一日", None),
        ("Gemütliche Tage", "de", "Gemütliche Tage", None),
        ("Cozy days", "ko", "", notices.HEADLINE_DROPPED),
        ("포근한 하루", "en", "", notices.HEADLINE_DROPPED),
        ("<i>Cozy</i>\ndays", "en", "Cozy days", None),
        ("/etc/passwd", "en", "", notices.HEADLINE_DROPPED),
        (7, "en", "", notices.HEADLINE_DROPPED),
        ("", "en", "", None),
        ("warm " * 30, "en", ("warm " * 16).strip(), notices.HEADLINE_SHORTENED),
        ("가" * 90, "ko", "가" * HEADLINE_CHARS, notices.HEADLINE_SHORTENED),
    ],
)
def test_headlines(headline: object, language: str, kept: str, note: str | None) -> None:
    draft = repair({**GOOD, "headline": headline, "language": language}, language)
    assert draft.headline == kept
    assert set(said(draft)) == ({note} if note else set())


def test_letters_decide_the_language_before_the_model_does() -> None:
    assert repair({**GOOD, "language": "en", "headline": ""}, "ko").language == "ko"
    assert repair({**GOOD, "language": "de"}, "en").language == "de"
    assert repair({**GOOD, "language": "xx-path/../"}, "en").language == "en"


def test_a_summary_that_cannot_be_used_is_made_from_the_parts() -> None:
    draft = repair({**GOOD, "summary": "강아지가 소파에 앉아 있어요"}, "ko")
    assert draft.summary == "A cute dog wearing a yellow hoodie, a stylish sofa, a warm and cozy living room."
    assert notices.SUMMARY_MADE in said(draft)
    assert Wish.ENGLISH in draft.wishes
    long = repair({**GOOD, "summary": "A dog and " * 30 + "a cat."}, "en")
    assert len(long.summary.split()) <= 31
    assert notices.SUMMARY_SHORTENED in said(long)


@pytest.mark.parametrize("name", ["Le Creuset", "La Mer cream jar", "Van Gogh style", "Pour over coffee"])
def test_names_are_english_enough(name: str) -> None:
    assert llm_text.is_english(name)


KNOWN = st.sampled_from(
    [DOG[0], SOFA[0], LAMP[0], *SCENES, "노란 후드티", "the product", "../x", "un perro con"]
)
TEXTS = st.one_of(KNOWN, st.text(max_size=60))
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
PROPOSED = st.fixed_dictionaries({"text": KNOWN, "weight": st.one_of(st.floats(), st.integers(), VALUES)})
ENTRIES = st.one_of(PROPOSED, PROPOSED, VALUES, st.dictionaries(st.sampled_from(["text", "query"]), VALUES))
PLANS = st.lists(PROPOSED, min_size=6, max_size=12, unique_by=lambda part: part["text"])
ODD = st.one_of(st.lists(ENTRIES, max_size=12), VALUES, st.dictionaries(TEXTS, VALUES))
ANSWERS = st.fixed_dictionaries(
    {"subqueries": st.booleans().flatmap(lambda odd: ODD if odd else PLANS)},
    optional={"summary": VALUES, "headline": VALUES, "language": VALUES, "extra": VALUES},
)


@settings(max_examples=150)
@given(answer=ANSWERS, detected=st.sampled_from(["en", "ko", "ja", "de"]))
def test_any_answer_becomes_a_valid_plan_or_is_refused(answer: dict[str, Any], detected: str) -> None:
    try:
        draft = repair(answer, detected)
    except Unusable:
        return
    texts = [q.text for q in draft.subqueries]
    assert SUBQUERIES[0] <= len(texts) <= SUBQUERIES[1]
    assert math.fsum(q.weight for q in draft.subqueries) == pytest.approx(1)
    assert all(0.01 <= q.weight <= 1 for q in draft.subqueries)
    assert all(0 < len(text) <= SUBQUERY_CHARS and llm_text.is_english(text) for text in texts)
    assert not any(llm_text.same_picture(a, b) for i, a in enumerate(texts) for b in texts[:i])
    assert draft.summary
    assert len(draft.headline) <= HEADLINE_CHARS
    assert "\n" not in draft.headline + draft.summary
    assert 2 <= len(draft.language) <= 3
    assert {n.template for n in draft.notices} <= notices.REPAIR_TEMPLATES
    assert all(str(notice) for notice in draft.notices)
    validate(a_plan(*texts))


@settings(max_examples=100)
@given(text=st.one_of(st.text(max_size=200), st.text(alphabet='{}[]":,subqerie0', max_size=200)))
def test_any_text_is_read_as_json_or_refused(text: str) -> None:
    with suppress(ChatFailure):
        assert "subqueries" in read_answer(text)


def test_json_that_would_break_a_reader_is_refused() -> None:
    for text in ("{" * 100_000, '{"subqueries": ' + "[" * 100_000, '{"subqueries": ' + "9" * 10_000 + "}"):
        with pytest.raises(ChatFailure):
            read_answer(text)
    assert read_answer('{"a": 1} then {"subqueries": []}') == {"subqueries": []}
    assert json.dumps(read_answer('{"subqueries": NaN}'))
