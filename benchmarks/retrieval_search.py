"""How well and how fast libraries are searched, through the product's own code in a temporary home.

    python -m benchmarks.retrieval_search [--photos ../shared/photos] [--no-speed]

The photos folder holds one picture per label, LABEL.jpg, and queries.json: {query: [labels that fit]}.
Without it, only the synthetic part runs. Times are medians, and a ratio, of one run on this machine.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks._photos import run

TOP = 10
SIZES = (1_000, 10_000, 100_000)
DIM = 384
PLAIN = 96
"""Photos of the plain loop: enough for a rate."""


def quality(photos: Path) -> None:
    """Recall@10 and hit@1 of the text queries, with chance beside them."""
    from services import libraries
    from services.engines import get_engine

    encoder = get_engine("lite").encoder
    queries: dict[str, list[str]] = json.loads((photos / "queries.json").read_text())
    images = libraries.get_library("photos").images
    started = time.perf_counter()
    results = libraries.search("photos", list(queries), TOP, encoder)
    seconds = time.perf_counter() - started
    recalls, hits = [], []
    for wanted, found in zip(queries.values(), results, strict=True):
        names = [Path(f.file_name).stem for f in found]
        present = [label for label in wanted if (photos / f"{label}.jpg").exists()]
        recalls.append(len(set(present) & set(names)) / min(len(present), TOP))
        hits.append(names[0] in present)
    print(f"{len(queries)} queries over {images} photos ({seconds:.2f} s, index opened and texts encoded)")
    print(f"recall@{TOP} {np.mean(recalls):.3f}, hit@1 {np.mean(hits):.3f}, chance {TOP / images:.3f}")
    print("These photos are of ImageNet classes, which the lite engine's classifier was trained on: that")
    print("flatters the figures. Expect less on other subjects.")


def build_library(photos: Path) -> float:
    """Pictures a second that the product takes in, models warm."""
    from services import libraries
    from services.engines import get_engine
    from services.retrieval.sources_folder import FolderSource

    report = libraries.build("photos", FolderSource(photos), get_engine("lite").encoder)
    print(
        f"ingest: {report.added} added, {report.duplicates} duplicates, {len(report.rejected)} rejected, "
        f"{report.seconds:.1f} s",
        flush=True,
    )
    return report.added / report.seconds


def plain_loop(photos: Path) -> float:
    """Pictures a second of what one would write first: open one, encode it, go on. Nothing is stored."""
    from services.engines import get_engine

    encoder, paths = get_engine("lite").encoder, sorted(photos.glob("*.jpg"))[:PLAIN]
    started = time.perf_counter()
    for path in paths:
        with Image.open(path) as image:
            encoder.encode_images([image.convert("RGB")])
    return len(paths) / (time.perf_counter() - started)


def speed() -> None:
    """Median time of one query, and of twenty at once, on synthetic unit vectors."""
    from services.retrieval.index_faiss import VectorIndex
    from services.retrieval.search import rank

    rng = np.random.default_rng(0)
    print(f"\nsearch in {DIM} dimensions, top {TOP}, median:")
    for size in SIZES:
        vectors = rng.standard_normal((size, DIM), dtype=np.float32)
        queries = rng.standard_normal((20, DIM), dtype=np.float32)
        queries /= np.linalg.norm(queries, axis=1, keepdims=True)
        index = VectorIndex.build(range(size), vectors, DIM)
        one = median(lambda i=index, q=queries: rank(i, q[:1], TOP))
        many = median(lambda i=index, q=queries: rank(i, q, TOP))
        print(f"  {size:>7} pictures: one query {one * 1e3:6.1f} ms, twenty {many * 1e3:6.1f} ms")


def median(call: Callable[[], object], times: int = 9) -> float:
    call()
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def photos_part(photos: Path) -> None:
    from services.engines import get_engine

    get_engine("lite").encoder.encode_images([Image.new("RGB", (64, 64))])  # load the weights
    product, plain = build_library(photos), plain_loop(photos)
    print(f"{product:.1f} pictures a second; a plain loop that checks and stores nothing: {plain:.1f}")
    print(f"product / plain loop: {product / plain:.2f} times as fast\n", flush=True)
    quality(photos)


def main() -> None:
    run(__doc__, photos_part, speed)


if __name__ == "__main__":
    main()
