"""How fast a library is filled, against the loop that one would write first; and how flat its memory stays.

    python -m benchmarks.ingest [--photos ../shared/photos] [--count 400] [--sizes 1000 5000 20000]

The plain loop makes the same library with the same functions, one picture after the other: open and check,
store with a thumbnail, encode, save in a transaction of its own. Beside it, for reference, the bare loop that
opens and encodes one by one and keeps nothing. Rounds of the two take turns, the best of each counts.
Memory is measured with a quick stand-in for the encoder (384 numbers of a picture's colours), whose own
memory is nothing: what grows would be the ingest's. Sizes above 5,000 take minutes and are measured where
they are named; `--model` fills with the lite encoder instead.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.domain import ModelRef

ROUNDS = 3
SIZES = (1_000, 5_000)


def ratio(photos: Path, count: int) -> None:
    from services import libraries
    from services.engines import get_engine
    from services.retrieval.sources_folder import FolderSource
    from services.storage.images import get_store

    encoder = get_engine("lite").encoder
    encoder.encode_images([Image.new("RGB", (64, 64))])  # load the weights
    files = sorted(photos.glob("*.jpg"))[:count]
    folder = Path(os.environ["BENCHMARK_HOME"]) / "photos"
    folder.mkdir()
    for file in files:
        (folder / file.name).write_bytes(file.read_bytes())
    ways: dict[str, Callable[[], object]] = {
        "product": lambda: libraries.build("photos", FolderSource(folder), encoder),
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
            print(f"round {number + 1}, {name}: {took[0]:.1f} s, {took[1]:.1f} s of processor", flush=True)
            if name == "product" and number == 0:
                again(folder, encoder)
    for name, (wall, cpu) in best.items():
        rate = len(files) / wall
        print(f"{name:11} {rate:6.1f} pictures a second, {cpu / len(files) * 1e3:5.1f} ms of processor each")
    product, plain, bare = (best[name][0] for name in ways)
    print(f"product / plain loop {plain / product:.2f}, product / bare loop {bare / product:.2f}")


def again(folder: Path, encoder: object) -> None:
    """The same folder once more: files are hashed, none is decoded."""
    from services import libraries
    from services.retrieval.sources_folder import FolderSource

    report = libraries.build("photos", FolderSource(folder), encoder)  # type: ignore[arg-type]
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
        writer.save(writer.encode(writer.choose([one])))


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


class StandIn:
    """Colours of a picture, projected to as many numbers as the lite encoder gives."""

    ref = ModelRef("encoder", "benchmark/colours", "1")
    dim = 384
    relevance_floor = 0.0
    reads_captions = False

    def __init__(self) -> None:
        self._projection = np.random.default_rng(1).standard_normal((144, self.dim)).astype(np.float32)

    def encode_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        small = [
            np.asarray(image.resize((8, 6), Image.Resampling.BOX), np.float32).ravel() for image in images
        ]
        return np.asarray((np.stack(small) / 255 - 0.5) @ self._projection, np.float32)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise NotImplementedError("nothing is said of these pictures")


def memory(sizes: list[int], model: bool) -> None:
    """Peak memory of a new process that fills a library of so many small pictures."""
    print("\npeak memory of the process, small synthetic pictures:")
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.ingest", "--fill", str(size), *["--model"] * model]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        print(f"  {size:>6} pictures: {done.stdout.strip()}", flush=True)


def fill(size: int, model: bool) -> None:
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
    encoder = get_engine("lite").encoder if model else StandIn()
    report = libraries.build("small", FolderSource(folder), encoder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{peak:7.0f} MB, {report.added} added, {report.added / report.seconds:.0f} a second")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=Path("../shared/photos"))
    parser.add_argument("--count", type=int, default=400, help="pictures of the ratio")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--model", action="store_true", help="measure memory with the lite encoder")
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["BENCHMARK_HOME"] = home
        fresh_home("first")
        if arguments.fill:
            fill(arguments.fill, arguments.model)
            return
        if any(arguments.photos.glob("*.jpg")):
            ratio(arguments.photos, arguments.count)
        else:
            print(f"ratio: skipped, there are no pictures in {arguments.photos}; give --photos FOLDER")
        if arguments.sizes:
            memory(arguments.sizes, arguments.model)


if __name__ == "__main__":
    main()
