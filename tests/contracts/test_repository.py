"""What the repository promises of itself: README commands, pinned versions, set-up, file sizes."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def fenced(language: str) -> list[str]:
    """The lines of the README's code blocks in `language`, continuation lines joined."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line.split(" #")[0].strip() for line in lines if line.strip()]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))


def test_readme_names_only_make_targets_that_exist() -> None:
    named = set(re.findall(r"\bmake ([a-z]+)", README))
    assert {"studio", "test"} <= named
    assert named <= make_targets()


def cli_commands() -> list[list[str]]:
    prefix = ["python", "-m", "services.cli"]
    lines = [shlex.split(line) for line in fenced("bash")]
    return [line[3:] for line in lines if line[:3] == prefix]


def test_readme_shows_the_command_line() -> None:
    assert len(cli_commands()) >= 4


@pytest.mark.parametrize("arguments", cli_commands(), ids=lambda a: " ".join(a[:2]))
def test_readme_commands_parse(arguments: list[str]) -> None:
    from services.cli.__main__ import build_parser

    parsed = build_parser().parse_args(arguments)
    assert callable(parsed.execute)


def test_readme_files_exist() -> None:
    linked = re.findall(r"\]\((?!http|#)([^)]+)\)", README)
    assert linked
    missing = [name for name in linked if not (ROOT / name.split("#")[0]).exists()]
    assert not missing


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-weights.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in " #-"]
    assert lines
    assert [line for line in lines if "==" not in line] == []


def test_torch_and_torchvision_are_a_pair_that_imports() -> None:
    """A torch build without its torchvision breaks lpips and transformers at import."""
    code = "import torch, torchvision; from torchvision.ops import nms; print(nms.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "nms", done.stderr


def test_help_names_every_public_target() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"studio", "test", "bench", "format", "check"} <= set(re.findall(r"make ([a-z]+)", done.stdout))


def tracked_python() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / line for line in done.stdout.split()] or sorted(ROOT.glob("services/**/*.py"))


def test_files_stay_readable() -> None:
    """Most files have 40 to 200 lines; none outside the tests has more than 300."""
    sizes = {
        p: len(p.read_text().splitlines()) for p in tracked_python() if p.exists() and "tests" not in p.parts
    }
    assert {str(p): n for p, n in sizes.items() if n > 300} == {}
    assert {str(p): n for p, n in sizes.items() if n > 110 and p.parent.name == "pages"} == {}
