"""`experiment FILE.yaml --out DIR`: one command, resumed, its report, and figures that agree with the CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from services import studio
from services.cli.__main__ import main
from services.errors import Conflict, StorageError
from services.experiments import local, records
from services.experiments.findings import findings
from services.experiments.report.figures import change, number
from services.experiments.rows import MEASURES, from_csv
from services.experiments.yaml_file import read_file
from tests.experiment_fakes import (
    LIBRARY,
    colour_library,
    forget_engine,
    noise,
    noise_library,
    use_quick_engine,
)

HOSTILE = '<img src=x onerror=alert(1)> & "brief"'


@pytest.fixture(autouse=True)
def engine(home: Path, tmp_path: Path) -> Iterator[None]:
    use_quick_engine()
    colour_library(tmp_path)
    noise(1).save(tmp_path / "photo.png")
    yield
    forget_engine()


def write(
    tmp_path: Path, seeds: int = 2, library: str = LIBRARY, strategies: str = "[none, filtered]"
) -> Path:
    path = tmp_path / "experiment.yaml"
    path.write_text(
        f"""
name: Colours <b>
library: {library}
strategies: [none, filtered]
seeds: {seeds}
placement: 1:1
briefs:
  - name: '{HOSTILE}'
    topic: a red thing
    product_text: A red thing on blue ground.
    photos: [photo.png]
  - {{name: second, topic: a blue thing, product_text: A blue thing., photos: [photo.png]}}
"""
    )
    return path


def experiment_of(folder: Path) -> records.Experiment:
    return records.load(json.loads((folder / "experiment.json").read_text())["experiment"])


class Page(HTMLParser):
    """What a report is made of: its tags with attributes, and the figures' table as rows of texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self._in, self._text = False, ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self._in = dict(attrs).get("class") == "figures"
        if self._in and tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._text = ""

    def handle_endtag(self, tag: str) -> None:
        if self._in and tag in ("td", "th"):
            self.rows[-1].append(self._text)
        if tag == "small":
            self._text += "|"

    def handle_data(self, data: str) -> None:
        self._text += f"{data.strip()}|" if data.strip() else ""


def test_one_command_writes_a_report_whose_figures_are_those_of_the_csv(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert main(["experiment", str(write(tmp_path)), "--out", str(folder), "--pdf", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["variants"] == 8
    assert len(list((folder / "pictures").iterdir())) == 8
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    spec = experiment_of(folder).spec
    rows = from_csv((folder / "scores.csv").read_text())
    found = findings(spec, rows)
    said = [f.difference for f in found.comparisons]
    assert [row.get("mean") for row in document["differences"]] == [d and d.mean for d in said]

    text = (folder / "report.html").read_text()
    page = Page(text)
    _, base, other = page.rows
    for place, measure in enumerate(MEASURES, 1):
        for line, key in ((base, "none"), (other, "filtered")):
            values = [getattr(r, measure) for r in rows if r.strategy == key]
            known = [value for value in values if value is not None]
            wanted = number(sum(known) / len(known) if known else None, measure)
            assert line[place].split("|")[0] == wanted
        difference = found.of("filtered", measure).difference
        if difference is not None:
            assert change(difference.mean, measure) in other[place].split("|")

    kinds = {tag for tag, _ in page.tags}
    assert not kinds & {"script", "link", "iframe", "object"}
    assert HOSTILE not in text
    assert "Colours <b>" not in text
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;brief&quot;" in text
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(images) >= 8 + 2
    assert all(i["alt"] and str(i["src"]).startswith("data:image/jpeg;base64,") for i in images)
    assert all(a.get("scope") for tag, a in page.tags if tag == "th")
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)

    # The folder runs again by itself: the same briefs, strategies, seeds and photos.
    assert read_file(folder / "experiment.yaml") == spec


def test_what_was_broken_off_goes_on_with_the_same_variants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = write(tmp_path), tmp_path / "out"
    make, made = studio.make_variant, 0

    def breaks(*arguments: object, **named: object) -> int:
        nonlocal made
        made += 1
        if made > 3:
            raise StorageError("the disk went away")
        return make(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(studio, "make_variant", breaks)
    assert main(["experiment", str(file), "--out", str(folder)]) == 1
    monkeypatch.setattr(studio, "make_variant", make)
    experiment = experiment_of(folder)
    before = variants(experiment)
    assert len(before) == 3
    assert not (folder / "report.html").exists()

    changed = write(tmp_path, seeds=3)
    assert main(["experiment", str(changed), "--out", str(folder)]) == 2
    assert "belongs to this experiment as it was before" in capsys.readouterr().err

    assert main(["experiment", str(write(tmp_path)), "--out", str(folder), "--language", "ko"]) == 0
    after = variants(experiment_of(folder))
    assert experiment_of(folder).id == experiment.id
    assert len(after) == 8
    assert after.items() >= before.items()
    report = (folder / "report.html").read_text()
    assert '<html lang="ko">' in report
    assert "Experiment report" not in report


def variants(experiment: records.Experiment) -> dict[int, str]:
    from services.sessions import load

    return {v.id: v.sha256 for cell in experiment.cells for v in load(cell.session_id).variants}


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    assert main(["experiment", str(write(tmp_path)), "--out", str(folder)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


def test_two_commands_do_not_fill_one_experiment_at_once(tmp_path: Path) -> None:
    from services.experiments.folder import claim

    experiment_id = claim(tmp_path / "out", read_file(write(tmp_path)))
    with local._alone(experiment_id), pytest.raises(Conflict):
        local.fill(experiment_id)


def test_a_useless_library_is_not_said_to_help(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The filter drops all the noise, and what is left is as good as no retrieval."""
    noise_library(tmp_path)
    file = write(tmp_path, seeds=3, library="noise")
    assert main(["experiment", str(file), "--out", str(tmp_path / "out"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    final = next(row for row in document["differences"] if row["measure"] == "final")
    assert final["low"] <= 0 <= final["high"]
    assert document["helped"] is False
    assert document["verdict"] in (tmp_path / "out" / "report.html").read_text()


def test_the_strategies_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "--strategies"]) == 0
    assert "Sub-queries and filter" in capsys.readouterr().out
    assert main(["experiment"]) == 2
