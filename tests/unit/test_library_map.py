"""Projection, groups and their names, and where a text stands: small vectors, no model, no database."""

from __future__ import annotations

import numpy as np
import pytest

from services.errors import InvalidInput
from services.library_coverage import Answer, Hit, TextCoverage
from services.library_map import LibraryMap, Placed, checked_texts, place, spread
from services.retrieval.groups import MOST_GROUPS, find_groups, name_groups
from services.retrieval.projection import Layout, components, project


def clusters(count: int, each: int = 20, dim: int = 12) -> np.ndarray:
    rng = np.random.default_rng(3)
    centres = np.eye(dim)[:count] * 4
    rows = np.repeat(centres, each, axis=0) + rng.normal(0, 0.1, (count * each, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("layout", list(Layout))
def test_alike_stand_together_and_the_map_is_always_the_same(layout: Layout) -> None:
    units = clusters(3)
    flat = project(units, layout)
    assert np.array_equal(flat, project(units, layout))
    assert np.abs(flat).max() == pytest.approx(1.0)
    middles = np.stack([flat[n * 20 : n * 20 + 20].mean(axis=0) for n in range(3)])
    within = max(np.linalg.norm(flat[n * 20 : n * 20 + 20] - middles[n], axis=1).max() for n in range(3))
    apart = min(np.linalg.norm(middles[a] - middles[b]) for a, b in ((0, 1), (0, 2), (1, 2)))
    assert apart > 2 * within


@pytest.mark.parametrize("count", [0, 1, 2, 5])
@pytest.mark.parametrize("layout", list(Layout))
def test_few_pictures_and_copies_have_finite_places(count: int, layout: Layout) -> None:
    same = np.tile(np.eye(4, dtype=np.float32)[:1], (count, 1))
    assert np.isfinite(project(same, layout)).all()
    assert project(same, layout).shape == (count, 2)


def test_components_are_those_of_the_singular_values() -> None:
    units = clusters(4)
    centred = units - units.mean(axis=0)
    sizes = np.linalg.svd(centred, compute_uv=False)[:2]
    assert np.linalg.norm(components(units, 2), axis=0) == pytest.approx(sizes, rel=1e-4)


def test_groups_follow_clusters_the_largest_first() -> None:
    units = np.concatenate([clusters(MOST_GROUPS, 14), clusters(1, 6)])
    groups = find_groups(units).tolist()
    assert set(groups[:14] + groups[-6:]) == {0}
    assert all(len(set(groups[n * 14 : n * 14 + 14])) == 1 for n in range(MOST_GROUPS))
    assert len(set(groups)) == MOST_GROUPS
    assert find_groups(clusters(1, 3)).tolist() == [0, 0, 0]


def test_groups_are_named_by_tags_then_captions_then_labels() -> None:
    groups = np.repeat([0, 1, 2], 4)
    units = clusters(3, 4)
    tags = [("dog", "pet")] * 3 + [()] + [()] * 8
    captions = [""] * 4 + ["A plush sofa near the window"] * 4 + [""] * 4
    names = name_groups(units, groups, tags, captions, lambda middle: ["dog", "harbour", "pier", "sea"])
    assert names == ["dog, pet", "plush, sofa", "harbour, pier"]
    assert name_groups(units, groups, [()] * 12, [""] * 12) == ["", "", ""]


def test_words_that_all_pictures_share_name_no_group() -> None:
    groups, units = np.repeat([0, 1], 4), clusters(2, 4)
    captions = ["studio dog"] * 4 + ["studio chair"] * 4
    assert name_groups(units, groups, [()] * 8, captions) == ["dog", "chair"]


def a_map() -> LibraryMap:
    places = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    return LibraryMap(np.array([7, 8, 9]), places, np.zeros(3, np.int64), ("",), 3)


def test_a_text_stands_among_its_closest_pictures() -> None:
    assert place(a_map(), Placed("x", ((8, 0.6), (9, 0.2), (99, 0.9)))) == pytest.approx((0.75, 0.25))
    assert place(a_map(), Placed("x", ((8, -0.4),))) == pytest.approx((1.0, 0.0))
    assert place(a_map(), Placed("x", ((99, 0.9),))) is None


def test_a_sample_goes_from_first_to_last() -> None:
    assert spread(range(10), 20) == list(range(10))
    sample = spread(range(1000), 11)
    assert (sample[0], sample[-1], len(set(sample))) == (0, 999, 11)


def test_texts_are_cleaned_and_bounded() -> None:
    assert checked_texts([" a ", "", "a", "b"]) == ["a", "b"]
    with pytest.raises(InvalidInput):
        checked_texts([" "])
    with pytest.raises(InvalidInput):
        checked_texts([str(n) for n in range(41)])


@pytest.mark.parametrize(("above", "answer"), [(0, Answer.NONE), (1, Answer.THIN), (3, Answer.GOOD)])
def test_an_answer_needs_a_choice(above: int, answer: Answer) -> None:
    text = TextCoverage("plush cushions", above, (Hit(1, "a" * 64, "x.png", 0.4),))
    assert text.answer is answer
    assert not text.counted_out
