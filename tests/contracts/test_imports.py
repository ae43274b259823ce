"""The import rules of docs/architecture.md, read off the syntax trees and off a real process."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ["db", "services", "ui", "pages"]  # each may import itself and what stands before it
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "faiss",
    "cv2",
    "sklearn",
    "lpips",
    "keybert",
    "timm",
    "onnx",
    "onnxruntime",
}
LIGHT_MODULES = [
    "services.domain",
    "services.sessions",
    "services.campaigns",
    "services.libraries",
    "services.studio",
    "services.jobs.queue",
    "services.jobs.supervisor",
    "services.engines",
    "services.doctor",
    "services.retrieval.filters",
    "services.cli.__main__",
]


def files_of(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module that the file names in an import statement, at any depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _named(node)


def _named(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if node.module and not node.level else []


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_go_one_way(layer: str) -> None:
    later = set(LAYERS[LAYERS.index(layer) + 1 :])
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of(layer)
        for name in imported(path)
        if name.split(".")[0] in later
    ]
    assert files_of(layer), f"{layer} has no files: the rule would hold vacuously"
    assert not wrong


@pytest.mark.parametrize("layer", ["db", "services"])
def test_services_know_nothing_of_streamlit(layer: str) -> None:
    wrong = [str(p) for p in files_of(layer) if any(n.split(".")[0] == "streamlit" for n in imported(p))]
    assert not wrong


def test_pages_run_no_sql_and_no_models() -> None:
    forbidden = HEAVY | {"sqlalchemy", "db", "alembic"}
    wrong = [
        f"{path.name} imports {name}"
        for path in [ROOT / "Home.py", *files_of("pages"), *files_of("ui")]
        for name in imported(path)
        if name.split(".")[0] in forbidden
    ]
    assert not wrong


def test_collecting_the_tests_loads_no_model_library() -> None:
    """Each test process collects all files: torch and diffusers cost 20 seconds in each of them."""
    forbidden = {*HEAVY, "diffusers", "ray"} - {"faiss"}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of("tests")
        for statement in ast.parse(path.read_text()).body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for name in _named(statement)
        if name.split(".")[0] in forbidden
    ]
    assert not wrong


def test_light_modules_load_no_model_library() -> None:
    """A page must not import torch to draw a table: checked in a fresh process."""
    code = (
        "import importlib, sys\n"
        f"for name in {LIGHT_MODULES!r}: importlib.import_module(name)\n"
        f"print(*sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
