"""One sentence for a text."""

from __future__ import annotations

from services.planning.summary import SUMMARY_WORDS, finish, summarise
from tests.unit.text_fakes import FakeEmbedder


def test_one_sentence_stays_as_it_is() -> None:
    assert summarise("velvet sofa with oak legs", FakeEmbedder().encode) == "Velvet sofa with oak legs."


def test_the_central_sentence_is_chosen() -> None:
    text = "Hello there you. The red umbrella keeps rain away. A red umbrella for rain, the red umbrella."
    assert "umbrella" in summarise(text, FakeEmbedder().encode)


def test_long_sentences_end_at_a_clause() -> None:
    text = "The first part is long enough to be kept here, " + "and then it goes on " * 10
    assert finish(text) == "The first part is long enough to be kept here."


def test_long_text_without_clauses_is_cut_at_a_word() -> None:
    cut = finish("word " * 60)
    assert cut.endswith("word…")
    assert len(cut.split()) == SUMMARY_WORDS


def test_other_stops_are_kept() -> None:
    assert finish("부드러운 조명이 공간을 채웁니다。") == "부드러운 조명이 공간을 채웁니다。"
    assert finish("really?") == "Really?"
