"""What each strategy finds in a labelled library, with nothing generated: recall, precision, nDCG at 10.

    python -m benchmarks.retrieval_strategies [--photos ../shared/photos]

The photos folder holds one picture per label, LABEL.jpg, and queries.json: {query: [labels that fit]}; beside
its queries, those of retrieval_tuning.json are asked. Without it, it says so and ends. The first strategy is
worked out a second time straight from the search, and the command fails where the two differ.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks._photos import PHOTOS
from benchmarks._search_quality import quality as by_hand
from benchmarks._search_quality import read_queries

K = 10
STRATEGIES = ("keywords", "subqueries", "filtered")
TUNING = Path(__file__).with_name("retrieval_tuning.json")


def run(photos: Path) -> int:
    from services import libraries
    from services.engines import get_engine
    from services.retrieval.sources_folder import FolderSource

    libraries.build("photos", FolderSource(photos), get_engine("lite").encoder)
    return max(measured(photos, photos / "queries.json"), measured(photos, TUNING))


def measured(photos: Path, file: Path) -> int:
    """Figures for one file of queries; 1 where they are not those of the search itself."""
    from services.engines import get_engine
    from services.experiments.labels import read_labels, resolve
    from services.experiments.presets import BY_KEY
    from services.experiments.retrieval_quality import measure

    engine = get_engine("lite")
    questions, _ = resolve("photos", read_labels(file.read_bytes(), file.name))
    begun = time.perf_counter()
    presets = [BY_KEY[key] for key in STRATEGIES]
    found = measure("photos", questions, presets, engine.encoder, engine.planner, K)
    print(f"{file.name}: {len(questions)} queries, {time.perf_counter() - begun:.1f} s")
    for preset in presets:
        figures = ", ".join(
            f"{name} {found.mean(preset.key, name):.3f}" for name in ("recall", "precision", "ndcg")
        )
        print(f"  {preset.title}: {figures}, {found.mean(preset.key, 'given'):.1f} pictures")
    print(*(f"  {sentence}" for sentence in found.sentences), sep="\n")
    return int(not agrees(photos, file, found.mean("keywords", "recall"), found.mean("keywords", "ndcg")))


def agrees(photos: Path, file: Path, recall: float, ndcg: float) -> bool:
    """Do recall and nDCG of the whole query follow from the library's search alone?"""
    from services import libraries
    from services.engines import get_engine

    queries = read_queries(file, [path.stem for path in photos.glob("*.jpg")])
    hits = libraries.search("photos", queries.texts, K, get_engine("lite").encoder)
    names = [[Path(hit.file_name).stem for hit in row] for row in hits]
    means = by_hand(names, queries, K).mean(axis=1)
    same = bool(np.allclose([means[0], means[2]], [recall, ndcg]))
    said = "the same" if same else "NOT the same"
    print(f"  by the search alone: recall {means[0]:.3f}, ndcg {means[2]:.3f}: {said}")
    return same


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, default=PHOTOS)
    arguments = parser.parse_args()
    if not (arguments.photos / "queries.json").is_file():
        print(f"skipped, there is no {arguments.photos / 'queries.json'}; give --photos FOLDER")
        return 0
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIM_STUDIO_HOME"] = home
        return run(arguments.photos)


if __name__ == "__main__":
    sys.exit(main())
