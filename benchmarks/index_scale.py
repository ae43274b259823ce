"""How libraries are searched at a thousand to a million pictures, through the product's own index and rows.

    python -m benchmarks.index_scale [--rows 1000 10000 100000 1000000] [--dim 768] [--home FOLDER]

Clustered unit vectors (pictures of a library come in kinds) are put straight into the database of a
temporary home; a million of 768 take 6 GB there for some minutes. The index is built as the studio builds it.
Everything after that happens in a new process, as after a restart: what is timed is opening the library, then
`rank`, which is all of a search but encoding the words. Recall is against looking at every vector.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._clustered import (
    around,
    in_process,
    memory,
    middle_and_slow,
    noise,
    peak,
    reset_peak,
    unit_rows,
)

ROWS = (1_000, 10_000, 100_000)
"""By default. A million takes minutes and is asked for: --rows 1000000."""

TOP = 10
QUERIES = 300
CHUNK = 20_000
A_KIND = 500
"""Pictures of one kind, on average."""

SPACE = "synthetic/clustered@1"
NAME = "synthetic"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    parser.add_argument("--dim", type=int, default=768)
    parser.add_argument("--home", type=Path, help="where the temporary home lies; by default the system's")
    parser.add_argument("--after-restart", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.after_restart:
        print(json.dumps(after_restart(arguments.after_restart, arguments.dim)))
        return
    print(
        f"{arguments.dim} dimensions, top {TOP}, {QUERIES} queries; ms are of one query unless five are named"
    )
    print(HEADER)
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory(dir=arguments.home) as folder:
            home = Path(folder)
            built = in_process(lambda: fill_and_build(home, rows, arguments.dim), home)  # noqa: B023
            show(rows, built, restarted(home, arguments.dim))
    print(
        "open: indexed_library and open_index in a new process, imports done; first: the first search after."
    )
    print("memory: the process's own and, beside it, mapped parts of the index that are in memory now.")


HEADER = (
    "     rows  kind    nprobe  build s  built in MB   file MB   open ms  first ms    p50    p95   5: p50"
    "   5: p95  recall  between   memory MB"
)


def show(rows: int, built: dict[str, Any], seen: dict[str, Any]) -> None:
    kind = "flat" if built["recall"] is None else f"IVF{built['lists']}"
    print(
        f"{rows:>9}  {kind:<8}{built['probes']:>5}{built['seconds']:>9.1f}{built['peak']:>13.0f}"
        f"{built['bytes'] / 1e6:>10.0f}{seen['open']:>10.0f}{seen['first']:>10.1f}{seen['one'][0]:>7.1f}"
        f"{seen['one'][1]:>7.1f}{seen['five'][0]:>9.1f}{seen['five'][1]:>9.1f}{seen['recall']:>8.3f}"
        f"{seen['between']:>9.3f}{seen['own']:>8.0f} + {seen['mapped']:.0f}",
        flush=True,
    )


# --- filling ------------------------------------------------------------------------------------


def fill_and_build(home: Path, rows: int, dim: int) -> dict[str, Any]:
    """Rows into the database, exact answers into a file beside it, then the index."""
    use(home)
    from services.database import ensure_database
    from services.retrieval.index_rows import Best

    ensure_database()
    rng = np.random.default_rng(rows)
    centres = unit_rows(rng.standard_normal((max(1, rows // A_KIND), dim), dtype=np.float32))
    near = around(centres, QUERIES, rng)
    two = rng.choice(len(centres), (2, QUERIES))
    between = unit_rows(centres[two[0]] + 0.7 * centres[two[1]] + noise(QUERIES, dim, rng) / 2)
    best = Best(np.concatenate([near, between]), TOP)
    database = sqlite3.connect(home / "studio.db")
    database.execute("PRAGMA synchronous = OFF")
    birthday = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    database.execute(
        "INSERT INTO libraries (id, name, encoder, built_in, version, created_at) VALUES (1, ?, ?, 0, 1, ?)",
        (NAME, SPACE, birthday),
    )
    for start in range(0, rows, CHUNK):
        units = around(centres, min(CHUNK, rows - start), rng)
        ids = np.arange(start + 1, start + 1 + len(units))
        best.add(ids, units)
        insert(database, ids.tolist(), units, birthday)
    database.close()
    np.savez(home / "queries.npz", queries=best.queries, nearest=np.stack([ids for ids, _ in best.hits()]))
    return build(home, dim)


def insert(database: sqlite3.Connection, ids: list[int], units: np.ndarray, birthday: str) -> None:
    items = [(i, 1, f"{i:064x}", f"{i:064x}", f"{i}.jpg", "", 640, 480, 1, 0, birthday) for i in ids]
    with database:
        database.executemany(
            "INSERT INTO items (id, library_id, sha256, source_sha256, file_name, caption, width, height, "
            "pictured, kept, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            items,
        )
        database.executemany(
            "INSERT INTO item_vectors (item_id, encoder, library_id, version, image) VALUES (?, ?, 1, 1, ?)",
            [(i, SPACE, vector.tobytes()) for i, vector in zip(ids, units, strict=True)],
        )


def build(home: Path, dim: int) -> dict[str, Any]:
    """The index, and the most memory that its making took above what the process had before."""
    import gc

    from services.retrieval import index_manifest
    from services.retrieval.index_background import make

    gc.collect()
    before = memory()[0]
    reset_peak()
    started = time.perf_counter()
    make(target(dim))
    seconds = time.perf_counter() - started
    manifest = index_manifest.read_manifest(target(dim))
    assert manifest is not None
    from services.retrieval.index_policy import lists_for

    return {
        "seconds": seconds,
        "peak": peak() - before,
        "bytes": sum(about["size"] for about in manifest["files"].values()),
        "probes": manifest["probes"],
        "recall": manifest["recall"],
        "lists": lists_for(manifest["rows"]),
    }


def target(dim: int) -> Any:
    from services.retrieval.index_manifest import IndexTarget

    return IndexTarget(1, library().created_at, SPACE, dim)


def library() -> Any:
    from db.repositories.libraries import LibraryRepository
    from services.database import read_session

    with read_session() as session:
        found = LibraryRepository(session).by_name(NAME)
    assert found is not None
    return found


# --- after a restart ----------------------------------------------------------------------------


def after_restart(home: Path, dim: int) -> dict[str, Any]:
    """Open, search, count: what a new process sees."""
    use(home)
    import faiss  # noqa: F401 - imports are not what is timed

    from services.database import ensure_database
    from services.retrieval import index_background
    from services.retrieval.index_cache import open_index
    from services.retrieval.search import indexed_library, rank

    ensure_database()
    saved = np.load(home / "queries.npz")
    queries, nearest = saved["queries"], saved["nearest"]
    started = time.perf_counter()
    index = open_index(indexed_library(NAME, _Encoder(dim)), SPACE, dim)
    opened = time.perf_counter()
    rank(index, queries[-1:], TOP)
    first = time.perf_counter()
    index_background.wait()  # the verification of the file, so that it does not run beside what is timed
    found, one = [], []
    for query in queries:
        begun = time.perf_counter()
        [hits] = rank(index, query[None], TOP)
        one.append(time.perf_counter() - begun)
        found.append({item for item, _ in hits})
    five = []
    for start in range(0, len(queries) - 4, 5):
        begun = time.perf_counter()
        rank(index, queries[start : start + 5][::-1].copy(), TOP)
        five.append(time.perf_counter() - begun)
    shares = [len(set(true.tolist()) & hits) / len(true) for true, hits in zip(nearest, found, strict=True)]
    own, mapped = memory()
    return {
        "open": (opened - started) * 1e3,
        "first": (first - opened) * 1e3,
        "one": middle_and_slow(one),
        "five": middle_and_slow(five),
        "recall": statistics.mean(shares[:QUERIES]),
        "between": statistics.mean(shares[QUERIES:]),
        "own": own,
        "mapped": mapped,
    }


class _Encoder:
    """Enough of one to ask whether a library is prepared for it."""

    def __init__(self, dim: int) -> None:
        from services.domain import ModelRef

        self.ref, self.dim, self.relevance_floor = ModelRef("encoder", *SPACE.split("@")), dim, 0.0


def restarted(home: Path, dim: int) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.index_scale",
        "--after-restart",
        str(home),
        "--dim",
        str(dim),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def use(home: Path) -> None:
    os.environ["AIM_STUDIO_HOME"] = str(home)
    os.environ["AIM_STUDIO_DATABASE_URL"] = ""


if __name__ == "__main__":
    main()
