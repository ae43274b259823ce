"""Which tests share a process when several run side by side (pytest-xdist).

A file stays together, for its module's fixtures. Files that need the same expensive thing stay together
too: importing torch and its like takes half a minute of processor time, and so does filling the library
of a studio that browser tests drive. The groups begin first; the small files fill up what is left.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
TORCH = re.compile(
    r"mark\.models|KeyBertPlanner\(|tiny_models|tiny_kandinsky|kandinsky_models|kandinsky_studio|tests\.full_engine"
    r"|^\s*(?:import|from) (?:torch|lpips|transformers|sentence_transformers|diffusers)\b",
    re.MULTILINE,
)
STUDIO = re.compile(r"^\s*studio: Studio,|\(studio: Studio,", re.MULTILINE)
"""Of tests that take the one studio with a worker."""

FIRST = ("studio", "torch", "tests/integration/test_ray.py", "tests/browser/test_accessible.py")
"""The longest, so that none of them is what the others wait for at the end."""


@lru_cache
def group(file: str) -> str:
    """The group of a test file, given by its path from the repository's root."""
    text = (ROOT / file).read_text(encoding="utf-8")
    if "/browser/" in file:
        return "studio" if STUDIO.search(text) and "running_studio(" not in text else file
    return "torch" if TORCH.search(text) else file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups first, each whole; the order within them stays."""
    order = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(group(_file(item.nodeid)), len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Only asked where pytest-xdist is at work."""
    from xdist.scheduler.loadscope import LoadScopeScheduling

    class Grouped(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(_file(nodeid))

    return Grouped(config, log)


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
