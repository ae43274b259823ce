"""`score` on the command line: the documented document, files, and refusals in one sentence."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from services.cli.__main__ import main
from services.domain import Brief, Plan, SubQuery
from services.engines import Engine, Parts, get_engine, get_evaluator, use_engine, use_evaluator
from tests.integration.evaluation_fakes import fake_evaluator

ROOT = Path(__file__).resolve().parents[2]
AIM_KEYS = {"file", "clip", "caption", "lpips", "final"}


class OneQuery:
    def plan(self, brief: Brief) -> Plan:
        return Plan("x", (SubQuery(brief.product_text, 1.0),))


def _never() -> None:
    raise AssertionError("this part is not asked for")


@pytest.fixture
def fakes(home: Path) -> Iterator[None]:
    use_engine(Engine("lite", Parts(OneQuery, _never, _never, _never)))  # type: ignore[arg-type]
    use_evaluator(fake_evaluator()[0])
    yield
    use_evaluator(None)
    use_engine(None)


def picture(folder: Path, red: int) -> str:
    path = folder / f"red-{red}.png"
    Image.new("RGB", (64, 64), (red, 0, 0)).save(path)
    return str(path)


@pytest.fixture
def command(tmp_path: Path, fakes: None) -> list[str]:
    """Red 51 against red 204: clip 0.2, caption 0.2, LPIPS 0.6; 61.4286 in all."""
    reference = picture(tmp_path, 204)
    return [
        *("score", "--topic", "a mug", "--prompt", "a red mug", "--reference", reference),
        *(picture(tmp_path, 51), reference),
    ]


def run(capsys: pytest.CaptureFixture[str], command: list[str]) -> dict:  # type: ignore[type-arg]
    assert main([*command, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def refusal(capsys: pytest.CaptureFixture[str], command: list[str]) -> str:
    assert main(command) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1
    return captured.err


def test_a_score_known_by_hand(
    capsys: pytest.CaptureFixture[str], command: list[str], tmp_path: Path
) -> None:
    table = tmp_path / "scores.csv"
    document = run(capsys, [*command, "--csv", str(table)])
    first, own = document["images"]
    assert round(first["final"], 4) == 61.4286
    assert (own["reference"], own["lpips"]["raw"]) == (True, None)
    with table.open(encoding="utf-8-sig", newline="") as file:
        lines = {Path(line["name"]).name: line for line in csv.DictReader(file)}
    assert round(float(lines["red-51.png"]["final"]), 4) == 61.4286
    assert (lines["red-204.png"]["rank"], lines["red-204.png"]["is_reference"]) == ("1", "True")
    assert lines["red-51.png"]["coverage"] == "0.0"


def test_aim_only_is_the_document_of_aim_alone(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    document = run(capsys, [*command, "--aim-only"])
    assert set(document) == {"scorer", "images"}
    assert [set(image) for image in document["images"]] == [AIM_KEYS, AIM_KEYS | {"reference"}]


def test_beside_aim_stand_coverage_likeness_and_twins(
    capsys: pytest.CaptureFixture[str], command: list[str], tmp_path: Path
) -> None:
    document = run(capsys, [*command, picture(tmp_path, 205), "--photo", picture(tmp_path, 255)])
    assert document["plan"] == [{"text": "a red mug", "weight": 1.0}]
    assert [image["coverage"]["share"] for image in document["images"]] == [0.0, 1.0, 1.0]
    best = [image["fidelity"]["best"] for image in document["images"]]
    assert best == sorted(best)
    [pair] = document["near_duplicates"]
    assert [Path(file).name for file in pair["files"]] == ["red-204.png", "red-205.png"]
    assert document["weights"] == {"clip": 0.2, "lpips": 0.3, "caption": 0.5}
    assert document["notes"] == []


def test_overlays_are_written(capsys: pytest.CaptureFixture[str], command: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "maps"
    document = run(capsys, [*command, "--heatmaps", str(folder)])
    assert sorted(path.name for path in folder.iterdir()) == [
        "01-red-51-attention.png",
        "01-red-51-relevance.png",
        "02-red-204-attention.png",
        "02-red-204-relevance.png",
    ]
    for image in document["images"]:
        for heatmap in image["heatmaps"]:
            with Image.open(heatmap["file"]) as overlay:
                assert overlay.size == (64, 64)


@pytest.mark.parametrize("weights", ["0.5,0,0.5", "50,0,50"])
def test_weights_are_clip_lpips_caption(
    capsys: pytest.CaptureFixture[str], command: list[str], weights: str
) -> None:
    document = run(capsys, [*command, "--weights", weights])
    assert document["images"][0]["final"] == pytest.approx(100 * (0.5 * 1.2 / 1.4 + 0.5 * 0.2 / 0.7))


@pytest.mark.parametrize("weights", ["0.5,0.5", "a,b,c", "0.5,0.5,0.5", "1,-1,1", "nan,0,1", ""])
def test_other_weights_are_refused(
    capsys: pytest.CaptureFixture[str], command: list[str], weights: str
) -> None:
    if weights:
        assert "clip,lpips,caption" in refusal(capsys, [*command, f"--weights={weights}"])
    else:
        assert main([*command, "--json"]) == 0


def test_contradictions_and_bad_files_are_refused(
    capsys: pytest.CaptureFixture[str], command: list[str], tmp_path: Path
) -> None:
    assert "--aim-only" in refusal(capsys, [*command, "--aim-only", "--heatmaps", str(tmp_path)])
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"not a picture")
    assert "bad.png is not a picture" in refusal(capsys, [*command, str(bad)])


def test_the_table_on_the_terminal(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "61.429" in shown
    assert "plan shown" in shown
    assert "lpips not scored: This is the reference picture" in shown


def test_full_without_weights_is_refused_at_once(tmp_path: Path) -> None:
    """In a process of its own, with a hub that nobody answers for."""
    environment = {
        **os.environ,
        "AIM_STUDIO_HOME": str(tmp_path / "home"),
        "HF_HOME": str(tmp_path / "hub"),
        "HF_ENDPOINT": "http://127.0.0.1:9",
    }
    reference = picture(tmp_path, 1)
    arguments = ["score", "--engine", "full", "--topic", "a", "--prompt", "b", "--reference", reference]
    started, worked = time.monotonic(), os.times()
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments, reference],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "use the lite engine" in done.stderr
    # Ten seconds on a machine of one's own; here other tests may hold the processor.
    after = os.times()
    assert after.children_user + after.children_system - worked.children_user - worked.children_system < 6
    assert time.monotonic() - started < 30


def test_the_full_engine_scores_as_its_evaluator_does(home: Path) -> None:
    engine = get_engine("full")
    assert engine.name == "full"
    assert engine.evaluator is get_evaluator("full")
    assert engine.scorer is get_evaluator("full").scorer
