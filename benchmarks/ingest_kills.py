"""kill -9 twenty times at random moments of an ingest with the real lite encoder, resumed each time.

    python -m benchmarks.ingest_kills [--photos ../shared/photos] [--kills 20] [--seed 1]

Fails unless the library ends with each picture once, rows, vectors and index agree, every picture finds
itself, and every file of the store is whole.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def verdict(folder: Path) -> list[str]:
    """What is wrong; nothing where all agrees."""
    from sqlalchemy import select

    from db.tables import Item, ItemVector, Library
    from services.database import read_session
    from services.engines import get_engine
    from services.retrieval.index_cache import open_index
    from services.retrieval.vectors import unit, unpack
    from services.storage.images import get_store

    encoder = get_engine("lite").encoder
    with read_session() as session:
        library = session.scalars(select(Library).where(Library.name == "L")).one()
        items = {item.id: item for item in session.scalars(select(Item))}
        vectors = {row.item_id: row.image for row in session.scalars(select(ItemVector))}
    files = sorted(path.name for path in folder.glob("*.jpg"))
    wrong = []
    if sorted(item.file_name for item in items.values()) != files:
        wrong.append(f"{len(items)} rows for {len(files)} files")
    if vectors.keys() != items.keys():
        wrong.append("rows and vectors disagree")
    originals = [item for item in items.values() if item.duplicate_of is None]
    index = open_index(library, library.encoder, encoder.dim)
    if len(index) != len(originals):
        wrong.append(f"the index holds {len(index)} of {len(originals)} pictures")
    queries = unit(unpack([vectors[item.id] for item in originals], encoder.dim))
    ids = [found[0] for found in index.search(queries, 1)]
    lost = [item.file_name for item, hit in zip(originals, ids, strict=True) if list(hit)[:1] != [item.id]]
    if lost:
        wrong.append(f"{len(lost)} pictures do not find themselves: {lost[:3]}")
    for item in items.values():
        get_store().verify(item.sha256)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=Path("../shared/photos"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if not any(arguments.photos.glob("*.jpg")):
        print(f"skipped, there are no pictures in {arguments.photos}; give --photos FOLDER")
        return 0
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIM_STUDIO_HOME"] = home
        command = [sys.executable, "-m", "tests.integration.ingest_process", str(arguments.photos), "L"]
        command += [str(arguments.kills), str(arguments.seed), "lite"]
        told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
        print(f"{told['kills']} kills, after so many pictures each: {told['encoded_at_kill']}")
        wrong = verdict(arguments.photos)
    print("\n".join(wrong) or "each picture is there once and finds itself; rows, vectors and index agree")
    return bool(wrong or told["kills"] < arguments.kills)


if __name__ == "__main__":
    sys.exit(main())
