"""Long text in pieces that a model reads whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.aim.text_chunks import chunked_embedding, long_text_notice, split_text, unit


def letters(text: str) -> int:
    """A token counter that is additive over words: one token per letter."""
    return len(text.replace(" ", ""))


def test_short_text_is_one_chunk() -> None:
    assert split_text("  a  dog\n on a sofa ", letters, 77) == ["a dog on a sofa"]


def test_no_text_is_no_chunk() -> None:
    assert split_text(" \n ", letters, 77) == []


def test_cuts_at_a_sentence_end_between_share_and_limit() -> None:
    # 28 letters, limit 20: two chunks, an equal share is 14
    assert split_text("aaaaa bbbbb ccccc. ddddd eeeee f", letters, 20) == [
        "aaaaa bbbbb ccccc.",
        "ddddd eeeee f",
    ]


def test_a_word_above_the_limit_is_cut_within() -> None:
    chunks = split_text("x" * 50, letters, 20)
    assert all(letters(chunk) <= 20 for chunk in chunks)
    assert letters("".join(chunks)) == 50


def test_limit_must_be_positive() -> None:
    with pytest.raises(ValueError, match="limit"):
        split_text("a", letters, 0)


@given(st.lists(st.text("ab.", min_size=1, max_size=9), min_size=1, max_size=80), st.integers(9, 40))
def test_every_word_once_in_order_and_no_chunk_too_long(words: list[str], limit: int) -> None:
    chunks = split_text(" ".join(words), letters, limit)
    assert [word for chunk in chunks for word in chunk.split()] == words
    assert all(letters(chunk) <= limit for chunk in chunks)
    total = letters(" ".join(words))
    assert len(chunks) <= 1 if total <= limit else len(chunks) >= -(-total // limit)


def test_embedding_is_the_mean_of_unit_vectors() -> None:
    vectors = {"x": [3.0, 0.0], "y": [0.0, 0.5]}
    encode = lambda texts: np.array([vectors[t] for t in texts], np.float32)  # noqa: E731
    assert chunked_embedding(["x"], encode) == pytest.approx([1, 0])
    assert chunked_embedding(["x", "y"], encode) == pytest.approx([0.5**0.5, 0.5**0.5])


def test_nothing_to_embed_is_an_error() -> None:
    with pytest.raises(ValueError, match="no text"):
        chunked_embedding([], lambda texts: np.zeros((0, 2), np.float32))


@pytest.mark.parametrize("row", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_vectors_without_direction_are_an_error(row: list[float]) -> None:
    with pytest.raises(ValueError, match="embedding"):
        unit(np.array([[1.0, 0.0], row], np.float32))


def test_the_reader_is_told_of_chunks_only() -> None:
    assert long_text_notice(1, 77) == ()
    (notice,) = long_text_notice(3, 77)
    assert "77 tokens" in str(notice)
    assert "3 parts" in str(notice)
