"""Filling a library: batches that go on, duplicates, second ingests, stops, and nothing half-saved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select

from db.tables import Item, ItemVector
from services import libraries
from services.database import read_session
from services.domain import ModelRef
from services.errors import Cancelled, Conflict, InvalidInput, NotFound, StorageError
from services.libraries import build
from services.parts import Vectors
from services.retrieval import library_writer
from services.retrieval.ingest import BATCH, NothingUsable
from services.retrieval.refusals import NotPrepared
from services.retrieval.sources_folder import FolderSource
from services.retrieval.sources_upload import UploadSource
from services.storage.images import get_store
from tests.retrieval_fakes import ColourEncoder, encoded, fill, png, scene

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    grounds = ["red", "green", "blue", "yellow", "white"]
    names = {f"{g}-{i}.png": scene(g, seed=10 * i + j) for i in range(5) for j, g in enumerate(grounds)}
    return fill(tmp_path / "photos", names)


def rows() -> tuple[int, int]:
    with read_session() as session:
        counts = [session.scalar(select(func.count()).select_from(t)) for t in (Item, ItemVector)]
    return counts[0] or 0, counts[1] or 0


def names_of(library: str) -> list[str]:
    return [item.file_name for item in libraries.list_items(library, per_page=200).items]


# --- the ordinary way --------------------------------------------------------------------------


def test_folder_becomes_a_library(folder: Path) -> None:
    encoder, shares = ColourEncoder(), list[float]()
    report = build("Studio", FolderSource(folder), encoder, progress=shares.append)
    assert (report.library, report.encoder, report.images, report.added) == (
        "Studio",
        "fake/colours@1",
        25,
        25,
    )
    assert (report.duplicates, report.rejected) == (0, ())
    assert report.seconds > 0
    assert shares[-1] == 1.0
    assert all(a < b for a, b in pairwise(shares))
    assert rows() == (25, 25)
    assert encoder.batches == [BATCH, 1]
    card = libraries.get_library("Studio")
    assert (card.images, card.duplicates, len(card.mosaic), card.built_in) == (25, 0, 6, False)
    assert card.bytes == sum(get_store().path(i.sha256).stat().st_size for i in _items("Studio"))
    assert [c.name for c in libraries.list_libraries()] == ["Studio"]


def _items(library: str) -> Sequence[libraries.ItemCard]:
    return libraries.list_items(library, per_page=200).items


def test_names_are_paths_inside_the_folder(tmp_path: Path) -> None:
    fill(tmp_path / "a", {"hoodie.jpg": scene("red"), "deep/er/cap.png": scene("blue")})
    build("L", FolderSource(tmp_path / "a"), ColourEncoder())
    assert names_of("L") == ["deep/er/cap.png", "hoodie.jpg"]


def test_pages_of_items(folder: Path) -> None:
    build("L", FolderSource(folder), ColourEncoder())
    first, last = libraries.list_items("L", 1, 20), libraries.list_items("L", 2, 20)
    assert (first.total, len(first.items), len(last.items)) == (25, 20, 5)
    assert not {i.id for i in first.items} & {i.id for i in last.items}
    assert libraries.list_items("L", 9, 20).items == ()
    with pytest.raises(NotFound, match="no library 'nope'"):
        libraries.list_items("nope")


def test_stored_vectors_keep_the_encoders_own_scale(tmp_path: Path) -> None:
    build("L", FolderSource(fill(tmp_path / "a", {"r.png": scene("red")})), ColourEncoder())
    with read_session() as session:
        kept = np.frombuffer(session.scalars(select(ItemVector.image)).one(), "<f4")
    assert np.allclose(kept.sum(), 3.0)


# --- bad files ---------------------------------------------------------------------------------


def test_bad_files_are_listed_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "vector.png").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "cut.jpg").write_bytes(encoded(scene("red", size=(400, 300)), "JPEG")[:2000])
    (folder / "empty.webp").write_bytes(b"")
    (folder / "notes.txt").write_text("not meant as a picture")
    report = build("L", FolderSource(folder), ColourEncoder())
    assert report.added == 25
    assert {r.file: str(r.reason).split(".png", 1)[-1] for r in report.rejected}.keys() == {
        "vector.png",
        "cut.jpg",
        "empty.webp",
    }
    reasons = {r.file: str(r.reason) for r in report.rejected}
    assert "SVG" in reasons["vector.png"]
    assert "damaged" in reasons["cut.jpg"]
    assert "empty" in reasons["empty.webp"]


def test_nothing_usable_makes_no_library(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    with pytest.raises(InvalidInput, match="no picture in"):
        build("L", FolderSource(bad), ColourEncoder())
    (bad / "a.png").write_bytes(b"%PDF-1.4")
    with pytest.raises(NothingUsable, match="is in the format PDF"):
        build("L", FolderSource(bad), ColourEncoder())
    (bad / "b.png").write_bytes(b"")
    with pytest.raises(NothingUsable, match="None of the 2 files") as caught:
        build("L", FolderSource(bad), ColourEncoder())
    assert [r.file for r in caught.value.rejected] == ["a.png", "b.png"]
    assert libraries.list_libraries() == []
    assert rows() == (0, 0)


def test_vector_that_is_no_vector_is_refused(tmp_path: Path) -> None:
    class Broken(ColourEncoder):
        def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
            vectors = super().encode_images(images)
            vectors[0] = np.nan
            vectors[1] = 0
            vectors[2, 3] = np.inf
            return vectors

    names = {f"{i}.png": scene("red", i) for i in range(5)}
    report = build("L", FolderSource(fill(tmp_path / "a", names)), Broken())
    assert [r.file for r in report.rejected] == ["0.png", "1.png", "2.png"]
    assert names_of("L") == ["3.png", "4.png"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "a\u202eb"])
def test_library_names_are_checked(folder: Path, name: str) -> None:
    with pytest.raises(InvalidInput):
        build(name, FolderSource(folder), ColourEncoder())


def test_built_in_library_cannot_be_filled_or_deleted(folder: Path) -> None:
    with pytest.raises(Conflict, match="belongs to the studio"):
        build(libraries.BACKDROPS_LIBRARY, FolderSource(folder), ColourEncoder())


# --- duplicates --------------------------------------------------------------------------------


def test_exact_copies_are_counted_and_not_kept(tmp_path: Path) -> None:
    picture = scene("red", 3)
    files = [
        ("a.png", png(picture)),
        ("b.png", png(picture)),
        ("c.png", encoded(picture, "PNG", optimize=True)),
    ]
    report = build("L", UploadSource(files), ColourEncoder())
    assert (report.images, report.added, report.duplicates) == (1, 1, 2)
    assert names_of("L") == ["a.png"]


def test_near_copies_are_kept_and_set_aside(tmp_path: Path) -> None:
    photo = scene("blue", 4, (640, 480))
    files = [
        ("1.png", png(photo)),
        ("2.jpg", encoded(photo, "JPEG", quality=60)),
        ("3.png", png(photo.resize((320, 240), Image.Resampling.LANCZOS))),
        ("4.webp", encoded(photo, "WEBP", quality=70)),
        ("other.png", png(scene("blue", 5, (640, 480)))),
        ("mirrored.png", png(photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT))),
    ]
    encoder = ColourEncoder()
    report = build("L", UploadSource(files), encoder)
    assert (report.images, report.added, report.duplicates) == (6, 6, 3)
    items = {i.file_name: i for i in _items("L")}
    first = items["1.png"].id
    assert {n for n, i in items.items() if i.duplicate_of == first} == {"2.jpg", "3.png", "4.webp"}
    assert items["other.png"].duplicate_of is None
    assert items["mirrored.png"].duplicate_of is None
    found = libraries.search("L", ["blue"], 10, encoder)[0]
    assert {f.file_name for f in found} == {"1.png", "other.png", "mirrored.png"}
    assert libraries.get_library("L").duplicates == 3


def test_near_copy_is_found_in_a_later_ingest(tmp_path: Path) -> None:
    photo = scene("green", 4, (640, 480))
    build("L", UploadSource([("1.png", png(photo))]), ColourEncoder())
    report = build("L", UploadSource([("2.jpg", encoded(photo, "JPEG", quality=70))]), ColourEncoder())
    assert (report.added, report.duplicates) == (1, 1)
    assert _items("L")[1].duplicate_of == _items("L")[0].id


def test_plain_grounds_of_different_colours_are_different() -> None:
    """One outline (none), one cosine (all white): only the colours tell them apart."""
    files = [(f"{v}.png", png(Image.new("RGB", (96, 96), (255, v, v)))) for v in (255, 243, 231)]
    report = build("L", UploadSource(files), ColourEncoder())
    assert (report.added, report.duplicates) == (3, 0)


# --- again, stopped, broken --------------------------------------------------------------------


def test_second_ingest_adds_only_what_is_new(folder: Path) -> None:
    build("L", FolderSource(folder), ColourEncoder())
    encoder = ColourEncoder()
    again = build("L", FolderSource(folder), encoder)
    assert (again.images, again.added, again.duplicates) == (25, 0, 0)
    assert encoder.batches == []
    fill(folder, {"new.png": scene("red", 99)})
    (folder / "copy.png").write_bytes((folder / "red-0.png").read_bytes())
    third = build("L", FolderSource(folder), encoder)
    assert (third.images, third.added, third.duplicates) == (26, 1, 1)


def test_second_ingest_restores_a_picture_that_is_missing_on_disk(folder: Path) -> None:
    build("L", FolderSource(folder), ColourEncoder())
    lost = _items("L")[0].sha256
    get_store().path(lost).unlink()
    report = build("L", FolderSource(folder), ColourEncoder())
    assert report.added == 0
    assert get_store().verify(lost)


def test_stop_between_batches_keeps_what_is_saved_and_goes_on_later(folder: Path) -> None:
    with pytest.raises(Cancelled, match=f"{BATCH} pictures"):
        build("L", FolderSource(folder), ColourEncoder(), cancelled=lambda: True)
    assert rows() == (BATCH, BATCH)
    assert len(libraries.search("L", ["red"], 50, ColourEncoder())[0]) == BATCH
    assert build("L", FolderSource(folder), ColourEncoder()).added == 25 - BATCH


def test_progress_may_stop_it(folder: Path) -> None:
    def stop(share: float) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        build("L", FolderSource(folder), ColourEncoder(), progress=stop)
    assert rows() == (BATCH, BATCH)


def test_batch_is_saved_whole_or_not_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, rows: object) -> None:
        raise StorageError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(library_writer.LibraryRepository, "add_vectors", fail)
        with pytest.raises(StorageError):
            build("L", FolderSource(folder), ColourEncoder())
    assert rows() == (0, 0)
    assert libraries.list_libraries() == []
    assert build("L", FolderSource(folder), ColourEncoder()).added == 25


def test_pictures_wait_in_bounded_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read as the encoder takes them, not all at first."""
    from services.retrieval import prepare

    read = list[str]()

    class Slow(ColourEncoder):
        def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
            ahead = len(read) - sum(self.batches)
            assert ahead <= prepare.AHEAD + 2 * BATCH
            return super().encode_images(images)

    files = [(f"{i}.png", png(scene("red", i))) for i in range(120)]
    original = prepare.read_picture

    def counting(data: bytes, name: str) -> object:
        read.append(name)
        return original(data, name)

    monkeypatch.setattr(prepare, "read_picture", counting)
    assert build("L", UploadSource(files), Slow()).added == 120


# --- captions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sidecar", "text"),
    [
        ("captions.csv", "file,caption\na.png,A yellow sofa\nsub/b.png,\n"),
        ("captions.csv", '\ufefffile,caption\n"a.png","A yellow sofa"\n'),
        ("captions.json", '{"a.png": "A yellow sofa"}'),
        ("captions.json", '[{"file": "a.png", "caption": "A yellow sofa"}]'),
        ("captions.jsonl", '{"file": "a.png", "caption": "A yellow sofa"}\n\n'),
    ],
)
def test_captions_beside_pictures_take_part(tmp_path: Path, sidecar: str, text: str) -> None:
    root = fill(tmp_path / "a", {"a.png": scene("red", 1), "sub/b.png": scene("blue", 2)})
    (root / sidecar).write_text(text, encoding="utf-8")
    encoder = ColourEncoder()
    report = build("L", FolderSource(root), encoder)
    assert report.rejected == ()
    assert {i.file_name: i.caption for i in _items("L")} == {"a.png": "A yellow sofa", "sub/b.png": ""}
    assert libraries.search("L", ["yellow"], 1, encoder)[0][0].file_name == "a.png"


@pytest.mark.parametrize("text", ["{", "7", '"x"', "[" * 50_000])
def test_unreadable_captions_are_listed_and_pictures_still_come(tmp_path: Path, text: str) -> None:
    root = fill(tmp_path / "a", {"a.png": scene("red", 1)})
    (root / "captions.json").write_text(text)
    report = build("L", FolderSource(root), ColourEncoder())
    assert report.added == 1
    assert [r.file for r in report.rejected] == ["captions.json"]
    assert "file and caption" in str(report.rejected[0].reason)


def test_captions_that_come_later_are_added(tmp_path: Path) -> None:
    encoder = ColourEncoder()
    root = fill(tmp_path / "a", {"a.png": scene("red", 1), "b.png": scene("blue", 2)})
    build("L", FolderSource(root), encoder)
    assert libraries.search("L", ["yellow"], 1, encoder)[0][0].similarity < 0.1
    (root / "captions.json").write_text(json.dumps({"b.png": "yellow curtains"}))
    assert build("L", FolderSource(root), encoder).added == 0
    best = libraries.search("L", ["yellow"], 1, encoder)[0][0]
    assert (best.file_name, best.caption) == ("b.png", "yellow curtains")
    assert best.similarity > 0.5


# --- another encoder ---------------------------------------------------------------------------


def test_other_encoder_is_refused_until_the_library_is_prepared_for_it(folder: Path) -> None:
    build("L", FolderSource(folder), ColourEncoder())
    other = ColourEncoder("fake/other", dim=8)
    with pytest.raises(NotPrepared, match="25 of its 25 pictures are not indexed"):
        libraries.search("L", ["red"], 3, other)
    with pytest.raises(NotPrepared, match="re-index"):
        build("L", FolderSource(folder), other)
    assert libraries.reindex("L", other) == 25
    assert libraries.get_library("L").encoder == "fake/colours@1"  # its own stays the default
    assert len(libraries.search("L", ["red"], 3, other)[0]) == 3
    assert len(libraries.search("L", ["red"], 3, ColourEncoder())[0]) == 3  # its vectors are still whole
    assert libraries.reindex("L", other) == 0


def test_pictures_added_in_one_space_are_missed_in_the_other_until_prepared(tmp_path: Path) -> None:
    first, other = ColourEncoder(), ColourEncoder("fake/other", dim=8)
    build("L", UploadSource([("a.png", png(scene("red", 1)))]), first)
    libraries.reindex("L", other)
    for encoder, blind, ground in ((first, other, "blue"), (other, first, "green")):
        build("L", UploadSource([(f"{ground}.png", png(scene(ground, 2)))]), encoder)
        assert libraries.search("L", [ground], 1, encoder)[0][0].file_name == f"{ground}.png"
        with pytest.raises(NotPrepared) as refusal:
            libraries.search("L", [ground], 1, blind)
        assert refusal.value.missing == 1
        assert libraries.reindex("L", blind) == 1
        assert libraries.search("L", [ground], 1, blind)[0][0].file_name == f"{ground}.png"


def test_another_revision_of_the_own_encoder_takes_its_place(folder: Path) -> None:
    build("L", FolderSource(folder), ColourEncoder())
    updated = ColourEncoder()
    updated.ref = ModelRef("encoder", "fake/colours", "2")
    assert libraries.reindex("L", updated) == 25
    assert libraries.get_library("L").encoder == "fake/colours@2"


def test_same_name_with_another_dimension_is_refused(folder: Path) -> None:
    build("L", FolderSource(folder), ColourEncoder())
    with pytest.raises(InvalidInput, match="dimensions"):
        libraries.search("L", ["red"], 3, ColourEncoder(dim=9))


def test_deleted_library_is_gone_and_its_pictures_stay(folder: Path) -> None:
    build("L", FolderSource(folder), ColourEncoder())
    sha = _items("L")[0].sha256
    libraries.search("L", ["red"], 3, ColourEncoder())
    libraries.delete("L")
    assert rows() == (0, 0)
    assert get_store().exists(sha)
    for call in (libraries.get_library, libraries.delete):
        with pytest.raises(NotFound):
            call("L")


def test_new_library_in_the_place_of_a_deleted_one_has_its_own_index(tmp_path: Path) -> None:
    """SQLite gives the ids of deleted rows again: an old index must not answer for them."""
    encoder = ColourEncoder()
    for ground in ("red", "blue"):
        build("L", UploadSource([(f"{ground}.png", png(scene(ground)))]), encoder)
        hit = libraries.search("L", [ground], 1, encoder)[0][0]
        assert (hit.file_name, hit.similarity > 0.6) == (f"{ground}.png", True)
        libraries.delete("L")
