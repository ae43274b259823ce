"""A library query's parts: what can be asked, how sides are mixed, hits varied and reasons worked out."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from services.errors import InvalidInput
from services.models.conse_parts import label_weights
from services.parts import Vectors
from services.retrieval import found as found_payload
from services.retrieval import query as query_payload
from services.retrieval.diversity import diversify
from services.retrieval.found import Found, Label, Why
from services.retrieval.fusion import fuse, parts
from services.retrieval.mixing import mix
from services.retrieval.query import LibraryQuery
from services.retrieval.vectors import pack
from services.retrieval.why import shared_words, tokens


def units(count: int, dim: int = 8, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


# --- what can be asked ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        LibraryQuery(),
        LibraryQuery("   ", tags=("dog",)),
        LibraryQuery("x" * 2_001),
        LibraryQuery("dog", top=0),
        LibraryQuery("dog", top=1_001),
        LibraryQuery("dog", balance=1.1),
        LibraryQuery("dog", diversity=float("nan")),
        LibraryQuery(picture="a" * 64, like=3),
        LibraryQuery("dog", tags=tuple(map(str, range(101)))),
    ],
)
def test_what_cannot_be_searched_for_is_refused(query: LibraryQuery) -> None:
    with pytest.raises(InvalidInput):
        query.checked()


def test_a_query_survives_the_queue_with_its_blanks_gone() -> None:
    query = LibraryQuery(" dog ", "a" * 64, 0.3, ("outdoor", " ", "outdoor"), ("CC0",), top=7, diversity=0.4)
    carried = query_payload.from_payload({"query": json.loads(json.dumps(asdict(query.checked())))})
    assert carried == LibraryQuery("dog", "a" * 64, 0.3, ("outdoor",), ("CC0",), top=7, diversity=0.4)


def test_searches_of_an_earlier_release_still_read() -> None:
    assert query_payload.from_payload({"query": "dog", "top": 5}) == LibraryQuery("dog", top=5)
    old = {"item_id": 1, "sha256": "a", "file_name": "f", "caption": "", "similarity": 0.5}
    assert found_payload.from_payload(old) == Found(1, "a", "f", "", 0.5)


def test_a_hit_survives_the_queue_and_what_a_later_release_adds() -> None:
    why = Why((Label("sofa", 0.5),), ("plush",), 0.4, 0.7)
    hit = Found(1, "a", "f", "c", 0.5, why, ("t",), "CC0", "Ann", "https://x.test", False)
    data = json.loads(json.dumps(found_payload.to_payload(hit)))
    assert found_payload.from_payload({**data, "unheard_of": 1}) == hit


# --- words and a picture -------------------------------------------------------------------------


def test_a_mix_runs_from_the_words_to_the_picture() -> None:
    text, picture = units(2)
    sample = units(200, seed=1)
    assert np.allclose(mix(text, picture, 0.0, sample).vector, text, atol=1e-6)
    assert np.allclose(mix(text, picture, 1.0, sample).vector, picture, atol=1e-6)
    middle = mix(text, picture, 0.5, sample)
    assert np.linalg.norm(middle.vector) == pytest.approx(1, abs=1e-6)
    assert np.allclose(middle.text + middle.picture, middle.vector, atol=1e-7)
    cosines = [float(mix(text, picture, b, sample).vector @ picture) for b in np.linspace(0, 1, 11)]
    assert cosines == sorted(cosines)


def test_one_side_alone_is_itself() -> None:
    [text] = units(1)
    alone = mix(text, None, 0.9, units(5, seed=1))
    assert np.array_equal(alone.vector, text)
    assert not alone.both
    assert np.array_equal(mix(None, text, 0.1, units(5, seed=1)).picture, text)
    with pytest.raises(ValueError, match="neither"):
        mix(None, None, 0.5, units(5))


def test_in_the_middle_neither_side_decides_alone_across_a_modality_gap() -> None:
    """Pictures lie in a narrow cone far from the words: their cosines to a text differ ten times less."""
    rng = np.random.default_rng(3)
    base = rng.standard_normal((400, 16)) * np.r_[np.full(8, 0.1), np.ones(8)]
    library = base / np.linalg.norm(base, axis=1, keepdims=True)
    library = library.astype(np.float32)
    text, picture = np.eye(16, dtype=np.float32)[0], library[7]
    direction = mix(text, picture, 0.5, library).vector
    by_text = np.corrcoef(library @ direction, library @ text)[0, 1]
    by_picture = np.corrcoef(library @ direction, library @ picture)[0, 1]
    assert by_text == pytest.approx(by_picture, abs=0.05)
    plain = (text + picture) / np.linalg.norm(text + picture)
    assert np.corrcoef(library @ plain, library @ picture)[0, 1] > 0.95  # what it would be otherwise


def test_opposites_and_libraries_of_one_have_an_answer() -> None:
    [text] = units(1)
    assert np.isfinite(mix(text, -text, 0.5, units(50, seed=1)).vector).all()
    assert np.isfinite(mix(text, units(1, seed=2)[0], 0.5, np.repeat(text[None], 9, axis=0)).vector).all()
    assert np.isfinite(mix(text, units(1, seed=2)[0], 0.5, np.empty((0, 8), np.float32)).vector).all()


# --- variety -------------------------------------------------------------------------------------


def by_definition(relevance: list[float], rows: Vectors, top: int, diversity: float) -> list[int]:
    """MMR as the docstring defines it, one pair at a time."""
    pairs = [float(a.astype(float) @ b.astype(float)) for a in rows for b in rows]
    low, span = min(relevance), max(relevance) - min(relevance)
    rel = [(value - low) / span for value in relevance]

    def sim(a: int, b: int) -> float:
        return (float(rows[a].astype(float) @ rows[b].astype(float)) - min(pairs)) / (1 - min(pairs))

    taken = [max(range(len(rel)), key=lambda i: rel[i])]
    while len(taken) < top:
        rest = [i for i in range(len(rel)) if i not in taken]
        gains = {
            i: round((1 - diversity) * rel[i] - diversity * max(sim(i, s) for s in taken), 9) for i in rest
        }
        taken.append(max(rest, key=lambda i: (gains[i], -i)))
    return taken


@pytest.mark.parametrize("diversity", [0.0, 0.3, 0.7, 1.0])
def test_variety_is_maximal_marginal_relevance(diversity: float) -> None:
    rows, query = units(40, seed=4), units(1, seed=5)[0]
    rows = rows[np.argsort(-(rows @ query))]
    relevance = (rows @ query).astype(np.float64)
    assert diversify(relevance, rows, 12, diversity) == by_definition(relevance.tolist(), rows, 12, diversity)


def test_no_variety_is_the_order_of_relevance_and_much_leaves_twins_for_last() -> None:
    rows = units(6, seed=6)
    rows[1] = rows[0]
    relevance = np.array([0.9, 0.9, 0.8, 0.7, 0.6, 0.5])
    assert diversify(relevance, rows, 6, 0.0) == [0, 1, 2, 3, 4, 5]
    assert diversify(relevance, rows, 6, 0.9)[-1] == 1
    assert diversify(np.empty(0), np.empty((0, 8), np.float32), 3, 0.5) == []
    assert diversify(np.array([0.5, 0.5]), np.repeat(rows[:1], 2, axis=0), 9, 0.5) == [0, 1]


# --- why -----------------------------------------------------------------------------------------


def test_parts_add_up_to_the_search_vector() -> None:
    pictures, captions = units(3) * 5, [None, pack(units(1, seed=9)[0] * 2), None]
    of_picture, of_caption = parts(pictures, captions)
    assert np.allclose(of_picture + of_caption, fuse(pictures, captions) / 5, atol=1e-6)
    assert not of_caption[[0, 2]].any()


def test_a_picture_that_its_encoder_is_unsure_of_leaves_more_to_the_caption() -> None:
    sure, caption = units(1), pack(units(1, seed=9)[0])
    towards = [
        float((parts(sure * length, [caption])[1] @ fuse(sure * length, [caption]).T / length)[0, 0])
        for length in (0.3, 0.6, 1.0, 7.0)
    ]
    assert towards[0] > towards[1] > towards[2]
    assert towards[3] == pytest.approx(towards[2], abs=1e-6)  # a length above 1 says nothing


def test_the_labels_of_a_sum_are_found_again() -> None:
    labels = units(300, 96, seed=11)
    weights = {3: 0.5, 77: 0.2, 120: 0.15, 200: 0.1, 250: 0.05}
    vector = sum(weight * labels[label] for label, weight in weights.items())
    found = label_weights(np.asarray(vector, np.float32), labels)
    assert list(found) == list(weights)
    assert found == pytest.approx(weights, abs=1e-5)
    assert label_weights(np.zeros(96, np.float32), labels) == {}


def test_words_are_matched_as_the_caption_writes_them() -> None:
    said = tokens("the Plush sofas and a dog's glass")
    assert shared_words(said, "A dog on the plush SOFA, dog") == ("dog", "plush", "SOFA")
    assert shared_words(said, "glasses and the cats") == ("glasses",)
    assert shared_words(tokens("편안한 소파"), "회색 소파") == ("소파",)
    assert shared_words(tokens("a the of"), "a the of") == ()
