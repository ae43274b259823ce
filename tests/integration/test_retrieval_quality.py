"""Retrieval by itself: measures worked out by hand, a library of colours, labels from files and from tags."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.__main__ import main
from services.engines import get_engine
from services.errors import InvalidInput
from services.experiments.labels import Labelled, Question, from_tags, read_labels, resolve
from services.experiments.presets import BY_KEY
from services.experiments.retrieval_quality import Result, conclude, measure, score
from tests.experiment_fakes import LIBRARY, colour_library, forget_engine, use_quick_engine
from tests.retrieval_fakes import COLOURS


@pytest.fixture
def library(home: Path, tmp_path: Path) -> Iterator[str]:
    use_quick_engine()
    colour_library(tmp_path)
    yield LIBRARY
    forget_engine()


def test_measures_by_hand() -> None:
    found = score(Question("q", frozenset({1, 2, 3})), "s", [1, 9, 3, 8], k=4)
    assert found.recall == pytest.approx(2 / 3)
    assert found.precision == pytest.approx(2 / 4)
    assert found.ndcg == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3) + 1 / 2))
    best = score(Question("q", frozenset(range(10))), "s", [0, 1], k=2)
    assert (best.recall, best.precision, best.ndcg) == (1.0, 1.0, 1.0)
    nothing = score(Question("q", frozenset({1})), "s", [], k=4)
    assert (nothing.recall, nothing.precision, nothing.ndcg, nothing.given) == (0.0, 0.0, 0.0, 0)


def test_differences_are_paired_over_queries() -> None:
    presets = [BY_KEY["keywords"], BY_KEY["subqueries"]]
    gains = [0.1, 0.2, 0.15, 0.12, 0.18, 0.14, 0.16, 0.13]
    results = [
        Result(f"q{n}", preset.key, 0.1 * n / 8 + gain * place, 0.1, 0.1, 10)
        for n, gain in enumerate(gains)
        for place, preset in enumerate(presets)
    ]
    quality = conclude(results, presets, 10)
    recall = next(d.difference for d in quality.differences if d.measure == "recall")
    assert recall is not None
    assert recall.mean == pytest.approx(sum(gains) / len(gains))
    assert recall.low > 0
    assert (recall.over_briefs, recall.briefs) == (True, 8)
    assert "finds more than" in str(quality.sentences[0])
    few = conclude(results[:8], presets, 10)
    assert few.differences[0].difference is None
    assert "could not be compared" in str(few.sentences[0])


def test_a_library_of_colours(library: str) -> None:
    """The full query names its colour; the fake's plan is red and blue, whatever is asked."""
    labelled = [Labelled(f"a {colour} thing", tuple(f"{colour} {n}" for n in range(3))) for colour in COLOURS]
    questions, unanswered = resolve(library, [*labelled, Labelled("a purple thing", ("purple.png",))])
    assert unanswered == ["a purple thing"]
    presets = [BY_KEY["none"], BY_KEY["keywords"], BY_KEY["subqueries"], BY_KEY["filtered"]]
    engine = get_engine("lite")
    quality = measure(library, questions, presets, engine.encoder, engine.planner, k=3)
    assert not quality.has("none")
    assert quality.mean("keywords", "recall") == 1.0
    assert quality.mean("subqueries", "recall") < 0.5
    assert quality.mean("filtered", "given") <= 3
    assert "finds less than" in str(quality.sentences[0])


def test_labels_from_files() -> None:
    as_object = read_labels(b'{"a dog": ["dog.jpg", " cat "]}', "q.json")
    assert as_object == [Labelled("a dog", ("dog.jpg", "cat"))]
    assert read_labels("query,relevant\na dog,dog.jpg; cat\n".encode("utf-8-sig"), "q.CSV") == as_object
    typed = json.dumps([{"query": "a dog", "relevant": ["dog"], "subqueries": [{"query": "x", "weight": 1}]}])
    assert read_labels(typed.encode(), "q.json")[0].subqueries[0].weight == 1.0
    for wrong in (b"", b"[]", b"{", b"[1]", b'{"a": "b"}', b"\xff", b'[{"query": "a"}]', b"[" * 100_000):
        with pytest.raises(InvalidInput):
            read_labels(wrong, "q.json")


def test_labels_from_tags(library: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from db.repositories.libraries import LibraryRepository
    from db.repositories.library_labels import LibraryLabelRepository
    from db.repositories.library_pages import LibraryPageRepository
    from services.database import unit_of_work

    assert main(["library", "quality", library]) == 2
    assert "has no tags" in capsys.readouterr().err
    with unit_of_work() as work:
        row = LibraryRepository(work.session).by_name(library)
        assert row is not None
        names = LibraryLabelRepository(work.session).names(row.id)
        tags = {item: (name.split()[0], "all") for item, name in names}
        LibraryPageRepository(work.session).set_tags(list(tags), tags)
        work.commit()
    assert {q.text for q in from_tags(library)} == set(COLOURS)  # "all" asks for nothing
    out = tmp_path / "quality.csv"
    assert main(["library", "quality", library, "--k", "3", "--csv", str(out), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["queries"] == 6
    assert document["strategies"][0]["recall"] == 1.0
    assert len(out.read_text().splitlines()) == 1 + 6 * 3
    assert main(["library", "quality", library, "--strategies", "nothing"]) == 2
