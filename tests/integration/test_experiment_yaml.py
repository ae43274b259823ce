"""Experiments as YAML: what is read, what is refused and where, what is written again; saved strategies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from services.domain import Placement, Strategy
from services.errors import Conflict, InvalidInput, NotAllowed, NotFound
from services.experiments import saved
from services.experiments.presets import BY_KEY, Preset
from services.experiments.yaml_file import read_file, to_yaml
from services.experiments.yaml_reader import FILE_BYTES
from services.generation.conditioning import TextRule
from services.people import Person, Role, act_as
from tests.experiment_fakes import colour_library, forget_engine, noise, use_quick_engine

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WHOLE = """
name: Whole
campaign: Spring
library: photos
strategies:
  - none
  - My own
  - {title: "Inline, 0.7", search: subqueries, texts: subqueries, photos: 0.3, filter_above: 0.7, rounds: 1}
baseline: My own
seeds: 3
seed: 7
engine: {planner: lite, scorer: lite}
placement: 16:9
briefs:
  - name: one
    topic: no
    product_text: "Line\\n  two: 'quoted'"
    headline: 2026-01-02
    photos: [photo.png]
    plan:
      summary: On a sofa.
      subqueries: [{query: a sofa, weight: 0.75}, {query: a dog, weight: 0.25}]
      keywords: [{text: sofa, similarity: 0.5}]
"""


@pytest.fixture
def folder(home: Path, tmp_path: Path) -> Iterator[Path]:
    use_quick_engine()
    colour_library(tmp_path, "photos")
    noise(1).save(tmp_path / "photo.png")
    yield tmp_path
    forget_engine()


def own(title: str = "My own") -> Preset:
    return Preset("", title, Strategy.SUBQUERIES, TextRule.SUBQUERIES, 0.6)


def test_every_field_is_read_and_written_again(folder: Path) -> None:
    kept = saved.save(own())
    file = folder / "whole.yaml"
    file.write_text(WHOLE)
    spec = read_file(file)
    assert [preset.key for preset in spec.strategies] == ["none", kept.key, "inline-0-7"]
    assert (spec.baseline, spec.seeds, spec.seed, spec.campaign) == (kept.key, 3, 7, "Spring")
    assert spec.placement is Placement.WIDE  # YAML 1.1 would have read 969
    (brief,) = spec.briefs
    assert (brief.topic, brief.headline) == ("no", "2026-01-02")  # nor false, nor a date
    assert brief.product_text == "Line two: 'quoted'"
    assert brief.plan is not None
    assert [(q.text, q.weight) for q in brief.plan.subqueries] == [("a sofa", 0.75), ("a dog", 0.25)]
    assert brief.photos[0].hero
    again = folder / "again.yaml"
    again.write_text(to_yaml(spec, lambda sha256, name: name))
    assert read_file(again) == spec


def test_the_studys_briefs_are_as_typed_there(folder: Path) -> None:
    names = {
        "collar": ["collar"],
        "hoodie": ["hoodie"],
        "complex_hoodie": ["complex hoodie"],
        "original_briefs": ["collar", "hoodie", "complex hoodie"],
    }
    assert {path.stem for path in EXAMPLES.glob("*.yaml")} == set(names)
    read = {
        name: read_file(EXAMPLES / f"{name}.yaml", {brief: [folder / "photo.png"] for brief in briefs})
        for name, briefs in names.items()
    }
    assert read["original_briefs"].variants == 3 * 4 * 4
    texts = {brief.name: brief for brief in read["original_briefs"].briefs}
    for name in ("collar", "hoodie", "complex_hoodie"):
        (brief,) = read[name].briefs
        assert texts[brief.name] == brief
    plan = texts["complex hoodie"].plan
    assert plan is not None
    assert [q.weight for q in plan.subqueries] == [0.4, 0.2, 0.2, 0.1, 0.1]
    assert texts["collar"].product_text.startswith("This stylish dog collar combines navy fabric")


FAULTS = [
    ("name: Whole", "", "name is missing"),
    ("seeds: 3", "seeds: three", "seeds in bad.yaml must be a whole number"),
    ("seeds: 3", "seeds: true", "seeds in bad.yaml must be a whole number"),
    ("seeds: 3", "seeds: 3\nseeds: 4", "near line"),
    ("seeds: 3", "sedes: 3", "sedes in bad.yaml is not a field"),
    ("placement: 16:9", "placement: 3:2", "placement in bad.yaml is 3:2. Choose one of"),
    ("- none", "- nothing", "strategies[1] in bad.yaml is nothing, which is no strategy"),
    ("photos: 0.3", "photos: 3", "strategies[3] in bad.yaml: The photos' weight"),
    ("weight: 0.75", "weight: 0.5", "briefs[1].plan.subqueries in bad.yaml needs weights"),
    ("topic: no", "topic: ' '", "briefs[1] in bad.yaml: The topic is empty"),
    ("[photo.png]", "[gone.png]", "gone.png cannot be read"),
    ("[photo.png]", "[bad.yaml]", "bad.yaml is not a picture"),
    ("photos: [photo.png]", "", "has no product photo"),
    ("library: photos", "library: unknown", "unknown"),
    ("library: photos", "", "has no library"),
    ("baseline: My own", "baseline: filtered", "filtered is not among"),
    ("briefs:", "briefs: !!python/object/apply:os.system [ls]\nx:", "not valid YAML"),
    ("name: Whole", "name: [", "not valid YAML"),
    ("name: Whole", f"name: {'[' * 600}", "not valid YAML"),
]


def test_each_fault_is_one_sentence_with_its_place(folder: Path) -> None:
    saved.save(own())
    file = folder / "bad.yaml"
    for before, after, said in FAULTS:
        assert before in WHOLE
        file.write_text(WHOLE.replace(before, after, 1))
        with pytest.raises(InvalidInput) as refused:
            read_file(file)
        assert said in str(refused.value)


def test_large_files_and_unknown_briefs_are_refused(folder: Path) -> None:
    file = folder / "large.yaml"
    file.write_bytes(b"#" * (FILE_BYTES + 1))
    with pytest.raises(InvalidInput, match="larger than"):
        read_file(file)
    with pytest.raises(InvalidInput, match="no brief sock"):
        read_file(EXAMPLES / "hoodie.yaml", {"sock": [folder / "photo.png"]})


@pytest.mark.both_databases
def test_strategies_of_ones_own(home: Path) -> None:
    first, second = saved.save(own("B"), source="mine"), saved.save(own("a"))
    assert [preset.title for preset in saved.saved()] == ["B", "a"] or [
        preset.title for preset in saved.saved()
    ] == ["a", "B"]  # the database's own order of letters
    assert first.source == "mine"
    assert saved.find("b") == saved.find(first.key) == first
    assert saved.find("Sub-queries") == BY_KEY["subqueries"]
    assert len(saved.every()) == len(BY_KEY) + 2
    for taken in ("B", "b ", "No retrieval"):
        with pytest.raises(Conflict):
            saved.save(own(taken))
    with act_as(Person("vera", "Vera", Role.REVIEWER)):
        for refused in (lambda: saved.save(own("c")), lambda: saved.delete(first.key)):
            with pytest.raises(NotAllowed):
                refused()
    saved.delete(first.key)
    assert saved.saved() == (second,)
    for gone in (first.key, "none", "saved-x"):
        with pytest.raises(NotFound):
            saved.delete(gone)


def test_what_is_written_is_plain_yaml(folder: Path) -> None:
    spec = read_file(EXAMPLES / "hoodie.yaml", {"hoodie": [folder / "photo.png"]})
    document = yaml.safe_load(to_yaml(spec, lambda sha256, name: name))
    assert document["strategies"] == ["none", "subqueries", "filtered"]
    assert document["placement"] == "1:1"
