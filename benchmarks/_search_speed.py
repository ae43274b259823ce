"""Time of one search of a library of 100,000, filters and reasons too, for `benchmarks.library_search`."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np

from services.libraries import LibraryQuery

SIZE = 100_000
FIRST = 1_000_000
"""Of the pictures' ids; the part with photos took those from 1."""

TIMES = 15
LABELS_EACH = 10
TEXTS = ("a dog on a sofa", "a red car", "breakfast by the window", "a lighthouse", "two cats asleep")
FILTERS = {
    "words alone": {},
    "a tag that half of them have": {"tags": ("half",)},
    "a tag that 1 in 1,000 have": {"tags": ("rare",)},
    "two tags and a licence": {"tags": ("half", "tenth"), "licences": ("CC0", "unknown")},
    "variety 0.3": {"diversity": 0.3},
    "more like this": {"like": FIRST + 77},
    "words and more like this": {"like": FIRST + 77, "balance": 0.4},
}


def speed() -> None:
    """Median and slowest of some searches for a page of 48, each timed whole: rows, reasons and all."""
    from services import libraries
    from services.engines import get_engine

    encoder = get_engine("lite").encoder
    fill(encoder)
    print(f"\nOne search of a library of {SIZE:,}, a page of 48, ms      median   slowest")
    for text in TEXTS:
        libraries.find("large", LibraryQuery(text), encoder)  # the index is opened, the words are read
    for label, extra in FILTERS.items():
        seconds = []
        for turn in range(TIMES):
            text = "" if "like" in extra and "balance" not in extra else TEXTS[turn % len(TEXTS)]
            started = time.perf_counter()
            libraries.find("large", LibraryQuery(text, **extra), encoder)  # type: ignore[arg-type]
            seconds.append(time.perf_counter() - started)
        print(f"  {label:54} {np.median(seconds) * 1e3:8.0f} {max(seconds) * 1e3:9.0f}", flush=True)


def fill(encoder: object) -> None:
    """Rows as an ingest leaves them; each picture a sum of ten labels, as ConSE's are."""
    from db.repositories.libraries import LibraryRepository
    from db.tables import Item, ItemTag, ItemVector, Library
    from services.database import unit_of_work
    from services.models.lite import conse_space
    from services.retrieval.vectors import encoder_key

    labels = conse_space().label_vectors()
    generator = np.random.default_rng(0)
    key = encoder_key(encoder.ref)  # type: ignore[attr-defined]
    with unit_of_work() as work:
        library = LibraryRepository(work.session).add(
            Library(name="large", encoder=key, version=1, created_at=datetime.now(UTC))
        )
        for start in range(FIRST, FIRST + SIZE, 5_000):
            ids = range(start, start + 5_000)
            shares = generator.dirichlet(np.full(LABELS_EACH, 0.5), len(ids)).astype(np.float32)
            chosen = generator.integers(0, len(labels), (len(ids), LABELS_EACH))
            vectors = np.einsum("nk,nkd->nd", shares, labels[chosen]).astype("<f4")
            work.session.bulk_insert_mappings(Item, [_item(i, library.id) for i in ids])  # type: ignore[arg-type]
            work.session.bulk_insert_mappings(
                ItemVector,  # type: ignore[arg-type]
                [
                    {
                        "item_id": i,
                        "encoder": key,
                        "library_id": library.id,
                        "version": 1,
                        "image": v.tobytes(),
                    }
                    for i, v in zip(ids, vectors, strict=True)
                ],
            )
            work.session.bulk_insert_mappings(ItemTag, [t for i in ids for t in _tags(i)])  # type: ignore[arg-type]
        work.commit()


def _item(item_id: int, library_id: int) -> dict[str, object]:
    sha256 = f"{item_id:064x}"
    return {
        "id": item_id,
        "library_id": library_id,
        "sha256": sha256,
        "source_sha256": sha256,
        "file_name": f"{item_id}.jpg",
        "caption": "",
        "width": 1000,
        "height": 800,
        "pictured": True,
        "kept": False,
        "licence": (None, "CC0", "CC BY 4.0")[item_id % 3],
        "created_at": datetime.now(UTC),
    }


def _tags(item_id: int) -> list[dict[str, object]]:
    steps = {"half": 2, "tenth": 10, "rare": 1000}
    return [{"item_id": item_id, "tag": tag} for tag, step in steps.items() if item_id % step == 0]
