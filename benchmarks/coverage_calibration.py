"""The threshold of lite coverage: from which ConSE cosine on does a photo show what a sub-query says?

    python -m benchmarks.coverage_calibration [SHARED]

SHARED (default ../shared) holds `photos/`: pictures named after their ImageNet class, and `queries.json`,
a query's classes. The threshold is chosen on the project's own `retrieval_tuning.json`, cross-validated
by leaving one query out, and judged on `queries.json`, which it never saw. It is the one of the best
balanced accuracy (mean of the hit rates on what is there and on what is not), which does not depend on
how rare matches are. The result is VISIBLE in services/aim/coverage_conse.py.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.aim.coverage_conse import VISIBLE, ConseCoverage

Cosines = NDArray[np.float64]
Truth = NDArray[np.bool_]

CAVEAT = (
    "These photos are of ImageNet's own classes, which flatters the classifier: expect less on pictures of "
    "other things, and nothing on colours, actions and counts."
)


def best_threshold(cosines: Cosines, truth: Truth) -> float:
    """The middle of the gap at which balanced accuracy is highest."""
    values = np.unique(cosines)
    cuts = (values[1:] + values[:-1]) / 2
    present, absent = np.sort(cosines[truth]), np.sort(cosines[~truth])
    hits = 1 - np.searchsorted(present, cuts) / len(present)
    rejections = np.searchsorted(absent, cuts) / len(absent)
    return float(cuts[np.argmax(hits + rejections)])


def rates(cosines: Cosines, truth: Truth, threshold: float) -> tuple[float, float]:
    """(share of the present called visible, share of the absent called not visible)."""
    visible = cosines >= threshold
    return float(visible[truth].mean()), float((~visible[~truth]).mean())


def f1(cosines: Cosines, truth: Truth, threshold: float) -> float:
    visible = cosines >= threshold
    return float(2 * (visible & truth).sum() / (visible.sum() + truth.sum()))


def area_under_curve(cosines: Cosines, truth: Truth) -> float:
    """Chance that a present pair has a higher cosine than an absent one."""
    absent = np.sort(cosines[~truth])
    low, high = (np.searchsorted(absent, cosines[truth], side) for side in ("left", "right"))
    return float((low + high).mean() / 2 / len(absent))


def held_out(cosines: Cosines, truth: Truth) -> tuple[float, float, list[float]]:
    """Leave one query (row) out, choose on the rest, judge on it: pooled rates, and the thresholds."""
    thresholds = [
        best_threshold(np.delete(cosines, row, 0).ravel(), np.delete(truth, row, 0).ravel())
        for row in range(len(cosines))
    ]
    visible = cosines >= np.array(thresholds)[:, None]
    return float(visible[truth].mean()), float((~visible[~truth]).mean()), thresholds


def measure(photos: Path, *query_files: Path) -> list[tuple[Cosines, Truth]]:
    """For each file of queries, cosines and truth, (queries, photos)."""
    from services.models.conse import ConseSpace
    from services.models.lite import classifier, text_embedder

    files = sorted(photos.glob("*.jpg"))
    images = []
    for file in files:
        with Image.open(file) as image:
            images.append(image.convert("RGB"))
    sets: list[dict[str, list[str]]] = [json.loads(path.read_text()) for path in query_files]
    texts = [query for queries in sets for query in queries]
    with tempfile.TemporaryDirectory() as cache:
        checker = ConseCoverage(ConseSpace(text_embedder(), classifier(), Path(cache)))
        values = np.array(checker.values([(image, text) for text in texts for image in images]))
    rows = iter(values.reshape(len(texts), len(files)))
    return [
        (
            np.stack([next(rows) for _ in queries]),
            np.array([[file.stem in classes for file in files] for classes in queries.values()]),
        )
        for queries in sets
    ]


def report(tuning: tuple[Cosines, Truth], unseen: tuple[Cosines, Truth]) -> None:
    threshold = best_threshold(tuning[0].ravel(), tuning[1].ravel())
    hits, rejections, thresholds = held_out(*tuning)
    print("                                  pairs shown   area  present  absent  balanced     F1")
    _line("tuning queries", *tuning, threshold)
    print(f"{'  each judged by the others':<34}{'':19}{hits:9.3f}{rejections:8.3f}"
          f"{(hits + rejections) / 2:10.3f}")  # fmt: skip
    _line("queries never seen", *unseen, threshold)
    print(f"threshold of the best balanced accuracy: {threshold:.3f}; with any one query left out "
          f"{min(thresholds):.3f} to {max(thresholds):.3f}")  # fmt: skip
    _line(f"queries never seen, {VISIBLE} in use", *unseen, VISIBLE)
    print(CAVEAT)


def _line(name: str, cosines: Cosines, truth: Truth, threshold: float) -> None:
    hits, rejections = rates(cosines, truth, threshold)
    area, score = area_under_curve(cosines, truth), f1(cosines, truth, threshold)
    print(f"{name:<34}{truth.size:>6}{truth.sum():6}{area:7.3f}{hits:9.3f}{rejections:8.3f}"
          f"{(hits + rejections) / 2:10.3f}{score:7.3f}")  # fmt: skip


def main(shared: Path) -> int:
    photos = shared / "photos"
    if not (photos / "queries.json").is_file():
        print(f"no labelled photos under {shared}: skipped", file=sys.stderr)
        return 0
    tuning = Path(__file__).with_name("retrieval_tuning.json")
    report(*measure(photos, tuning, photos / "queries.json"))
    return 0


if __name__ == "__main__":
    default = os.environ.get("AIM_STUDIO_SHARED", "../shared")
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else default)))
