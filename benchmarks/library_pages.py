"""How the Libraries page grows with the library.

    python -m benchmarks.library_pages

A library of 1,000 rows against one of 100,000, written in bulk; the pictures of the pages that are viewed
exist, the others are rows alone. Each page whole (all its Python, through Home.py, without the browser) and
the reading of its rows; best of several rounds, because other programs run too. Ratio 1 means independent
of size. The command fails when a page of the large library takes twice as long as the same of the small
one, or its rows more than 150 ms.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image
from sqlalchemy import insert

from benchmarks.campaigns import best, page_seconds
from db.tables import Item, ItemTag, ItemVector, Library
from services import library_health, library_pages
from services.database import reset_database, unit_of_work
from services.engines import get_encoder
from services.library_pages import ItemFilter
from services.retrieval.vectors import encoder_key
from services.settings import get_settings
from services.storage.images import get_store
from ui.library_pictures import PER_PAGE

SIZES = (1_000, 100_000)
DEEP = 2_000
"""Page of the large library that is looked at; the last page of the small one."""

ROUNDS = 15
ROWS_S, PAGE_RATIO = 0.150, 2.0
NAME = "Large"
PIECE = 5_000


def main() -> int:
    small, large = (measure(size) for size in SIZES)
    print(f"{'':44}{SIZES[0]:>10,}{SIZES[1]:>10,}   ratio")
    failed = []
    for name, before in small.items():
        after = large[name]
        print(f"{name:44}{before * 1000:8.1f}ms{after * 1000:8.1f}ms{after / before:8.2f}")
        rows = name.startswith("rows")
        if (rows and after > ROWS_S) or (name.startswith("page") and after > PAGE_RATIO * before):
            failed.append(name)
    print(f"too slow: {', '.join(failed)}" if failed else "every page within its limit")
    return bool(failed)


def measure(size: int) -> dict[str, float]:
    """Name -> best seconds, in a studio of its own with one library of `size` pictures."""
    last = min(DEEP, -(-size // PER_PAGE))
    with filled(size, (1, last)):
        library_health.health(NAME)  # the first view looks at files; the figures are of those after it
        calls: dict[str, Callable[[], object]] = {
            "rows of the first page": lambda: library_pages.page(NAME, 1, PER_PAGE),
            f"rows of page {DEEP:,}, or the last": lambda: library_pages.page(NAME, last, PER_PAGE),
            "rows with a tag that one in ten has": lambda: library_pages.page(
                NAME, 1, PER_PAGE, ItemFilter(tags=("tenth",))
            ),
            "health": lambda: library_health.health(NAME),
        }
        times = {name: best(call, ROUNDS) for name, call in calls.items()}
        times["page of all libraries"] = page_seconds("pages/libraries.py", {})
        for name, page in (("page: the first", 1), (f"page: {DEEP:,}, or the last", last)):
            times[name] = page_seconds("pages/libraries.py", {"library": NAME, "page": str(page)})
        times["page: captions and tags"] = page_seconds(
            "pages/libraries.py", {"library": NAME, "tab": "words"}
        )
        return times


@contextmanager
def filled(size: int, viewed: tuple[int, ...]) -> Iterator[None]:
    """A home of its own with one library; pictures exist for the pages `viewed`."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIM_STUDIO_HOME"], os.environ["AIM_STUDIO_WORKER"] = home, "none"
        get_settings.cache_clear()
        reset_database()
        fill(size, {(page - 1) * PER_PAGE + place for page in viewed for place in range(PER_PAGE)})
        yield
        reset_database()


def fill(size: int, pictured: set[int]) -> None:
    """`size` items with captions, a tag for one in ten, and vectors of the lite engine's size."""
    encoder = get_encoder("lite")
    key = encoder_key(encoder.ref)
    vector = np.ones(encoder.dim, "<f4").tobytes()
    with unit_of_work() as work:
        library = Library(name=NAME, encoder=key, version=1)
        work.session.add(library)
        work.session.flush()
        work.commit()
        library_id = library.id
    for first in range(0, size, PIECE):
        numbers = range(first, min(first + PIECE, size))
        with unit_of_work() as work:
            work.session.execute(insert(Item), [_item(library_id, n, n in pictured) for n in numbers])
            work.session.execute(
                insert(ItemVector),
                [_vector(library_id, n, key, vector) for n in numbers],
            )
            tagged = [{"item_id": n + 1, "tag": "tenth"} for n in numbers if n % 10 == 0]
            work.session.execute(insert(ItemTag), tagged)
            work.commit()


def _item(library_id: int, number: int, pictured: bool) -> dict[str, object]:
    sha256 = _picture(number) if pictured else hashlib.sha256(str(number).encode()).hexdigest()
    return {
        "id": number + 1,
        "library_id": library_id,
        "sha256": sha256,
        "source_sha256": sha256,
        "file_name": f"shoot/frame_{number:06}.jpg",
        "caption": f"Frame {number} of the shoot, a plush sofa" if number % 3 else "",
        "width": 1600,
        "height": 1200,
        "bytes": 40_000,
        "licence": "CC BY 4.0" if number % 2 else None,
    }


def _vector(library_id: int, number: int, key: str, vector: bytes) -> dict[str, object]:
    return {
        "item_id": number + 1,
        "encoder": key,
        "library_id": library_id,
        "version": 1,
        "image": vector,
        "caption": None,
    }


def _picture(number: int) -> str:
    colour = tuple(int(v) for v in np.random.default_rng(number).integers(0, 255, 3))
    return get_store().put_image(Image.new("RGB", (320, 240), colour))


if __name__ == "__main__":
    sys.exit(main())
