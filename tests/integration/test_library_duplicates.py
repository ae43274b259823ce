"""Duplicates of a whole library: found at a chosen likeness, shown as pairs, decided, right at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from db.tables import Item, ItemTag
from services import libraries, library_duplicates, library_import
from services.database import read_session, unit_of_work
from services.engines import Engine, Parts, use_engine
from services.errors import Cancelled, Conflict, InvalidInput, NotFound
from services.jobs import queue, steps
from services.jobs.worker import Worker
from services.library_duplicates import drop, keep, merge, pairs, prefer
from services.retrieval import library_writer
from services.retrieval.sources_upload import UploadSource
from services.storage.images import get_store
from tests.legacy_pairs import random_vectors, write_pair
from tests.retrieval_fakes import ColourEncoder, encoded, png, scene

ENCODER = ColourEncoder()


def _unused() -> None:
    raise AssertionError("libraries need an encoder and nothing else")


@pytest.fixture(autouse=True)
def engine(home: Path) -> Iterator[None]:
    use_engine(Engine("lite", Parts(_unused, lambda: ENCODER, _unused, _unused)))  # type: ignore[arg-type]
    yield
    use_engine(None)


PHOTO, OTHER = scene("blue", 4, (640, 480)), scene("green", 5, (640, 480))
FILES = [
    ("1.png", png(PHOTO)),
    ("2.jpg", encoded(PHOTO, "JPEG", quality=60)),
    ("3.png", png(PHOTO.resize((320, 240), Image.Resampling.LANCZOS))),
    ("other.png", png(OTHER)),
    ("other.webp", encoded(OTHER, "WEBP", quality=70)),
    ("mirrored.png", png(PHOTO.transpose(Image.Transpose.FLIP_LEFT_RIGHT))),
]


@pytest.fixture
def library(home: Path) -> str:
    """Six pictures, two of which are there again: one twice, one once; marked as they came in."""
    libraries.build("L", UploadSource(FILES), ENCODER)
    return "L"


@pytest.fixture
def unmarked(library: str) -> str:
    """The same, as if nobody had looked."""
    with unit_of_work() as work:
        for item in work.session.scalars(select(Item)):
            item.duplicate_of = item.duplicate_similarity = None
        work.session.get_one(libraries_table(), 1).version += 1
        work.commit()
    return library


def libraries_table() -> type:
    from db.tables import Library

    return Library


def items() -> dict[str, Item]:
    with read_session() as session:
        return {item.file_name: item for item in session.scalars(select(Item).order_by(Item.id))}


def found(words: str = "blue green") -> set[str]:
    return {hit.file_name for hit in libraries.search("L", [words], 50, ENCODER)[0]}


def marks() -> dict[str, str]:
    by_id = {item.id: name for name, item in items().items()}
    return {name: by_id[i.duplicate_of] for name, i in items().items() if i.duplicate_of}


# --- looking through a library -------------------------------------------------------------------


def test_the_whole_library_is_looked_through(unmarked: str) -> None:
    shares: list[float] = []
    report = library_duplicates.dedupe("L", 0.9, progress=shares.append)
    assert (report.looked, report.marked, report.lifted, report.pairs) == (6, 3, 0, 3)
    assert marks() == {"2.jpg": "1.png", "3.png": "1.png", "other.webp": "other.png"}
    assert all(0.9 <= (i.duplicate_similarity or 0) <= 1 for i in items().values() if i.duplicate_of)
    assert found() == {"1.png", "other.png", "mirrored.png"}
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert library_duplicates.dedupe("L", 0.9).marked == 0


def test_another_threshold_lifts_marks_and_leaves_what_nobody_measured(unmarked: str) -> None:
    library_duplicates.dedupe("L", 0.9)
    with unit_of_work() as work:
        for item in work.session.scalars(select(Item)):
            if item.file_name == "2.jpg":
                item.duplicate_similarity = 0.93
            if item.file_name == "3.png":
                item.duplicate_similarity = None
        work.commit()
    assert library_duplicates.dedupe("L", 0.999).lifted >= 1
    assert "2.jpg" not in marks() or items()["2.jpg"].duplicate_similarity >= 0.999
    assert marks()["3.png"] == "1.png"


def test_the_larger_picture_stays_and_its_copies_follow_it(home: Path) -> None:
    small = PHOTO.resize((320, 240), Image.Resampling.LANCZOS)
    files = [("1.png", png(small)), ("2.jpg", encoded(small, "JPEG", quality=60))]
    libraries.build("L", UploadSource(files), ENCODER)
    assert marks() == {"2.jpg": "1.png"}
    libraries.build("L", UploadSource([("large.png", png(PHOTO))]), ENCODER)
    with unit_of_work() as work:
        for item in work.session.scalars(select(Item).where(Item.file_name == "large.png")):
            item.duplicate_of = None
        work.commit()
    library_duplicates.dedupe("L", 0.9)
    assert marks() == {"1.png": "large.png", "2.jpg": "large.png"}


def test_a_lost_picture_that_nobody_looked_at_is_nobodys_copy(unmarked: str) -> None:
    get_store().path(items()["other.webp"].sha256).unlink()
    with unit_of_work() as work:
        for item in work.session.scalars(select(Item)):
            item.look = None  # as from before looks were kept
        work.commit()
    library_duplicates.dedupe("L", 0.9)
    assert set(marks()) == {"2.jpg", "3.png"}
    assert items()["1.png"].look


def test_stopping_marks_nothing(unmarked: str) -> None:
    with pytest.raises(Cancelled):
        library_duplicates.dedupe("L", 0.9, cancelled=lambda: True)
    assert marks() == {}


def test_items_without_pictures_are_compared_by_their_vectors(tmp_path: Path) -> None:
    vectors = random_vectors(4)
    vectors[2] = vectors[0] * 1.5  # the same direction
    vectors[3] = (
        vectors[1] + np.float32(0.12) * np.linalg.norm(vectors[1]) * random_vectors(1, seed=9)[0] / 20
    )
    pair = write_pair(tmp_path, vectors, [f"{i}.jpg" for i in range(4)])
    library_import.import_index("V", *pair, encoder="lite")
    assert library_duplicates.dedupe("V", 0.9).marked == 1
    assert marks() == {"2.jpg": "0.jpg"}


def test_what_cannot_be_looked_through_is_refused(library: str) -> None:
    for threshold in (0.5, 1.0, float("nan")):
        with pytest.raises(InvalidInput, match="likeness is between"):
            library_duplicates.dedupe("L", threshold)
    with pytest.raises(NotFound):
        library_duplicates.dedupe("nowhere", 0.9)


def test_built_in_libraries_are_left_alone(home: Path) -> None:
    writer = library_writer.LibraryWriter("B", ENCODER, get_store(), built_in=True)
    with unit_of_work() as work:
        work.session.add(libraries_table()(name="B", encoder=writer.encoder, built_in=True, version=0))
        work.commit()
    with pytest.raises(Conflict, match="belongs to the studio"):
        library_duplicates.start_dedupe("B")
    with pytest.raises(Conflict, match="belongs to the studio"):
        keep("B", [1])


def test_it_runs_in_the_worker(unmarked: str) -> None:
    run_id = library_duplicates.start_dedupe("L", 0.9)
    assert library_duplicates.start_dedupe("L", 0.9) == run_id
    running = library_duplicates.looking("L")
    assert running is not None
    assert running.id == run_id
    Worker(steps.handlers()).run_until_idle()
    result = queue.get(run_id).result
    assert result is not None
    assert result["marked"] == 3
    assert library_duplicates.looking("L") is None


# --- pairs ---------------------------------------------------------------------------------------


def test_pairs_come_in_pages_with_both_sides(library: str) -> None:
    first = pairs("L", 1, 2)
    assert (first.total, first.page, first.per_page) == (3, 1, 2)
    shown = [(p.original.file_name, p.copy.file_name) for p in (*first.pairs, *pairs("L", 2, 2).pairs)]
    assert shown == [("1.png", "2.jpg"), ("1.png", "3.png"), ("other.png", "other.webp")]
    assert (first.pairs[1].copy.width, first.pairs[0].original.width) == (320, 640)
    assert pairs("L", 9, 2).pairs == ()
    with pytest.raises(NotFound):
        pairs("nowhere")


def test_identical_vectors_are_said_to_be(tmp_path: Path) -> None:
    vectors = random_vectors(2)
    vectors[1] = vectors[0]
    library_import.import_index("V", *write_pair(tmp_path, vectors, ["a.jpg", "b.jpg"]), encoder="lite")
    [pair] = pairs("V").pairs
    assert (pair.identical, pair.similarity, pair.copy.pictured) == (True, 1.0, False)


# --- decisions -----------------------------------------------------------------------------------


def test_both_may_be_kept_for_good(library: str) -> None:
    copy = items()["2.jpg"].id
    assert "2.jpg" not in found()
    assert keep("L", [copy]) == 1
    assert "2.jpg" in found()
    assert keep("L", [copy]) == 0
    library_duplicates.dedupe("L", 0.9)
    assert "2.jpg" not in marks()
    assert len(pairs("L").pairs) == 2


def test_the_copy_may_go(library: str) -> None:
    gone = items()["other.webp"]
    before = libraries.get_library("L").images
    assert drop("L", [gone.id]) == 1
    assert libraries.get_library("L").images == before - 1
    assert found() == {"1.png", "other.png", "mirrored.png"}
    assert get_store().exists(gone.sha256)  # sessions show it


def test_dropped_pictures_may_come_again(library: str) -> None:
    drop("L", [items()["2.jpg"].id, items()["3.png"].id])
    libraries.build("L", UploadSource(FILES), ENCODER)
    assert marks()["2.jpg"] == "1.png"


def describe(name: str, *tags: str, **words: str) -> None:
    with unit_of_work() as work:
        item = work.session.scalars(select(Item).where(Item.file_name == name)).one()
        for key, value in words.items():
            setattr(item, key, value)
        work.session.add_all([ItemTag(item_id=item.id, tag=tag) for tag in tags])
        work.commit()


def test_merging_keeps_what_either_knows(library: str) -> None:
    describe("1.png", "sofa", licence="CC0")
    describe("2.jpg", "sofa", "blue", caption="A yellow sofa", licence="CC BY 4.0", attribution="Ada")
    describe("3.png", attribution="Bob", source_url="https://example.org/3")
    copies = [items()["2.jpg"].id, items()["3.png"].id]
    assert merge("L", copies) == 2
    left = items()
    assert set(left) == {"1.png", "other.png", "other.webp", "mirrored.png"}
    stays = left["1.png"]
    assert (stays.caption, stays.licence, stays.attribution) == ("A yellow sofa", "CC0", "Ada")
    assert stays.source_url == "https://example.org/3"
    with read_session() as session:
        tags = session.scalars(select(ItemTag.tag).where(ItemTag.item_id == stays.id)).all()
    assert sorted(tags) == ["blue", "sofa"]
    assert merge("L", copies) == 0


def test_a_caption_that_joins_is_searched_at_once(home: Path) -> None:
    files = [("1.png", png(PHOTO)), ("2.jpg", encoded(PHOTO, "JPEG", quality=60))]
    captions = ("captions.csv", b"file,caption\n2.jpg,A yellow sofa\n")
    libraries.build("L", UploadSource([*files, captions]), ENCODER)
    assert libraries.search("L", ["yellow"], 1, ENCODER)[0][0].similarity < 0.2
    merge("L", [items()["2.jpg"].id])
    best = libraries.search("L", ["yellow"], 1, ENCODER)[0][0]
    assert (best.file_name, best.caption) == ("1.png", "A yellow sofa")
    assert best.similarity > 0.5


def test_the_copy_may_be_the_one_that_stays(library: str) -> None:
    assert prefer("L", items()["2.jpg"].id) == 1
    assert marks() == {"1.png": "2.jpg", "3.png": "2.jpg", "other.webp": "other.png"}
    assert found() == {"2.jpg", "other.png", "mirrored.png"}
    merge("L", [items()["1.png"].id])
    assert marks() == {"3.png": "2.jpg", "other.webp": "other.png"}


def test_many_are_decided_at_once(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_duplicates, "AT_ONCE", 2)
    assert len(library_duplicates.marked("L")) == 3
    assert merge("L", library_duplicates.marked("L")) == 3
    assert library_duplicates.marked("L") == []
    assert set(items()) == {"1.png", "other.png", "mirrored.png"}
    assert found() == {"1.png", "other.png", "mirrored.png"}


def test_copies_of_another_library_are_not_touched(library: str) -> None:
    libraries.build("M", UploadSource(FILES), ENCODER)
    with read_session() as session:
        other = session.scalars(select(Item.id).where(Item.library_id == 2, Item.duplicate_of.is_not(None)))
        foreign = list(other)
    assert drop("L", foreign) == merge("L", foreign) == keep("L", foreign) == 0
    assert pairs("M").total == 3


def test_decisions_count_at_once_where_an_index_is_not_made_anew(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a large library: what changed is searched beside the index."""
    from services.retrieval import index_policy

    monkeypatch.setattr(index_policy, "REBUILT_AT_ONCE", 0)
    assert found() == {"1.png", "other.png", "mirrored.png"}
    keep("L", [items()["2.jpg"].id])
    assert found() == {"1.png", "2.jpg", "other.png", "mirrored.png"}
    prefer("L", items()["other.webp"].id)
    assert found() == {"1.png", "2.jpg", "other.webp", "mirrored.png"}
    drop("L", [items()["other.png"].id])
    merge("L", [items()["3.png"].id])
    assert found() == {"1.png", "2.jpg", "other.webp", "mirrored.png"}
    libraries.build("L", UploadSource(FILES), ENCODER)
    assert found() == {"1.png", "2.jpg", "other.webp", "mirrored.png"}
    library_duplicates.dedupe("L", 0.9)
    assert found() == {"1.png", "2.jpg", "other.webp", "mirrored.png"}
