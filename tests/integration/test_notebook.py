"""The notebook runs from top to bottom on sample pictures, and has no outputs of its own."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from openpyxl import load_workbook
from PIL import Image

from services import sessions

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "AIM_Evaluation.ipynb"

FAKES = """
from services.engines import Engine, Parts, use_engine, use_evaluator
from tests.integration.evaluation_fakes import fake_evaluator
from tests.integration.test_cli_score import OneQuery

use_engine(Engine("lite", Parts(OneQuery, None, None, None)))
use_evaluator(fake_evaluator()[0])
"""


def opened() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def run(code: str) -> Any:
    """Execute the notebook with `code` put behind its cell of parameters.

    By the blocking client: nbclient's, on asyncio, was seen to wait for an answer that had come until its own
    timeout passed.
    """
    notebook = opened()
    place = next(i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", ()))
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(code))
    manager, client = start_new_kernel(startup_timeout=180, cwd=str(ROOT))
    try:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                keep = partial(_keep, cell.outputs)
                reply = client.execute_interactive(
                    cell.source, allow_stdin=False, timeout=300, output_hook=keep
                )
                assert reply["content"]["status"] == "ok", reply["content"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return notebook


def _keep(outputs: list[Any], message: dict[str, Any]) -> None:
    if message["msg_type"] in ("stream", "display_data", "execute_result", "error"):
        outputs.append(nbformat.v4.output_from_msg(message))


def outputs(notebook: Any, tag: str) -> str:
    cell = next(c for c in notebook.cells if tag in c.metadata.get("tags", ()))
    found = [output.get("data", {}) for output in cell.outputs]
    return "\n".join(str(data.get("text/markdown") or data.get("text/plain") or "") for data in found)


def sample(folder: Path, red: int) -> str:
    path = folder / f"red-{red}.png"
    Image.new("RGB", (64, 64), (red, 0, 0)).save(path)
    return str(path)


def test_outputs_are_cleared() -> None:
    for cell in opened().cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_a_score_known_by_hand(home: Path, tmp_path: Path) -> None:
    """Red 51 against red 204: 61.4286, in the table and in both files; see test_evaluation."""
    out = tmp_path / "out"
    paths = [sample(tmp_path, 51), sample(tmp_path, 204)]
    notebook = run(
        f"topic, prompt = 'a mug', 'a red mug'\nimage_paths = {paths!r}\n"
        f"reference_name = 'red-204.png'\nexport_folder = {str(out)!r}\n{FAKES}"
    )
    shown = outputs(notebook, "table")
    assert "61.4286" in shown
    assert "0.2000 (0.8571)" in shown
    assert "not scored" in shown
    assert "- a red mug: not visible" in outputs(notebook, "captions")
    with (out / "scores.csv").open(encoding="utf-8-sig", newline="") as file:
        finals = {line["name"]: float(line["final"]) for line in csv.DictReader(file)}
    assert round(finals["red-51.png"], 4) == 61.4286
    sheet = load_workbook(out / "scores.xlsx").active
    heading = [cell.value for cell in sheet[1]]
    found = {line[heading.index("name")]: line[heading.index("final")] for line in sheet.values}
    assert round(found["red-51.png"], 4) == 61.4286
    [card] = sessions.search("a mug").cards
    assert (card.campaign, card.variants) == ("Notebook", 2)


def test_without_pictures_it_says_what_to_do(home: Path) -> None:
    notebook = run(FAKES)
    assert "No pictures yet" in outputs(notebook, "pictures")
    assert sessions.search().total == 0


@pytest.mark.models
def test_the_lite_models_explain_real_pictures(home: Path, tmp_path: Path) -> None:
    from tests.tiny_models import noise_images

    paths = []
    for number, image in enumerate(noise_images(2, (300, 200))):
        image.save(tmp_path / f"{number}.png")
        paths.append(str(tmp_path / f"{number}.png"))
    notebook = run(f"topic, prompt = 'a mug', 'A red mug on a wooden table.'\nimage_paths = {paths!r}")
    assert "0.png" in outputs(notebook, "table")
    cell = next(c for c in notebook.cells if "heatmaps" in c.metadata.get("tags", ()))
    assert cell.outputs
