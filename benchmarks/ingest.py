"""How fast a library is filled, against the loop that one would write first; and how flat its memory stays.

    python -m benchmarks.ingest [--photos ../shared/photos] [--sizes 1000 5000 20000]

The plain loop makes the same library with the same functions, one picture after the other: open and check,
store with a thumbnail, encode, save in a transaction of its own. Beside it, for reference, the bare loop that
opens and encodes one by one and keeps nothing. Rounds of the two take turns, the best of each counts.
Sizes above 5,000 take minutes and are measured where they are named.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

ROUNDS = 2
SIZES = (1_000, 5_000)


def ratio(photos: Path) -> None:
    from services import libraries
    from services.engines import get_engine
    from services.retrieval.sources_folder import FolderSource
    from services.storage.images import get_store

    encoder = get_engine("lite").encoder
    encoder.encode_images([Image.new("RGB", (64, 64))])  # load the weights
    files = sorted(photos.glob("*.jpg"))
    ways: dict[str, Callable[[], object]] = {
        "product": lambda: libraries.build("photos", FolderSource(photos), encoder),
        "plain loop": lambda: plain_loop(files, encoder),
        "bare loop": lambda: bare_loop(files, encoder),
    }
    best: dict[str, tuple[float, float]] = {}
    for number in range(ROUNDS):
        for name, way in ways.items():
            fresh_home(f"{name} {number}")
            libraries.list_libraries()  # the database is there
            get_store()
            wall, cpu = time.perf_counter(), time.process_time()
            way()
            took = time.perf_counter() - wall, time.process_time() - cpu
            best[name] = min(best.get(name, took), took)
            if name == "product" and number == 0:
                again(photos, encoder)
    for name, (wall, cpu) in best.items():
        rate = len(files) / wall
        print(f"{name:11} {rate:6.1f} pictures a second, {cpu / len(files) * 1e3:5.1f} ms of processor each")
    product, plain, bare = (best[name][0] for name in ways)
    print(f"product / plain loop {plain / product:.2f}, product / bare loop {bare / product:.2f}")


def again(photos: Path, encoder: object) -> None:
    """The same folder once more: files are hashed, none is decoded."""
    from services import libraries
    from services.retrieval.sources_folder import FolderSource

    report = libraries.build("photos", FolderSource(photos), encoder)  # type: ignore[arg-type]
    print(f"the same folder again: {report.added} added, {report.seconds:.2f} s, {report.images} pictures")


def plain_loop(files: list[Path], encoder: object) -> None:
    """The same library, picture by picture."""
    from services.retrieval.library_writer import LibraryWriter
    from services.retrieval.prepare import NOTHING_SEEN, Prepared, prepare
    from services.retrieval.sources import SourceFile
    from services.storage.images import get_store

    store = get_store()
    writer = LibraryWriter("photos", encoder, store)  # type: ignore[arg-type]
    for path in files:
        one = prepare(SourceFile(path.name, path.read_bytes), NOTHING_SEEN, store, writer.encoder)
        assert isinstance(one, Prepared)
        writer.write([one], [])


def bare_loop(files: list[Path], encoder: object) -> None:
    for path in files:
        with Image.open(path) as image:
            encoder.encode_images([image.convert("RGB")])  # type: ignore[attr-defined]


def fresh_home(name: str) -> None:
    from services.database import reset_database
    from services.settings import get_settings

    reset_database()
    os.environ["AIM_STUDIO_HOME"] = str(Path(os.environ["BENCHMARK_HOME"]) / name.replace(" ", "-"))
    get_settings.cache_clear()


def memory(sizes: list[int]) -> None:
    """Peak memory of a new process that fills a library of so many small pictures, with the lite encoder."""
    print("\npeak memory of the process, small synthetic pictures:")
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.ingest", "--fill", str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(f"  {size:>6} pictures: {done.stdout.strip()}", flush=True)


def fill(size: int) -> None:
    import resource

    from services import libraries
    from services.engines import get_engine
    from services.retrieval.sources_folder import FolderSource

    folder = Path(os.environ["BENCHMARK_HOME"]) / f"small-{size}"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(size):
        pixels = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        image = Image.fromarray(pixels).resize((64, 48), Image.Resampling.BICUBIC)
        image.save(folder / f"{number:06d}.jpg", quality=85)
    fresh_home(f"fill-{size}")
    report = libraries.build("small", FolderSource(folder), get_engine("lite").encoder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{peak:7.0f} MB, {report.added} added, {report.added / report.seconds:.0f} a second")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=Path("../shared/photos"))
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["BENCHMARK_HOME"] = home
        fresh_home("first")
        if arguments.fill:
            fill(arguments.fill)
            return
        if any(arguments.photos.glob("*.jpg")):
            ratio(arguments.photos)
        else:
            print(f"ratio: skipped, there are no pictures in {arguments.photos}; give --photos FOLDER")
        memory(arguments.sizes)


if __name__ == "__main__":
    main()
