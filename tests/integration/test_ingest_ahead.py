"""One batch is encoded while the one before is saved: what that may not change."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from PIL import Image
from sqlalchemy import select

from db.tables import Item
from services import libraries
from services.database import read_session
from services.errors import StorageError
from services.libraries import build
from services.parts import Vectors
from services.retrieval.ingest import BATCH
from services.retrieval.library_writer import Encoded, LibraryWriter
from services.retrieval.sources_upload import UploadSource
from tests.retrieval_fakes import ColourEncoder, png, scene

pytestmark = pytest.mark.usefixtures("home")


def pictures(count: int, first: int = 0) -> list[tuple[str, bytes]]:
    return [(f"{i:03}.png", png(scene("red", i))) for i in range(first, first + count)]


def test_the_next_batch_is_at_the_encoder_while_one_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    second_begun = threading.Event()

    class Telling(ColourEncoder):
        def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
            if self.batches:
                second_begun.set()
            return super().encode_images(images)

    waited = list[bool]()
    save = LibraryWriter.save

    def waiting(self: LibraryWriter, batch: Encoded) -> object:
        waited.append(second_begun.wait(20))
        return save(self, batch)

    monkeypatch.setattr(LibraryWriter, "save", waiting)
    assert build("L", UploadSource(pictures(2 * BATCH)), Telling()).added == 2 * BATCH
    assert waited == [True, True]


def test_a_copy_in_the_batch_after_is_counted_and_not_kept() -> None:
    files = pictures(BATCH)
    again = [(f"again-{name}", data) for name, data in files[:5]]
    report = build("L", UploadSource([*files, *again, *pictures(3, first=BATCH)]), ColourEncoder())
    assert (report.added, report.images, report.duplicates) == (BATCH + 3, BATCH + 3, 5)


def test_a_near_copy_in_the_batch_after_points_to_its_original() -> None:
    large = scene("blue", 7, (640, 480))
    small = large.resize((320, 240), Image.Resampling.LANCZOS)
    files = [("large.png", png(large)), *pictures(BATCH - 1), ("small.png", png(small))]
    report = build("L", UploadSource(files), ColourEncoder())
    with read_session() as session:
        items = {item.file_name: item for item in session.scalars(select(Item))}
    assert report.duplicates == 1
    assert items["small.png"].duplicate_of == items["large.png"].id


def test_what_was_saved_stays_when_the_encoder_fails_at_the_next() -> None:
    class Failing(ColourEncoder):
        def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
            if len(self.batches) == 2:
                raise StorageError("The model is gone.")
            return super().encode_images(images)

    with pytest.raises(StorageError, match="The model is gone"):
        build("L", UploadSource(pictures(4 * BATCH)), Failing())
    assert libraries.list_items("L").total == 2 * BATCH
    assert build("L", UploadSource(pictures(4 * BATCH)), ColourEncoder()).added == 2 * BATCH
