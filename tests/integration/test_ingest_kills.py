"""kill -9 at random moments of an ingest, twenty times: each picture is there once, index and rows agree."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from db.tables import Item, ItemVector, Library
from services import libraries
from services.database import read_session
from services.retrieval.index_cache import open_index
from services.retrieval.ingest import ingest
from services.retrieval.sources_folder import FolderSource
from services.storage.images import get_store
from tests.retrieval_fakes import ColourEncoder, encoded, fill, scene

PICTURES, KILLS = 400, 20
GROUNDS = ["red", "green", "blue", "yellow", "white"]


@pytest.fixture
def folder(tmp_path: Path, home: Path) -> Path:
    names = {f"{i:03d}.png": scene(GROUNDS[i % 5], seed=i, size=(64, 48)) for i in range(PICTURES)}
    root = fill(tmp_path / "photos", names)
    (root / "copy.png").write_bytes((root / "007.png").read_bytes())
    with Image.open(root / "011.png") as image:
        (root / "near.webp").write_bytes(encoded(image, "WEBP", lossless=True, exif=b"Exif\0\0"))
        (root / "near.png").write_bytes(encoded(image.resize((128, 96)), "PNG"))
    (root / "captions.csv").write_text("file,caption,licence\n005.png,yellow hat,Bought\n")
    return root


def test_twenty_kills_leave_each_picture_once(folder: Path) -> None:
    command = [sys.executable, "-m", "tests.integration.ingest_process", str(folder), "L", str(KILLS), "6"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] == KILLS, "the ingest was quicker than its kills: let it take longer"
    assert len([count for count in told["encoded_at_kill"] if count]) > 5, "kills came before any work"

    with read_session() as session:
        library = session.scalars(select(Library)).one()
        items = session.scalars(select(Item)).all()
        vectors = session.scalars(select(ItemVector.item_id)).all()
    distinct = {item.sha256 for item in items}
    assert len(items) == len(distinct) == PICTURES + 1  # near.png is another picture, the copies are not
    assert sorted(vectors) == sorted(item.id for item in items)
    by_name = {item.file_name: item for item in items}
    assert by_name["near.png"].duplicate_of == by_name["011.png"].id
    assert (by_name["005.png"].caption, by_name["005.png"].licence) == ("yellow hat", "Bought")

    originals = {item.id for item in items if item.duplicate_of is None}
    index = open_index(library, library.encoder, ColourEncoder().dim)
    assert len(index) == len(originals)
    queries = ["red", "green", "blue", "yellow", "white", "black"]
    found = libraries.search("L", queries, PICTURES + 1, ColourEncoder())
    assert all({hit.item_id for hit in hits} == originals for hits in found)

    kept = [path for path in (get_store().root / "sha256").rglob("*") if path.is_file()]
    whole = {path.name for path in kept if not path.name.startswith(".tmp-")}
    assert distinct < whole  # and the one that loaded the code
    for path in (path for path in kept if path.name in whole):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        assert get_store().thumbnail(path.name).stat().st_size > 0

    again = ingest("L", FolderSource(folder), ColourEncoder())
    assert (again.added, again.images, again.updated) == (0, PICTURES + 1, 0)
