"""The KeyBERT planner over a fake text model: shape, limits and notices of a plan."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain import Brief, Plan
from services.errors import InvalidInput
from services.limits import PRODUCT_TEXT_CHARS, SUBQUERIES
from services.planning import planner_keybert
from services.planning.planner_keybert import ENGLISH_ONLY, FEW_PHRASES, KeyBertPlanner, strong, weighted
from tests.unit.text_fakes import FakeEmbedder

# Importing KeyBERT loads sentence-transformers: the slowest tests of this folder, for a real MMR.
PLANNER = KeyBertPlanner(FakeEmbedder())
SCENE = (
    "A cute dog wearing yellow hoodie sits on a stylish sofa, gazing around in a warm and cozy living room. "
    "Soft lighting fills the space, casting gentle shadows on the plush cushions."
)


def plan(text: str, topic: str = "") -> Plan:
    return PLANNER.plan(Brief(topic, text))


def templates(found: Plan) -> list[str]:
    return [notice.template for notice in found.notices]


def hundredths(found: Plan) -> int:
    return sum(round(query.weight * 100) for query in found.subqueries)


def test_a_scene_gets_three_to_six_weighted_parts() -> None:
    found = plan(SCENE, "a dog in a hoodie")
    assert SUBQUERIES[0] <= len(found.subqueries) <= SUBQUERIES[1]
    assert hundredths(found) == 100
    assert found.subqueries[0].text == "A cute dog wearing yellow hoodie"
    assert [q.weight for q in found.subqueries] == sorted((q.weight for q in found.subqueries), reverse=True)
    assert found.language == "en"
    assert found.notices == ()
    assert found.keywords


def test_the_same_brief_gives_the_same_plan() -> None:
    assert plan(SCENE, "a dog") == KeyBertPlanner(FakeEmbedder()).plan(Brief("a dog", SCENE))


def test_near_duplicates_and_parts_of_others_are_left_out() -> None:
    found = plan("Dry skin. Skin. Rose oil. Oil rose. A glass jar. White marble.")
    texts = [query.text for query in found.subqueries]
    assert "Skin" not in texts
    assert len({"Rose oil", "Oil rose"} & set(texts)) == 1


def test_one_word_is_a_plan_with_a_notice() -> None:
    found = plan("coffee")
    assert [(query.text, query.weight) for query in found.subqueries] == [("Coffee", 1.0)]
    assert templates(found) == [FEW_PHRASES]


def test_the_topic_helps_a_short_text() -> None:
    found = plan("coffee", "a rustic wooden table in a sunny garden")
    assert {"Coffee", "A rustic wooden table", "A sunny garden"} == {query.text for query in found.subqueries}


def test_a_text_that_names_nothing_still_has_a_plan() -> None:
    found = plan("Feel the difference.")
    assert len(found.subqueries) == 1
    assert FEW_PHRASES in templates(found)


def test_other_languages_are_planned_with_a_notice() -> None:
    found = plan("노란 후드티를 입은 강아지가 세련된 소파에 앉아 있습니다. 부드러운 조명이 공간을 채웁니다.")
    assert found.language == "ko"
    assert ENGLISH_ONLY in templates(found)
    assert hundredths(found) == 100


def test_the_text_is_data() -> None:
    found = plan("<script>steal()</script>Red umbrella, wooden pier, stormy sea. {0} %s {topic}")
    text = " ".join([found.summary, *(query.text for query in found.subqueries)])
    assert "steal" not in text
    assert "<" not in text


@pytest.mark.parametrize("text", ["", "   \n", "<p></p>", "9.99", "!!!", "☕️", "\x00\x01", "a"])
def test_nothing_to_read(text: str) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        plan(text)


def test_endless_text() -> None:
    with pytest.raises(InvalidInput, match=f"{PRODUCT_TEXT_CHARS}"):
        plan("x" * (PRODUCT_TEXT_CHARS + 1))


def test_the_reference_names_the_versions() -> None:
    assert PLANNER.ref.id == "keybert:fake"
    assert "keybert 0." in PLANNER.ref.revision


def test_faint_phrases_go_only_while_three_stay() -> None:
    ranked = [("a", 0.9), ("b", 0.5), ("c", 0.02), ("d", 0.15)]
    assert strong(ranked) == ranked[:3]
    assert strong(ranked[:2]) == ranked[:2]
    assert strong([]) == []


def test_weights_follow_similarity() -> None:
    found = weighted([("low", 0.2), ("high", 0.8), ("negative", -0.4)])
    assert [query.text for query in found] == ["High", "Low", "Negative"]
    assert sum(round(query.weight * 100) for query in found) == 100


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_planned_or_refused_with_a_sentence(text: str) -> None:
    try:
        found = plan(text)
    except InvalidInput:
        return
    assert hundredths(found) == 100
    assert all(query.text.strip() for query in found.subqueries)
    assert found.summary


def test_the_threshold_is_a_cosine() -> None:
    assert 0 < planner_keybert.NEAR_DUPLICATE < 1


def test_keywords_of_another_text_than_the_briefs() -> None:
    found = PLANNER.keywords("A red mug on a rustic wooden table in the morning sun.")
    assert {"mug", "table"} <= {keyword.text for keyword in found}
    assert [k.similarity for k in found] == sorted((k.similarity for k in found), reverse=True)
    assert PLANNER.keywords("") == ()
