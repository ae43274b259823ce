"""The original study's index: how often a picture finds itself, and how many pictures texts ever find.

    python -m benchmarks.legacy_index [--reference ../shared/reference]

Original way: FAISS under L2 over the image vectors as they are (15 to 22 long), asked with vectors of length
1, as its text vectors were. Ours: imported by the product, asked through its own index. The figures are
shares and counts of one run; it fails where ours finds fewer than 91 % of the pictures themselves.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TOP = 10
QUERIES = 200
"""Texts that were never seen: unit vectors in random directions, the same for both ways."""

ENOUGH = 0.91

Rows = NDArray[np.float32]
Hits = NDArray[np.int64]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference", type=Path, default=Path("../shared/reference"))
    folder = parser.parse_args().reference
    index, names = folder / "dog_ad.index", folder / "dog_ad.pkl"
    if not (index.is_file() and names.is_file()):
        print(f"skipped: there is no {index} with {names.name}; give --reference FOLDER")
        return 0
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIM_STUDIO_HOME"] = home
        return compare(index, names)


def compare(index: Path, names: Path) -> int:
    from services.library_import import import_index
    from services.retrieval.legacy.pair import open_pair

    vectors = np.array(open_pair(index, names).vectors)
    lengths = np.linalg.norm(vectors, axis=1)
    units = (vectors / lengths[:, None]).astype(np.float32)
    report = import_index("study", index, names)
    print(
        f"{len(vectors)} vectors of {vectors.shape[1]}, {lengths.min():.1f} to {lengths.max():.1f} long; "
        f"imported in {report.seconds:.1f} s, {report.duplicates} of them copies to the last bit, "
        f"{len(report.rejected)} refused\n"
    )
    own, originals = ours("study", report.encoder, units), places_of_originals("study")
    itself = np.arange(len(units))
    ways = {
        "original: L2, unit queries": (l2(vectors, units), itself),
        "cosine over the same rows": (cosine(units, units), itself),
        "ours: imported, copies as one": (own, originals),
    }
    print(f"{'':32}finds itself first   within {TOP}")
    for way, (hits, wanted) in ways.items():
        first = float(np.mean(hits[:, 0] == wanted))
        within = float(np.mean((hits == wanted[:, None]).any(1)))
        print(f"{way:32}{first:18.1%}{within:12.1%}")
    texts = random_units(vectors.shape[1])
    print(f"\ndifferent pictures found for {QUERIES} text-like queries (unit, random directions):")
    print(f"{'':32}         first hit   within {TOP}")
    for way, hits in (("original", l2(vectors, texts)), ("ours", ours("study", report.encoder, texts))):
        print(f"{way:32}{len(np.unique(hits[:, 0])):18d}{len(np.unique(hits)):12d}")
    found = float(np.mean(own[:, 0] == originals))
    if found < ENOUGH:
        print(f"ours finds {found:.1%} of the pictures themselves; at least {ENOUGH:.0%} is expected")
    return int(found < ENOUGH)


def l2(vectors: Rows, queries: Rows) -> Hits:
    import faiss

    index = faiss.IndexFlatL2(vectors.shape[1])
    index.add(vectors)
    hits: Hits = index.search(queries, TOP)[1]
    return hits


def cosine(units: Rows, queries: Rows) -> Hits:
    import faiss

    index = faiss.IndexFlatIP(units.shape[1])
    index.add(units)
    hits: Hits = index.search(queries, TOP)[1]
    return hits


def ours(library: str, encoder: str, queries: Rows) -> Hits:
    """Rows of the legacy index, found by the product's own index; items were added in their order."""
    from services.retrieval.index_cache import open_index
    from services.retrieval.search import rank

    row, places = library_of(library)
    ranked = rank(open_index(row, encoder, queries.shape[1]), queries, TOP)
    return np.array([[places[item_id] for item_id, _ in hits] for hits in ranked])


def places_of_originals(library: str) -> Hits:
    """Per row of the legacy index the row that stands for it: its own, or of the picture it copies."""
    from sqlalchemy import select

    from db.tables import Item
    from services.database import read_session

    row, places = library_of(library)
    with read_session() as session:
        items = session.scalars(select(Item).where(Item.library_id == row.id).order_by(Item.id)).all()
    return np.array([places[item.duplicate_of or item.id] for item in items])


def library_of(name: str) -> tuple[object, dict[int, int]]:
    """(The library's row, item id -> place in the legacy index)."""
    from sqlalchemy import select

    from db.repositories.libraries import LibraryRepository
    from db.tables import Item
    from services.database import read_session

    with read_session() as session:
        row = LibraryRepository(session).by_name(name)
        assert row is not None
        ids = session.scalars(select(Item.id).where(Item.library_id == row.id).order_by(Item.id)).all()
    return row, {item_id: place for place, item_id in enumerate(ids)}


def random_units(dim: int) -> Rows:
    rows = np.random.default_rng(0).standard_normal((QUERIES, dim)).astype(np.float32)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())
