"""Building the lite scorer is free: nothing heavy is imported before the first picture."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
from services.aim.lite import lite_scorer
from services.aim import explanation, ranking, report, weights
first, second = lite_scorer(), lite_scorer()
assert first.id == second.id and "lpips-0.1-alex" in first.id, first.id
heavy = {"torch", "transformers", "timm", "onnxruntime", "lpips", "sentence_transformers", "streamlit"}
heavy &= set(sys.modules)
assert not heavy, heavy
"""


def test_building_the_scorer_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
