"""A library of noise must not be said to help: one small experiment with the lite engine's real models.

    python -m benchmarks.experiment_useless [--out DIR]

Two briefs with photos that a package ships, a library of 24 pictures of noise, no retrieval against
sub-queries with and without the filter, 4 seeds. Ends with 1 where the report claims that retrieval helped.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from services.domain import Photo

PICTURES = 24
SIDE = 320
BRIEFS = {
    "coffee.png": (
        "A cup of espresso on a wooden table",
        "A fresh cup of espresso with golden crema stands on a warm wooden table. Soft morning light falls "
        "through the window of a cozy kitchen.",
    ),
    "chelsea.png": (
        "A cat looks at its new food",
        "A ginger cat looks curiously at a bowl of fresh cat food. A sunny kitchen floor, a green plant "
        "and a clean, friendly mood.",
    ),
}


def noise_library() -> None:
    from services import libraries
    from services.engines import get_engine
    from services.retrieval.sources_folder import FolderSource

    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(PICTURES):
            pixels = random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(Path(folder) / f"noise {number:02d}.png")
        libraries.build("noise", FolderSource(Path(folder)), get_engine("lite").encoder)


def run(out: Path) -> int:
    from services.experiments.folder import claim
    from services.experiments.local import fill
    from services.experiments.presets import BY_KEY
    from services.experiments.report.deliver import deliver
    from services.experiments.spec import BriefSpec, ExperimentSpec

    begun = time.perf_counter()
    noise_library()
    spec = ExperimentSpec(
        name="A useless library",
        briefs=tuple(
            BriefSpec(name.split(".")[0], topic, text, (photo(name),), library="noise")
            for name, (topic, text) in BRIEFS.items()
        ),
        strategies=tuple(BY_KEY[key] for key in ("none", "subqueries", "filtered")),
        baseline="none",
        seeds=4,
    )
    found = deliver(fill(claim(out, spec)), out).findings
    print(found.verdict, *found.sentences, sep="\n")
    for f in found.comparisons:
        if f.measure == "final" and f.difference is not None:
            d = f.difference
            print(f"{f.strategy}: {d.mean:+.1f} ({d.low:+.1f} to {d.high:+.1f}), {d.pairs} pairs")
    print(f"{time.perf_counter() - begun:.0f} s in all, models and library included")
    return 1 if found.helped else 0


def photo(name: str) -> Photo:
    from services.storage.images import get_store
    from services.storage.intake import store_photo

    package = importlib.util.find_spec("skimage")
    folder = Path((package.submodule_search_locations or [""])[0] if package else "") / "data"
    return replace(store_photo((folder / name).read_bytes(), name, get_store()), hero=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, help="keep report and pictures here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIM_STUDIO_HOME"] = home
        return run(arguments.out or Path(home) / "out")


if __name__ == "__main__":
    sys.exit(main())
