"""An index of another tool becomes a library, and its pictures join by their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from db.tables import Item, ItemVector
from services import engines, libraries, library_import
from services.choices import EngineChoice
from services.database import read_session
from services.domain import ModelRef
from services.engines import Engine, Parts, use_engine
from services.errors import Cancelled, Conflict, InvalidInput, NotFound
from services.jobs import queue, steps
from services.jobs.queue import RunState
from services.jobs.worker import Worker
from services.libraries import build
from services.library_spaces import encoder_for, space_of_library
from services.retrieval.ingest import NothingUsable
from services.retrieval.refusals import NotPrepared
from services.retrieval.sources_upload import UploadSource
from services.settings import get_settings
from tests.legacy_pairs import random_vectors, write_pair
from tests.retrieval_fakes import ColourEncoder, encoded, fill, png, scene

K21 = EngineChoice(encoder="kandinsky21")


def _unused() -> None:
    raise AssertionError("libraries need an encoder and nothing else")


class Clip(ColourEncoder):
    """Stands for CLIP: the space that the imported vectors are said to be of."""

    reads_captions = False
    title = "Kandinsky 2.1"


@pytest.fixture(autouse=True)
def clip(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clip]:
    lite, clip = ColourEncoder(), Clip("fake/clip")
    clip.ref = ModelRef("encoder", "fake/clip", "")  # not on this machine yet
    monkeypatch.setattr(engines, "_encoder", lambda name: lite if name == "lite" else clip)
    for encoder, choice in ((lite, EngineChoice()), (clip, K21)):
        parts = Parts(_unused, lambda made=encoder: made, _unused, _unused)  # type: ignore[arg-type,misc]
        use_engine(Engine(choice.name, parts), choice)
    yield clip
    for choice in (EngineChoice(), K21):
        use_engine(None, choice)


NAMES = [f"/content/drive/dogs/dog_{i}.jpg" for i in range(8)]


def vectors_with_copies() -> np.ndarray:
    """Eight, of which number 5 is number 2 again to the last bit."""
    vectors = random_vectors(8)
    vectors[5] = vectors[2]
    return vectors


def rows(name: str) -> list[Item]:
    with read_session() as session:
        return list(session.scalars(select(Item).order_by(Item.id)))


def stored() -> np.ndarray:
    with read_session() as session:
        images = session.scalars(select(ItemVector.image).order_by(ItemVector.item_id)).all()
    return np.stack([np.frombuffer(image, "<f4") for image in images])


def work() -> None:
    Worker(steps.handlers()).run_until_idle()


# --- the index -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["pkl", "json", "csv"])
def test_a_pair_becomes_a_library_that_waits_for_pictures(tmp_path: Path, form: str) -> None:
    vectors, shares = vectors_with_copies(), list[float]()
    pair = write_pair(tmp_path, vectors, NAMES, form)
    report = library_import.import_index("Dogs", *pair, progress=shares.append)
    assert (report.images, report.added, report.seen, report.duplicates, report.waiting) == (8, 8, 0, 1, 8)
    assert (report.encoder, report.rejected, shares) == ("fake/clip", (), [1.0])
    items = rows("Dogs")
    assert [item.file_name for item in items] == [f"dog_{i}.jpg" for i in range(8)]
    assert not any(item.pictured or item.width or item.bytes for item in items)
    assert [i.id for i in items if i.duplicate_of] == [items[5].id]
    assert (items[5].duplicate_of, items[5].duplicate_similarity) == (items[2].id, 1.0)
    assert np.array_equal(stored(), vectors)  # at their own length: the generator needs it
    assert len({item.sha256 for item in items}) == 8
    card = libraries.get_library("Dogs")
    assert (card.images, card.duplicates, card.mosaic, card.bytes) == (8, 1, (), 0)
    assert library_import.waiting("Dogs") == 8


def test_what_was_imported_is_searched_by_cosine(tmp_path: Path, clip: Clip) -> None:
    """Under L2 with unit queries, as the original study searched, the shortest vector wins every time."""
    directions = np.eye(6, dtype=np.float32)
    vectors = directions * np.array([30, 10, 30, 30, 30, 30], np.float32)[:, None]
    raw = np.linalg.norm(vectors[None] - directions[:, None], axis=2).argmin(1)
    assert set(raw.tolist()) == {1}
    library_import.import_index("L", *write_pair(tmp_path, vectors, [f"{i}.jpg" for i in range(6)]))
    found = libraries.search("L", ["red", "green", "blue"], 1, clip)
    assert [hits[0].file_name for hits in found] == ["0.jpg", "1.jpg", "2.jpg"]
    assert all(hits[0].similarity > 0.99 and not hits[0].pictured for hits in found)


def test_duplicates_are_not_found_twice(tmp_path: Path, clip: Clip) -> None:
    library_import.import_index("L", *write_pair(tmp_path, vectors_with_copies(), NAMES))
    names = [f.file_name for f in libraries.search("L", ["red"], 20, clip)[0]]
    assert len(names) == 7
    assert "dog_5.jpg" not in names


def test_a_second_import_adds_what_is_missing(tmp_path: Path) -> None:
    vectors = vectors_with_copies()
    pair = write_pair(tmp_path, vectors, NAMES)
    library_import.import_index("L", *write_pair(tmp_path / "less", vectors[:3], NAMES[:3]))
    report = library_import.import_index("L", *pair)
    assert (report.added, report.seen, report.duplicates, report.images) == (5, 3, 1, 8)
    again = library_import.import_index("L", *pair)
    assert (again.added, again.seen, again.images) == (0, 8, 8)
    assert [i.duplicate_of for i in rows("L")].count(None) == 7


def test_a_stopped_import_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.retrieval.legacy import importing

    monkeypatch.setattr(importing, "BATCH", 3)
    pair = write_pair(tmp_path, vectors_with_copies(), NAMES)
    with pytest.raises(Cancelled, match="3 pictures"):
        library_import.import_index("L", *pair, cancelled=lambda: True)
    assert library_import.import_index("L", *pair).added == 5
    assert len(rows("L")) == 8
    assert [i.file_name for i in rows("L") if i.duplicate_of] == ["dog_5.jpg"]  # across batches


def test_rows_that_are_no_vectors_are_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    vectors = random_vectors(6)
    vectors[0], vectors[1, 2], vectors[2, 3], vectors[3] = 0, np.nan, np.inf, 3e38
    report = library_import.import_index("L", *write_pair(tmp_path, vectors, NAMES[:6]))
    assert report.added == 2
    reasons = [str(r.reason) for r in report.rejected]
    assert [r.file for r in report.rejected] == [f"dog_{i}.jpg" for i in range(4)]
    assert "row 1) is zero" in reasons[0]
    assert "not a number" in reasons[1]
    assert "not a number" in reasons[2]
    assert "too long" in reasons[3]
    with pytest.raises(NothingUsable, match="None of the 4 vectors"):
        library_import.import_index("M", *write_pair(tmp_path / "m", vectors[:4], NAMES[:4]))
    assert [card.name for card in libraries.list_libraries()] == ["L"]


def test_same_name_and_vector_twice_is_one_item(tmp_path: Path) -> None:
    vectors = random_vectors(3)
    vectors[1] = vectors[0]
    report = library_import.import_index("L", *write_pair(tmp_path, vectors, ["a.jpg", "a.jpg", "b.jpg"]))
    assert (report.images, report.added, report.seen) == (2, 2, 1)


def test_what_does_not_fit_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    pair = write_pair(tmp_path, random_vectors(2, dim=5), NAMES[:2])
    with pytest.raises(InvalidInput, match=r"5 numbers each; those of Kandinsky 2\.1 have 6"):
        library_import.import_index("L", *pair)
    good = write_pair(tmp_path, random_vectors(2), NAMES[:2])
    with pytest.raises(InvalidInput, match="no encoder 'other'"):
        library_import.import_index("L", *good, encoder="other")
    with pytest.raises(Conflict, match="belongs to the studio"):
        library_import.import_index(libraries.BACKDROPS_LIBRARY, *good)
    with pytest.raises(InvalidInput, match="no name"):
        library_import.import_index(" ", *good)
    assert libraries.list_libraries() == []
    build("lite", UploadSource([("a.png", png(scene("red")))]), ColourEncoder())
    with pytest.raises(Conflict, match="searched with another model"):
        library_import.import_index("lite", *good)


# --- its search model ----------------------------------------------------------------------------


def test_the_model_that_comes_later_takes_the_vectors_over(tmp_path: Path, clip: Clip) -> None:
    library_import.import_index("L", *write_pair(tmp_path, random_vectors(4), NAMES[:4]))
    assert encoder_for("L") is clip
    clip.ref = ModelRef("encoder", "fake/clip", "abc123")  # downloaded: its revision is known now
    assert space_of_library("L", "kandinsky21").default
    assert encoder_for("L") is clip
    assert len(libraries.search("L", ["red"], 9, clip)[0]) == 4
    assert libraries.get_library("L").encoder == "fake/clip@abc123"
    assert space_of_library("L", "kandinsky21").ready
    assert library_import.import_index("L", *write_pair(tmp_path, random_vectors(5), NAMES[:5])).added == 5


def test_other_models_are_told_that_pictures_are_missing(tmp_path: Path) -> None:
    library_import.import_index("L", *write_pair(tmp_path, random_vectors(4), NAMES[:4]))
    lite = ColourEncoder()
    assert space_of_library("L", "lite").missing == 4
    with pytest.raises(NotPrepared, match="4 of its 4 pictures"):
        libraries.search("L", ["red"], 1, lite)
    with pytest.raises(InvalidInput, match="wait for their files"):
        libraries.reindex("L", lite)
    library_import.attach("L", UploadSource([("dog_1.jpg", encoded(scene("red"), "JPEG"))]))
    assert libraries.reindex("L", lite) == 1
    assert [f.file_name for f in libraries.search("L", ["red"], 9, lite)[0]] == ["dog_1.jpg"]


# --- pictures ------------------------------------------------------------------------------------


def picture_files(*places: int) -> list[tuple[str, bytes]]:
    return [(f"dog_{i}.jpg", encoded(scene("red", seed=i), "JPEG")) for i in places]


def test_pictures_join_by_their_names(tmp_path: Path, clip: Clip) -> None:
    vectors = vectors_with_copies()
    pair = write_pair(tmp_path, vectors, NAMES)
    library_import.import_index("L", *pair)
    files = [*picture_files(0, 3, 4), ("else.png", png(scene("blue"))), ("dog_6.JPEG", b"no picture")]
    report = library_import.attach("L", UploadSource(files))
    assert (report.attached, report.merged, report.waiting, report.unknown) == (3, 0, 5, 1)
    assert report.missing[:2] == ("dog_1.jpg", "dog_2.jpg")
    assert [r.file for r in report.rejected] == ["dog_6.JPEG"]
    items = rows("L")
    shown = [item for item in items if item.pictured]
    assert [item.file_name for item in shown] == ["dog_0.jpg", "dog_3.jpg", "dog_4.jpg"]
    from services.storage.images import get_store

    assert all((i.width, i.height, i.bytes) == (96, 72, len(get_store().verify(i.sha256))) for i in shown)
    assert np.array_equal(stored(), vectors)
    assert len(libraries.get_library("L").mosaic) == 3
    assert len(libraries.search("L", ["red"], 20, clip)[0]) == 7
    assert library_import.import_index("L", *pair).added == 0  # a second import knows them
    again = library_import.attach("L", UploadSource(picture_files(0, 1)))
    assert (again.attached, again.unknown, again.waiting) == (1, 1, 4)


def test_a_picture_that_two_names_have_makes_one_item(tmp_path: Path) -> None:
    """Number 5 has the vector of number 2 because it is the same picture under another name."""
    library_import.import_index("L", *write_pair(tmp_path, vectors_with_copies(), NAMES))
    same = encoded(scene("green", seed=9), "JPEG")
    report = library_import.attach("L", UploadSource([("dog_2.jpg", same), ("dog_5.jpg", same)]))
    assert (report.attached, report.merged, report.waiting) == (2, 1, 6)
    items = rows("L")
    assert len(items) == 7
    [shown] = [item for item in items if item.pictured]
    assert (shown.file_name, shown.duplicate_of) == ("dog_2.jpg", None)


def test_the_copy_may_get_its_picture_before_the_original(tmp_path: Path, clip: Clip) -> None:
    library_import.import_index("L", *write_pair(tmp_path, vectors_with_copies(), NAMES))
    same = encoded(scene("green", seed=9), "JPEG")
    library_import.attach("L", UploadSource([("dog_5.jpg", same)]))
    library_import.attach("L", UploadSource([("dog_2.jpg", same)]))
    [shown] = [item for item in rows("L") if item.pictured]
    assert (shown.file_name, shown.duplicate_of) == ("dog_5.jpg", None)
    assert "dog_5.jpg" in [f.file_name for f in libraries.search("L", ["red"], 20, clip)[0]]


def test_names_are_matched_by_the_longest_path(tmp_path: Path) -> None:
    names = ["/data/a/1.jpg", "/data/b/1.jpg", "/data/b/2.jpg", "/data/c/2.jpg"]
    library_import.import_index("L", *write_pair(tmp_path, random_vectors(4), names))
    root = fill(tmp_path / "photos", {"x/b/1.JPG": scene("red", 1), "2.jpg": scene("blue", 2)})
    report = library_import.attach("L", libraries_source(root))
    assert (report.attached, report.ambiguous) == (1, 1)
    assert [i.file_name for i in rows("L") if i.pictured] == ["b/1.jpg"]
    [reason] = [str(r.reason) for r in report.rejected]
    assert "2.jpg fits more than one name" in reason
    assert "b/2.jpg, c/2.jpg" in reason


def libraries_source(root: Path) -> object:
    from services.retrieval.sources import source_for_path

    return source_for_path(root)


def test_a_stopped_attaching_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.retrieval.legacy import attach

    monkeypatch.setattr(attach, "BATCH", 2)
    library_import.import_index("L", *write_pair(tmp_path, random_vectors(8), NAMES))
    files = picture_files(*range(8))
    with pytest.raises(Cancelled, match="2 pictures attached"):
        library_import.attach("L", UploadSource(files), cancelled=lambda: True)
    assert library_import.attach("L", UploadSource(files)).attached == 6
    assert library_import.waiting("L") == 0


def test_deleting_the_library_leaves_no_row(tmp_path: Path) -> None:
    library_import.import_index("L", *write_pair(tmp_path, vectors_with_copies(), NAMES))
    libraries.delete("L")
    assert rows("L") == []


# --- as runs -------------------------------------------------------------------------------------


def test_a_pair_is_imported_and_completed_by_the_worker(tmp_path: Path) -> None:
    index, listed = write_pair(tmp_path, vectors_with_copies(), NAMES)
    files = (("dogs.index", index.read_bytes()), ("dogs.pkl", listed.read_bytes()))
    run_id = library_import.start_import(" Dogs ", *files, "kandinsky21")
    assert library_import.start_import("Dogs", *files, "kandinsky21") != run_id
    work()
    run = queue.get(run_id)
    assert run.state is RunState.DONE
    assert run.result is not None
    assert (run.result["library"], run.result["added"], run.result["waiting"]) == ("Dogs", 8, 8)
    attach_id = library_import.start_attach_uploads("Dogs", picture_files(0, 1))
    work()
    done = queue.get(attach_id)
    assert (done.state, done.result and done.result["attached"]) == (RunState.DONE, 2)
    assert list((get_settings().home / "inbox").iterdir()) == []


def test_what_cannot_be_imported_is_said_before_anything_is_queued(tmp_path: Path) -> None:
    index, listed = write_pair(tmp_path, random_vectors(2), NAMES)
    good, bad = ("a.index", index.read_bytes()), ("a.pkl", listed.read_bytes())
    for pair in ((good, bad), (bad, good), (good, ("x.pkl", b"cos\nsystem\n."))):
        with pytest.raises(InvalidInput):
            library_import.start_import("L", *pair, "kandinsky21")
    with pytest.raises(NotFound):
        library_import.start_attach_uploads("nowhere", picture_files(0))
    build("lite", UploadSource([("a.png", png(scene("red")))]), ColourEncoder())
    with pytest.raises(InvalidInput, match="nothing to attach"):
        library_import.start_attach_uploads("lite", picture_files(0))
    assert queue.active() == []


def test_pictures_may_be_added_beside_those_that_wait(tmp_path: Path, clip: Clip) -> None:
    """One of them is close to a vector whose picture nobody has seen: that proves nothing, both stay."""
    picture = scene("red", seed=3)
    vectors = np.stack([clip.encode_images([picture])[0], *random_vectors(2)])
    library_import.import_index("L", *write_pair(tmp_path, vectors, NAMES[:3]))
    report = build("L", UploadSource([("new.png", png(picture)), ("other.png", png(scene("blue")))]), clip)
    assert (report.added, report.images) == (2, 5)
    assert not any(item.duplicate_of for item in rows("L"))
    attached = library_import.attach("L", UploadSource([("dog_0.jpg", png(picture))]))
    assert (attached.attached, attached.merged) == (1, 1)  # now it is known to be the same
    assert sorted(i.file_name for i in rows("L") if i.pictured) == ["new.png", "other.png"]
