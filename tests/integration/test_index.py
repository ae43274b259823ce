"""The FAISS index: exact cosines, honest edges, and rebuilt from the rows whenever it is in doubt."""

from __future__ import annotations

import json
from pathlib import Path

import faiss
import numpy as np
import pytest
from sqlalchemy import update

from db.repositories.libraries import LibraryRepository
from db.tables import ItemVector, Library
from services import libraries
from services.database import read_session, unit_of_work
from services.errors import InvalidInput
from services.retrieval import index_build, index_cache, index_files, index_manifest
from services.retrieval.fusion import CAPTION_WEIGHT, fuse
from services.retrieval.index_cache import open_index
from services.retrieval.index_faiss import VectorIndex, norms_path
from services.retrieval.index_library import LibraryIndex
from services.retrieval.refusals import NotPrepared
from services.retrieval.search import rank
from services.retrieval.sources_upload import UploadSource
from services.retrieval.vectors import pack
from services.settings import get_settings
from services.storage import files
from tests.retrieval_fakes import ColourEncoder, png, scene


def vectors(count: int, dim: int = 8, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((count, dim)) * rng.uniform(0.5, 20, (count, 1))).astype(np.float32)


def units(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


# --- one index ---------------------------------------------------------------------------------


def test_search_is_by_cosine_whatever_the_scale() -> None:
    rows, queries = vectors(50), units(vectors(4, seed=1))
    ids = [i * 7 + 3 for i in range(50)]
    index = VectorIndex.build(ids, rows, 8)
    for query, (found, cosines) in zip(queries, index.search(queries, 10), strict=True):
        expected = units(rows) @ query
        order = np.argsort(-expected)[:10]
        assert found.tolist() == [ids[i] for i in order]
        assert np.allclose(cosines, expected[order], atol=1e-6)


def test_norms_are_kept_beside() -> None:
    rows = vectors(5)
    index = VectorIndex.build([1, 2, 3, 4, 5], rows, 8)
    assert [index.norm(i) for i in (1, 5)] == pytest.approx(np.linalg.norm(rows[[0, 4]], axis=1))
    assert np.allclose(index.units([5, 1]), units(rows)[[4, 0]], atol=1e-6)
    assert 3 in index
    assert 6 not in index


def test_padding_is_never_taken_for_the_last_picture() -> None:
    """FAISS answers -1 where it has too few rows."""
    index = VectorIndex.build([10, 11], vectors(2), 8)
    [(ids, cosines)] = index.search(units(vectors(1)), 5)
    assert sorted(ids.tolist()) == [10, 11]
    assert len(cosines) == 2


def test_empty_index_finds_nothing() -> None:
    index = VectorIndex.build([], np.empty((0, 8), np.float32), 8)
    [(ids, _)] = index.search(units(vectors(1)), 5)
    assert ids.tolist() == []
    assert len(index) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_vectors_without_direction_are_refused(bad: float) -> None:
    rows = vectors(3)
    rows[1] = bad
    with pytest.raises(InvalidInput, match="zero or not a number"):
        VectorIndex.build([1, 2, 3], rows, 8)


def test_same_id_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="twice"):
        VectorIndex.build([1, 1], vectors(2), 8)


def test_other_dimensions_are_refused() -> None:
    with pytest.raises(InvalidInput, match="8 dimensions"):
        VectorIndex.build([1, 2], vectors(2, dim=9), 8)
    with pytest.raises(InvalidInput, match="8 dimensions"):
        VectorIndex.build([1], vectors(1), 8).search(units(vectors(1, dim=9)), 1)


def test_saved_and_opened_again_it_answers_the_same(tmp_path: Path) -> None:
    index, query = VectorIndex.build(list(range(30)), vectors(30), 8), units(vectors(1, seed=2))
    index.save(tmp_path / "a.faiss")
    again = VectorIndex.load(tmp_path / "a.faiss")
    assert [a.tolist() for a in again.search(query, 9)[0]] == [a.tolist() for a in index.search(query, 9)[0]]
    assert again.norm(7) == index.norm(7)


def test_files_that_do_not_belong_together_are_not_opened(tmp_path: Path) -> None:
    VectorIndex.build([1, 2], vectors(2), 8).save(tmp_path / "a.faiss")
    VectorIndex.build([1, 2, 3], vectors(3), 8).save(tmp_path / "b.faiss")
    norms_path(tmp_path / "b.faiss").replace(norms_path(tmp_path / "a.faiss"))
    with pytest.raises(ValueError, match="not the index"):
        VectorIndex.load(tmp_path / "a.faiss")
    faiss.write_index(faiss.IndexFlatL2(8), str(tmp_path / "a.faiss"))
    with pytest.raises(ValueError, match="not the index"):
        VectorIndex.load(tmp_path / "a.faiss")


# --- ranking -----------------------------------------------------------------------------------


@pytest.mark.parametrize("top", [1, 5, 40, 700])
def test_ranking_is_that_of_looking_at_everything(top: int) -> None:
    pictures, queries = vectors(600), units(vectors(7, seed=6))
    ids = list(range(100, 700))
    cosines = units(pictures).astype(float) @ queries.T.astype(float)
    for place, hits in enumerate(rank(VectorIndex.build(ids, pictures, 8), queries, top)):
        order = np.lexsort((ids, -cosines[:, place].round(6)))[:top]
        assert [i for i, _ in hits] == [ids[i] for i in order]
        assert np.allclose([s for _, s in hits], cosines[order, place], atol=2e-6)


def test_ties_go_by_id_and_queries_in_one_batch_or_alone_agree() -> None:
    same = np.repeat(vectors(1), 300, axis=0)
    index = VectorIndex.build(list(range(300, 0, -1)), same, 8)
    queries = units(vectors(25, seed=3))
    together = rank(index, queries, 5)
    assert [i for i, _ in together[0]] == [1, 2, 3, 4, 5]
    assert together == [rank(index, query[None], 5)[0] for query in queries]


# --- captions ----------------------------------------------------------------------------------


def test_items_without_caption_are_their_picture() -> None:
    pictures = vectors(3)
    assert np.array_equal(fuse(pictures, [None, None, None]), pictures)
    fused = fuse(pictures, [None, pack(vectors(1, seed=4)[0]), None])
    assert np.array_equal(fused[[0, 2]], pictures[[0, 2]])
    assert not np.allclose(fused[1], pictures[1])


def test_captioned_items_lie_between_picture_and_caption_at_the_pictures_scale() -> None:
    pictures, caption = vectors(1), vectors(1, seed=4)
    fused = fuse(pictures, [pack(caption[0])])
    assert np.linalg.norm(fused) == pytest.approx(np.linalg.norm(pictures), rel=1e-5)
    between = (1 - CAPTION_WEIGHT) * units(pictures) + CAPTION_WEIGHT * units(caption)
    assert np.allclose(units(fused), units(between), atol=1e-6)
    assert np.allclose(fuse(pictures, [pack(pictures[0] * 7)]), pictures, rtol=1e-5)


def test_scale_of_the_caption_changes_nothing() -> None:
    pictures, caption = vectors(1), vectors(1, seed=4)[0]
    assert np.allclose(fuse(pictures, [pack(caption)]), fuse(pictures, [pack(caption * 50)]), rtol=1e-4)


# --- the cache on disk -------------------------------------------------------------------------


@pytest.fixture
def library(home: Path) -> Library:
    files_ = [(f"{g}.png", png(scene(g, i))) for i, g in enumerate(("red", "green", "blue"))]
    libraries.build("L", UploadSource(files_), ColourEncoder())
    return row()


def row() -> Library:
    with read_session() as session:
        found = LibraryRepository(session).by_name("L")
    assert found is not None
    return found


def reopened(library: Library) -> LibraryIndex:
    index_cache._opened.clear()
    return open_index(library, library.encoder, 6)


def best(index: LibraryIndex) -> int:
    query = units(ColourEncoder().encode_texts(["blue"]))
    return int(index.search(query, 1)[0][0][0])


def saved_files() -> list[Path]:
    return sorted(p for p in get_settings().indexes_dir.rglob("*") if p.is_file())


def test_opened_once_it_stays_open_and_on_disk(library: Library) -> None:
    first = open_index(library, library.encoder, 6)
    assert open_index(library, library.encoder, 6) is first
    assert [p.suffix for p in saved_files()] == [".faiss", ".npy", ".json"]


def test_sound_file_is_opened_without_the_rows(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = best(reopened(library))
    monkeypatch.setattr(index_build, "build", lambda *_: pytest.fail("read the rows"))
    assert best(reopened(library)) == expected


@pytest.mark.parametrize("how", ["flip", "truncate", "remove", "swap"])
@pytest.mark.parametrize("which", range(3))
def test_damaged_file_is_noticed_and_built_again(library: Library, how: str, which: int) -> None:
    expected = best(reopened(library))
    path = saved_files()[which]
    sound = path.read_bytes()
    if how == "flip":
        path.write_bytes(
            sound[: len(sound) // 2] + bytes([sound[len(sound) // 2] ^ 4]) + sound[len(sound) // 2 + 1 :]
        )
    elif how == "truncate":
        path.write_bytes(sound[: len(sound) // 2])
    elif how == "swap":
        path.write_bytes(b"{}")
    else:
        path.unlink()
    assert best(reopened(library)) == expected
    if path.name == index_manifest.MANIFEST:  # it names the files that were written anew
        assert json.loads(path.read_text()).keys() == json.loads(sound).keys()
    else:
        assert path.read_bytes() == sound


def test_library_that_changed_is_indexed_anew(library: Library) -> None:
    assert len(open_index(library, library.encoder, 6)) == 3
    libraries.build("L", UploadSource([("new.png", png(scene("yellow", 7)))]), ColourEncoder())
    assert len(open_index(row(), library.encoder, 6)) == 4
    assert len(saved_files()) == 3  # the old files are gone
    assert libraries.search("L", ["yellow"], 1, ColourEncoder())[0][0].file_name == "new.png"


def test_full_disk_does_not_stop_a_search(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_sync", full)
    assert libraries.search("L", ["blue"], 1, ColourEncoder())[0][0].file_name == "blue.png"
    assert saved_files() == []


def test_few_indexes_stay_open(home: Path) -> None:
    for number in range(index_cache.KEPT_OPEN + 2):
        libraries.build(f"L{number}", UploadSource([("a.png", png(scene("red", number)))]), ColourEncoder())
        libraries.search(f"L{number}", ["red"], 1, ColourEncoder())
    assert len(index_cache._opened) == index_cache.KEPT_OPEN


def test_deleted_library_leaves_no_index(library: Library) -> None:
    open_index(library, library.encoder, 6)
    libraries.delete("L")
    assert saved_files() == []


def test_manifest_names_no_path_outside(library: Library) -> None:
    reopened(library)
    manifest = next(p for p in saved_files() if p.name == "manifest.json")
    content = json.loads(manifest.read_text())
    del content["manifest"]
    content["files"] = {"../../../../etc/hostname": next(iter(content["files"].values()))}
    index_files._write_manifest(manifest.parent, content)
    assert best(reopened(library)) == best(open_index(library, library.encoder, 6))


# --- what no index takes -----------------------------------------------------------------------


def spoil(image: bytes) -> None:
    with unit_of_work() as work:
        work.session.execute(update(ItemVector).where(ItemVector.item_id == 3).values(image=image))
        work.session.execute(update(Library).values(version=Library.version + 1))
        work.commit()


@pytest.mark.parametrize(
    "image", [pack(np.full(6, np.nan)), pack(np.zeros(6)), pack(np.ones(5))], ids=["nan", "zero", "dimension"]
)
def test_unsound_vector_is_refused_and_reindexing_mends_it(library: Library, image: bytes) -> None:
    spoil(image)
    with pytest.raises(InvalidInput, match="Re-index the library"):
        libraries.search("L", ["blue"], 1, ColourEncoder())
    assert libraries.reindex("L", ColourEncoder()) == 1
    assert libraries.search("L", ["blue"], 1, ColourEncoder())[0][0].file_name == "blue.png"


def test_another_encoder_is_refused_with_the_number_to_encode(library: Library) -> None:
    other = ColourEncoder("fake/other", dim=9)
    with pytest.raises(NotPrepared, match="3 of its 3 pictures") as refused:
        libraries.search("L", ["blue"], 1, other)
    assert refused.value.missing == 3
    libraries.reindex("L", other)
    assert libraries.search("L", ["blue"], 1, other)[0][0].file_name == "blue.png"
    assert libraries.search("L", ["blue"], 1, ColourEncoder())[0][0].file_name == "blue.png"
