"""Libraries too large to be indexed anew at each change: right at once, whatever the index on the disk is.

The policy's sizes are made small here, so that a thousand rows take the ways of a million.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, insert, update

from db.repositories.libraries import LibraryRepository
from db.tables import Item, ItemVector, Library
from services.database import read_session, unit_of_work
from services.errors import Cancelled, InvalidInput
from services.retrieval import (
    index_background,
    index_build,
    index_cache,
    index_files,
    index_manifest,
    index_policy,
    index_rows,
)
from services.retrieval.fusion import fuse
from services.retrieval.index_cache import open_index
from services.retrieval.index_library import LibraryIndex
from services.retrieval.index_manifest import IndexTarget
from services.retrieval.search import rank
from services.retrieval.vectors import pack, unit, unpack

DIM, SPACE, ROWS = 16, "fake@1", 1_200


def drawn(count: int, seed: int) -> np.ndarray:
    """Unit vectors in forty kinds."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((40, DIM))
    rows = centres[rng.choice(40, count)] + 0.8 * rng.standard_normal((count, DIM))
    return unit(rows.astype(np.float32))


def write(ids: Sequence[int], vectors: np.ndarray, version: int) -> None:
    """Items with their vectors, and the library's version, in one transaction."""
    with unit_of_work() as work:
        items = [
            {"id": i, "library_id": 1, "sha256": f"{version:032x}{i:032x}", "source_sha256": f"{i:064x}",
             "file_name": f"{i}.jpg", "caption": "", "width": 1, "height": 1, "pictured": True, "kept": False}
            for i in ids
        ]  # fmt: skip
        rows = [
            {"item_id": i, "encoder": SPACE, "library_id": 1, "version": version, "image": pack(vector)}
            for i, vector in zip(ids, vectors, strict=True)
        ]
        work.session.execute(insert(Item), items)
        work.session.execute(insert(ItemVector), rows)
        work.session.execute(update(Library).values(version=version))
        work.commit()


def remove(ids: Sequence[int], version: int) -> None:
    with unit_of_work() as work:
        work.session.execute(delete(Item).where(Item.id.in_(ids)))
        work.session.execute(update(Library).values(version=version))
        work.commit()


@pytest.fixture
def large(home: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """1,200 rows where 500 are already too many for an exact index."""
    monkeypatch.setattr(index_policy, "REBUILT_AT_ONCE", 100)
    monkeypatch.setattr(index_policy, "FLAT_ROWS", 500)
    monkeypatch.setattr(index_policy, "ALLOWED_BY_ROWS", 20)
    index_background._failed_at.clear()
    with unit_of_work() as work:
        work.session.add(Library(id=1, name="large", encoder=SPACE, version=0))
        work.commit()
    write(range(1, ROWS + 1), drawn(ROWS, 1), 1)
    return library()


@pytest.fixture
def indexed(large: Library) -> Library:
    index_background.make(target(large))
    return large


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> list[IndexTarget]:
    """No index is made beside the test; who asked for one."""
    asked: list[IndexTarget] = []
    monkeypatch.setattr(index_background, "request", asked.append)
    return asked


def library() -> Library:
    with read_session() as session:
        found = LibraryRepository(session).by_name("large")
    assert found is not None
    return found


def target(row: Library) -> IndexTarget:
    return IndexTarget(row.id, row.created_at, SPACE, DIM)


def opened() -> LibraryIndex:
    return open_index(library(), SPACE, DIM)


def restarted() -> LibraryIndex:
    index_cache._opened.clear()
    return opened()


def exact(queries: np.ndarray, count: int, allowed: Sequence[int] | None = None) -> list[list[int]]:
    """By looking at every row of the database."""
    rows = index_rows.fetch(target(library()), index_rows.changed_since(target(library())))
    chosen = np.ones(len(rows.ids), bool) if allowed is None else np.isin(rows.ids, allowed)
    cosines = queries @ rows.units[chosen].T
    return [rows.ids[chosen][np.argsort(-line)[:count]].tolist() for line in cosines]


def recall(index: LibraryIndex, queries: np.ndarray, allowed: Sequence[int] | None = None) -> float:
    found = [
        {i for i, _ in hits}
        for hits in rank(index, queries, 10, None if allowed is None else np.array(allowed))
    ]
    true = exact(queries, 10, allowed)
    return sum(len(f & set(t)) for f, t in zip(found, true, strict=True)) / sum(map(len, true))


def first(index: LibraryIndex, vector: np.ndarray) -> int | None:
    [hits] = rank(index, vector[None], 1)
    return hits[0][0] if hits else None


# --- the index itself --------------------------------------------------------------------------


def test_large_library_gets_lists_of_codes_with_measured_probes(indexed: Library) -> None:
    manifest = index_manifest.read_manifest(target(indexed))
    assert manifest is not None
    assert manifest["rows"] == ROWS
    assert manifest["recall"] >= index_policy.ENOUGH
    index = restarted()
    assert index.current
    assert recall(index, drawn(50, 2)) >= 0.97


def test_figures_are_those_of_the_rows_not_of_the_codes(indexed: Library) -> None:
    index, queries, vectors = restarted(), drawn(5, 3), drawn(ROWS, 1)
    for query, (ids, cosines) in zip(queries, index.search(queries, 10), strict=True):
        assert np.allclose(cosines, vectors[ids - 1] @ query, atol=1e-6)
        assert np.allclose(index.units(ids), vectors[ids - 1], atol=1e-7)
    assert index.norm(7) == pytest.approx(1.0)


def test_same_rows_give_the_same_index(large: Library) -> None:
    one, two = (index_build.build(target(large)) for _ in range(2))
    queries = drawn(20, 4)
    found = [[ids.tolist() for ids, _ in built.index.search(queries, 10)] for built in (one, two)]
    assert found[0] == found[1]


def test_building_holds_one_piece_of_the_rows_at_a_time(
    large: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_rows, "PIECE", 100)
    monkeypatch.setattr(index_policy, "SAMPLE_PER_LIST", 4)
    read: list[int] = []
    fetch = index_rows.fetch

    def counted(where: IndexTarget, ids: np.ndarray) -> index_rows.Rows:
        read.append(len(ids))
        return fetch(where, ids)

    monkeypatch.setattr(index_rows, "fetch", counted)
    assert len(index_build.build(target(large)).index) == ROWS
    assert max(read) <= 100


def test_building_stops_when_asked(large: Library) -> None:
    with pytest.raises(Cancelled):
        index_background.make(target(large), stop=lambda: True)
    assert index_files.load(target(large)) is None


def test_lists_grow_with_the_library() -> None:
    assert [index_policy.lists_for(n) for n in (200_000, 1_000_000, 4_000_000)] == [1024, 2048, 4096]


# --- right at once -----------------------------------------------------------------------------


@pytest.mark.both_databases
def test_without_an_index_the_rows_answer_and_one_is_asked_for(
    large: Library, still: list[IndexTarget]
) -> None:
    assert recall(opened(), drawn(20, 5)) == 1.0
    assert still == [target(large)]
    assert index_files.load(target(large)) is None


def test_index_comes_in_the_background_and_is_used(large: Library) -> None:
    assert not opened().current
    index_background.wait()
    assert opened().current
    assert recall(opened(), drawn(20, 5)) >= 0.97


def test_more_changes_than_memory_holds_are_read_from_the_rows(
    large: Library, still: list[IndexTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_policy, "CHANGES_KEPT", 50)
    assert recall(opened(), drawn(20, 5)) == 1.0
    assert recall(opened(), drawn(20, 5), list(range(1, 300))) == 1.0


def test_deleted_added_and_changed_count_at_once_on_the_old_index(
    indexed: Library, still: list[IndexTarget]
) -> None:
    old, new = drawn(ROWS, 1), drawn(3, 6)
    assert first(restarted(), old[9]) == 10
    remove([10], 2)
    assert first(opened(), old[9]) != 10
    write([ROWS + 1], new[:1], 3)
    assert first(opened(), new[0]) == ROWS + 1
    with unit_of_work() as work:
        changed = update(ItemVector).where(ItemVector.item_id == 20).values(image=pack(new[1]), version=4)
        work.session.execute(changed)
        work.session.execute(update(Library).values(version=4))
        work.commit()
    assert first(opened(), new[1]) == 20
    assert first(opened(), old[19]) != 20
    assert index_manifest.read_manifest(target(indexed))["version"] == 1  # type: ignore[index]
    assert still == []


def test_id_that_is_used_again_is_the_new_picture_alone(indexed: Library, still: list[IndexTarget]) -> None:
    old, new = drawn(ROWS, 1), drawn(1, 7)
    remove([ROWS], 2)
    write([ROWS], new, 3)  # SQLite gives the highest id away again
    index = restarted()
    assert first(index, new[0]) == ROWS
    [hits] = rank(index, old[-1:], 20)
    figures = dict(hits)
    assert figures.get(ROWS, 0.0) == pytest.approx(
        float(new[0] @ old[-1]) if ROWS in figures else 0.0, abs=1e-5
    )


def test_caption_that_came_later_is_searched_at_once(indexed: Library, still: list[IndexTarget]) -> None:
    restarted()
    words = drawn(1, 8)
    with unit_of_work() as work:
        changed = update(ItemVector).where(ItemVector.item_id == 30).values(caption=pack(words[0]), version=2)
        work.session.execute(changed)
        work.session.execute(update(Library).values(version=2))
        work.commit()
    fused = unit(fuse(drawn(ROWS, 1)[29:30], [pack(words[0])]))
    assert first(opened(), fused[0]) == 30
    assert np.allclose(opened().units([30]), fused, atol=1e-6)


@pytest.mark.both_databases
def test_picture_that_became_a_copy_is_left_out(indexed: Library, still: list[IndexTarget]) -> None:
    with unit_of_work() as work:
        work.session.execute(update(Item).where(Item.id == 40).values(duplicate_of=41))
        work.commit()
    assert first(restarted(), drawn(ROWS, 1)[39]) != 40


def test_what_the_dead_crowd_out_is_found_further_down(indexed: Library, still: list[IndexTarget]) -> None:
    query = drawn(1, 9)
    gone = exact(query, 400)[0]
    restarted()
    remove(gone, 2)
    assert recall(opened(), query) >= 0.9
    opened()
    assert still == [target(indexed)]  # mostly dead where it was asked: it is to be made anew


def test_many_changes_have_it_made_anew_while_searches_go_on(indexed: Library) -> None:
    write(range(ROWS + 1, ROWS + 201), drawn(200, 10), 2)
    index = restarted()
    assert not index.current
    assert recall(index, drawn(20, 10)) >= 0.97
    index_background.wait()
    assert opened().current
    assert index_manifest.read_manifest(target(indexed))["rows"] == ROWS + 200  # type: ignore[index]
    assert len(list(index_manifest.folder_of(target(indexed)).iterdir())) == 3


@pytest.mark.both_databases
def test_random_changes_agree_with_looking_at_every_row(indexed: Library, still: list[IndexTarget]) -> None:
    rng, alive = np.random.default_rng(11), set(range(1, ROWS + 1))
    for version in range(2, 7):
        gone = rng.choice(sorted(alive), 40, replace=False).tolist()
        remove(gone, version)
        back = gone[: int(rng.integers(1, 30))]
        write(back, drawn(len(back), 100 + version), version)
        alive -= set(gone) - set(back)
        queries = drawn(10, 200 + version)
        assert recall(opened(), queries) >= 0.96
        for query, (ids, cosines) in zip(queries, opened().search(queries, 10), strict=True):
            rows = index_rows.fetch(target(indexed), ids)
            figures = dict(zip(rows.ids.tolist(), rows.units @ query, strict=True))
            assert [figures[i] for i in ids.tolist()] == pytest.approx(cosines.tolist(), abs=1e-6)


# --- filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [2, 15, 100, 900])
def test_filters_find_what_they_allow_and_nothing_else(indexed: Library, share: int) -> None:
    allowed = np.random.default_rng(share).choice(ROWS, share, replace=False) + 1
    index, queries = restarted(), drawn(20, 12)
    assert recall(index, queries, allowed.tolist()) >= 0.97
    for ids, _ in index.search(queries, 10, allowed):
        assert set(ids.tolist()) <= set(allowed.tolist())
        assert len(ids) == min(10, share)


def test_filter_that_allows_nothing_finds_nothing(indexed: Library) -> None:
    assert restarted().search(drawn(1, 13), 5, [])[0][0].tolist() == []
    assert restarted().search(drawn(1, 13), 5, [ROWS + 77])[0][0].tolist() == []


# --- faults ------------------------------------------------------------------------------------


def index_file(row: Library) -> Path:
    return next(index_manifest.folder_of(target(row)).glob("*.faiss"))


def flip(path: Path, place: int, same_time: bool) -> None:
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(place)
        [byte] = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 16]))
    if same_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_file_that_rotted_is_opened_at_once_then_found_out(
    indexed: Library, still: list[IndexTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_files, "HEAD", 1_000)
    index_background.make(target(indexed))
    flip(index_file(indexed), index_file(indexed).stat().st_size // 2, same_time=True)
    index = restarted()
    assert index.current
    index_background.wait()
    assert not opened().current  # by the rows now
    assert recall(opened(), drawn(10, 14)) == 1.0
    assert set(still) == {target(indexed)}


def test_file_that_was_written_to_is_never_opened(
    indexed: Library, still: list[IndexTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_files, "HEAD", 1_000)
    index_background.make(target(indexed))
    flip(index_file(indexed), index_file(indexed).stat().st_size // 2, same_time=False)
    assert not restarted().current


@pytest.mark.parametrize("place", [5, 400])
def test_what_faiss_interprets_is_checked_before_it_is_opened(
    indexed: Library, still: list[IndexTarget], monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    monkeypatch.setattr(index_files, "HEAD", 1_000)
    index_background.make(target(indexed))
    flip(index_file(indexed), place, same_time=True)
    assert not restarted().current


def test_truncated_file_is_never_opened(indexed: Library, still: list[IndexTarget]) -> None:
    path = index_file(indexed)
    os.truncate(path, path.stat().st_size - 1)
    assert not restarted().current
    assert recall(opened(), drawn(5, 14)) == 1.0


def test_files_from_a_backup_are_verified_once_then_known(
    indexed: Library, still: list[IndexTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_files, "HEAD", 1_000)
    index_background.make(target(indexed))
    path = index_file(indexed)
    path.write_bytes(path.read_bytes())
    assert restarted().current
    restarted()
    loaded = index_files.load(target(indexed))
    assert loaded is not None
    assert not loaded.sound  # only its head was read this time


def test_index_half_written_by_a_killed_process_is_never_opened(
    indexed: Library, still: list[IndexTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    write([ROWS + 1], drawn(1, 15), 2)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(index_files, "_write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            index_background.make(target(indexed))
    index = restarted()
    assert index_manifest.read_manifest(target(indexed))["version"] == 1  # type: ignore[index]
    assert first(index, drawn(1, 15)[0]) == ROWS + 1
    index_background.make(target(indexed))
    assert len(list(index_manifest.folder_of(target(indexed)).iterdir())) == 3  # what was left lying is gone


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_vector_that_is_no_vector_is_refused_wherever_it_comes_in(
    indexed: Library, still: list[IndexTarget], bad: float
) -> None:
    write([ROWS + 1], np.full((1, DIM), bad, np.float32), 2)
    with pytest.raises(InvalidInput, match="zero or not a number"):
        restarted()
    with pytest.raises(InvalidInput, match="zero or not a number"):
        index_build.build(target(indexed))


def test_vectors_of_another_dimension_are_refused(large: Library, still: list[IndexTarget]) -> None:
    index_background.make(target(large))
    with pytest.raises(InvalidInput, match="Re-index"):
        rank(open_index(large, SPACE, 24), np.ones((1, 24), np.float32), 3)


def test_failed_attempt_waits_before_the_next(large: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def full(*_: object, **__: object) -> None:
        tried.append(1)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index_background, "build", full)
    for _ in range(3):
        assert recall(restarted(), drawn(2, 5)) == 1.0
        index_background.wait()
    assert len(tried) == 1


# --- many at once ------------------------------------------------------------------------------


def test_threads_search_while_it_is_made_anew(indexed: Library) -> None:
    restarted()
    wrong: list[object] = []

    def look(seed: int) -> None:
        try:
            for place in range(8):
                vectors = drawn(ROWS, 1)[place::197]
                wrong.extend(p for p, v in enumerate(vectors) if first(opened(), v) != place + 1 + 197 * p)
        except Exception as error:  # noqa: BLE001 - a thread's failure would go unseen
            wrong.append(error)

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for version in range(2, 5):
        write([ROWS + version], drawn(1, 300 + version), version)
        index_background.make(target(indexed))
    for thread in threads:
        thread.join()
    assert wrong == []


WRITER = """
import sys
from services.retrieval import index_background, index_policy
from tests.integration.test_index_scale import library, target
index_policy.FLAT_ROWS = 500
print("ready", flush=True)
while True:
    index_background.make(target(library()))
"""


def test_another_process_may_be_killed_while_it_writes(indexed: Library, still: list[IndexTarget]) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        for _ in range(25):
            assert restarted().current
            assert first(opened(), drawn(ROWS, 1)[4]) == 5
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        if writer.stdout is not None:
            writer.stdout.close()
    assert restarted().current
    assert index_background.make(target(indexed))  # the dead one's lock is free


def test_vectors_are_kept_as_they_were_written(large: Library) -> None:
    rows = index_rows.fetch(target(large), np.array([5, 3, 9_999]))
    assert rows.ids.tolist() == [3, 5]
    assert np.allclose(rows.units, unpack([pack(v) for v in drawn(ROWS, 1)[[2, 4]]], DIM), atol=1e-7)
