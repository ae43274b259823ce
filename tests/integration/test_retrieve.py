"""From a plan to matches, on a library in a temporary home."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from services import libraries
from services.domain import Brief, DropReason, Plan, Strategy, SubQuery
from services.errors import Conflict, InvalidInput, NotFound
from services.limits import MATCHES_PER_SUBQUERY
from services.retrieval.filters import apply_filters, live_subqueries
from services.retrieval.retrieve import assign, image_cosines, queries_for, retrieve
from services.retrieval.search import Found
from services.retrieval.sources_upload import UploadSource
from tests.retrieval_fakes import ColourEncoder, png, scene

pytestmark = pytest.mark.usefixtures("home")

PLAN = Plan("Red and blue", (SubQuery("a red sofa", 0.6), SubQuery("a blue sky", 0.4)))


def brief(strategy: Strategy, library: str | None = "L", text: str = "Something green") -> Brief:
    return Brief("topic", text, library=library, strategy=strategy)


@pytest.fixture
def encoder() -> ColourEncoder:
    files = [
        (f"{g}-{i}.png", png(scene(g, 10 * i + j)))
        for i in range(6)
        for j, g in enumerate(["red", "blue", "green"])
    ]
    encoder = ColourEncoder()
    libraries.build("L", UploadSource(files), encoder)
    return encoder


def test_without_references_nothing_is_looked_for(encoder: ColourEncoder) -> None:
    assert retrieve(brief(Strategy.NONE), PLAN, encoder) == ()
    assert retrieve(brief(Strategy.FILTERED, library=None), PLAN, encoder) == ()


def test_subqueries_give_a_row_each_with_shared_weights(encoder: ColourEncoder) -> None:
    matches = retrieve(brief(Strategy.SUBQUERIES), PLAN, encoder)
    assert [m.subquery for m in matches] == [0] * MATCHES_PER_SUBQUERY + [1] * MATCHES_PER_SUBQUERY
    assert all(m.kept and not m.overruled for m in matches)
    assert {m.file_name.split("-")[0] for m in matches if m.subquery == 0} == {"red"}
    assert {m.query for m in matches} == {"a red sofa", "a blue sky"}
    assert sum(m.weight for m in matches if m.subquery == 0) == pytest.approx(0.6)
    assert sum(m.weight for m in matches if m.subquery == 1) == pytest.approx(0.4)
    row = [m for m in matches if m.subquery == 0]
    assert [m.similarity for m in row] == sorted((m.similarity for m in row), reverse=True)
    assert row[0].weight / row[3].weight == pytest.approx(row[0].similarity / row[3].similarity)


def test_keywords_search_with_the_whole_product_text(encoder: ColourEncoder) -> None:
    matches = retrieve(brief(Strategy.KEYWORDS), PLAN, encoder)
    assert {m.query for m in matches} == {"Something green"}
    assert {m.file_name.split("-")[0] for m in matches} == {"green"}
    assert sum(m.weight for m in matches) == pytest.approx(1)
    assert queries_for(brief(Strategy.KEYWORDS), PLAN) == (SubQuery("Something green", 1.0),)


def test_filtered_drops_with_reasons_and_agrees_with_the_filters(encoder: ColourEncoder) -> None:
    """In this space all reds are alike: one of each stays."""
    matches = retrieve(brief(Strategy.FILTERED), PLAN, encoder)
    plain = retrieve(brief(Strategy.SUBQUERIES), PLAN, encoder)
    assert matches == apply_filters(plain, image_cosines(plain, encoder), encoder.relevance_floor)
    assert [m.subquery for m in matches if m.kept] == [0, 1]
    assert {m.drop for m in matches if not m.kept} == {DropReason.REDUNDANCY}


def test_nothing_good_enough_is_a_normal_result(encoder: ColourEncoder) -> None:
    encoder.relevance_floor = 1.0
    matches = retrieve(brief(Strategy.FILTERED), PLAN, encoder)
    assert matches
    assert live_subqueries(matches) == ()


def test_picture_appears_once_under_the_query_it_is_most_similar_to(encoder: ColourEncoder) -> None:
    plan = Plan("", (SubQuery("red and blue", 0.5), SubQuery("red", 0.5)))
    matches = retrieve(brief(Strategy.SUBQUERIES), plan, encoder)
    assert len({m.sha256 for m in matches}) == len(matches) == 2 * MATCHES_PER_SUBQUERY
    assert all(m.file_name.startswith("red") for m in matches if m.subquery == 1)


def hit(item: int, similarity: float) -> Found:
    return Found(item, f"{item:064x}", f"{item}.jpg", "", similarity)


def test_assignment_is_best_pair_first_and_full_rows_pass_on() -> None:
    rows = assign([[hit(1, 0.9), hit(2, 0.8), hit(3, 0.7)], [hit(3, 0.6), hit(1, 0.95)]], count=2)
    assert [[h.item_id for h in row] for row in rows] == [[2, 3], [1]]
    rows = assign([[hit(1, 0.9), hit(2, 0.8), hit(3, 0.7)], [hit(3, 0.6)]], count=2)
    assert [[h.item_id for h in row] for row in rows] == [[1, 2], [3]]
    assert assign([[hit(1, 0.5)], [hit(1, 0.5)]]) == [[hit(1, 0.5)], []]


def test_same_search_gives_the_same_matches(encoder: ColourEncoder) -> None:
    first = retrieve(brief(Strategy.FILTERED), PLAN, encoder)
    assert retrieve(brief(Strategy.FILTERED), PLAN, ColourEncoder()) == first


def test_cosines_come_from_stored_vectors(encoder: ColourEncoder) -> None:
    matches = retrieve(brief(Strategy.SUBQUERIES), PLAN, encoder)
    cosines = image_cosines(matches)
    assert cosines.shape == (8, 8)
    assert np.allclose(np.diag(cosines), 1, atol=1e-6)
    assert np.allclose(cosines, cosines.T)
    assert cosines[0, 1] > 0.9 > cosines[0, 7]
    assert np.array_equal(cosines, image_cosines(matches, encoder))


def test_cosines_are_unknown_for_pictures_that_are_gone_or_replaced(encoder: ColourEncoder) -> None:
    matches = retrieve(brief(Strategy.SUBQUERIES), PLAN, encoder)
    replaced = replace(matches[0], sha256="f" * 64)
    gone = replace(matches[1], item_id=99_999)
    cosines = image_cosines([replaced, gone, matches[2]])
    assert math.isnan(cosines[0, 0])
    assert math.isnan(cosines[1, 2])
    assert cosines[2, 2] == pytest.approx(1)
    libraries.delete("L")
    assert np.isnan(image_cosines(matches)).all()


def test_unknown_library_and_other_encoder_are_said(encoder: ColourEncoder) -> None:
    with pytest.raises(NotFound, match="no library 'X'"):
        retrieve(brief(Strategy.FILTERED, library="X"), PLAN, encoder)
    with pytest.raises(Conflict, match="not prepared for fake/other"):
        retrieve(brief(Strategy.FILTERED), PLAN, ColourEncoder("fake/other"))


@pytest.mark.parametrize(
    ("queries", "top", "words"),
    [
        ([""], 5, "nothing to search"),
        (["x" * 3000], 5, "at most"),
        (["a"], 0, "Between 1"),
        (["a"], 10**6, "Between"),
    ],
)
def test_searches_that_cannot_be(encoder: ColourEncoder, queries: list[str], top: int, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        libraries.search("L", queries, top, encoder)


def test_query_without_direction_is_said(encoder: ColourEncoder) -> None:
    encoder.encode_texts = lambda texts: np.zeros((len(texts), 6), np.float32)  # type: ignore[method-assign]
    with pytest.raises(InvalidInput, match="Use other words"):
        libraries.search("L", ["red"], 3, encoder)


def test_small_library_gives_fewer_matches_than_asked(encoder: ColourEncoder) -> None:
    assert len(libraries.search("L", ["red"], 100, encoder)[0]) == 18
