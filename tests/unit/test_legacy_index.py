"""Reading a flat FAISS index by its bytes: what FAISS writes is read, all else is refused in words."""

from __future__ import annotations

import struct
from pathlib import Path

import faiss
import numpy as np
import pytest

from services.errors import InvalidInput
from services.limits import LEGACY_ROWS
from services.retrieval.legacy.flat_index import read_flat_index
from services.retrieval.legacy.pair import open_pair, pair_up
from services.retrieval.legacy.path_list import PathList
from tests.legacy_pairs import IP, flat, header, random_vectors, with_ids, write_pair

VECTORS = random_vectors(7)


def _faiss(index: faiss.Index) -> bytes:
    return bytes(faiss.serialize_index(index))


@pytest.mark.parametrize("kind", ["IndexFlatL2", "IndexFlatIP"])
@pytest.mark.parametrize("ids", [None, "IndexIDMap", "IndexIDMap2"])
def test_what_faiss_writes_is_read_to_the_bit(tmp_path: Path, kind: str, ids: str | None) -> None:
    index = getattr(faiss, kind)(6)
    if ids is None:
        index.add(VECTORS)
    else:
        index = getattr(faiss, ids)(index)
        index.add_with_ids(VECTORS, np.arange(7)[::-1].copy())
    data = _faiss(index)
    (tmp_path / "a.index").write_bytes(data)
    for source in (data, tmp_path / "a.index"):
        read = read_flat_index(source, "a.index")
        assert np.array_equal(read.vectors, VECTORS)
        assert (len(read), read.dim) == (7, 6)
        assert read.kind.endswith(kind)
        assert (read.ids is None) == (ids is None)
    assert ids is None or (read.ids is not None and read.ids.tolist() == [6, 5, 4, 3, 2, 1, 0])


def test_our_own_small_writer_is_what_faiss_writes() -> None:
    index = faiss.IndexIDMap2(faiss.IndexFlatL2(6))
    index.add_with_ids(VECTORS, np.arange(7))
    read = faiss.deserialize_index(np.frombuffer(with_ids(VECTORS, range(7)), np.uint8))
    assert (read.ntotal, read.d) == (7, 6)
    assert _faiss(faiss.IndexFlatIP(6))[:4] == b"IxFI"


def _ivf() -> bytes:
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(6), 6, 2)
    index.train(random_vectors(100))
    index.add(VECTORS)
    return _faiss(index)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (_ivf(), "of the kind IndexIVFFlat. Only flat ones"),
        (_faiss(faiss.IndexHNSWFlat(6, 8)), "of the kind IndexHNSWFlat"),
        (with_ids(VECTORS, range(7))[:37] + _ivf() + bytes(64), "of the kind IndexIVFFlat"),
        (flat(VECTORS, b"IxZZ"), "of the kind IxZZ"),
        (flat(VECTORS, b"IxFl", metric=4), "Only flat ones"),
        (flat(VECTORS, b"IxFI", metric=1), "Only flat ones"),
        (b"PK\x03\x04" + bytes(200), "not a FAISS index"),
        (b"", "not a FAISS index"),
        (b"IxF2", "ends before its first vector"),
        (b"IxF2" + header(6, 7), "damaged or cut short"),
        (flat(VECTORS)[:-1], "damaged or cut short"),
        (flat(VECTORS) + b"\0", "damaged or cut short"),
        (b"IxF2" + header(6, 8) + flat(VECTORS)[37:], "8 vectors of 6 numbers"),
        (b"IxF2" + header(5, 7) + flat(VECTORS)[37:], "7 vectors of 5 numbers"),
        (b"IxF2" + header(6, 2**62) + flat(VECTORS)[37:], "a damaged file may say anything"),
        (b"IxF2" + header(2**31 - 1, LEGACY_ROWS) + flat(VECTORS)[37:], "a damaged file may say anything"),
        (b"IxF2" + header(-6, 7) + flat(VECTORS)[37:], "a damaged file may say anything"),
        (b"IxF2" + header(6, -7) + flat(VECTORS)[37:], "a damaged file may say anything"),
        (b"IxF2" + header(6, 0) + struct.pack("<Q", 0), "holds no vectors"),
        (flat(VECTORS)[:37] + struct.pack("<Q", 2**63) + flat(VECTORS)[45:], "damaged or cut short"),
        (with_ids(VECTORS, range(6)), "damaged or cut short"),
        (with_ids(VECTORS, range(7))[:-8], "damaged or cut short"),
        (b"IxM2" + header(6, 9) + with_ids(VECTORS, range(7))[37:], "damaged or cut short"),
        (b"IxM2" + header(6, 1) + b"IxM2", "of the kind IndexIDMap2"),
    ],
)
def test_everything_else_is_refused_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a.index").write_bytes(data)
    for source in (data, tmp_path / "a.index"):
        with pytest.raises(InvalidInput, match=words) as caught:
            read_flat_index(source, "../../a.index")
        assert "/" not in str(caught.value)


def test_inner_product_may_be_named_by_the_general_kind() -> None:
    assert read_flat_index(flat(VECTORS, b"IxFl", IP), "a").kind == "IndexFlatIP"


def test_a_map_inside_a_map_is_refused() -> None:
    data = b"IxM2" + header(6, 7) + with_ids(VECTORS, range(7)) + struct.pack("<Q", 7) + bytes(56)
    with pytest.raises(InvalidInput):
        read_flat_index(data, "a.index")


def test_names_lose_the_folders_that_all_share(tmp_path: Path) -> None:
    names = ["/content/drive/a/1.jpg", "/content/drive/a/2.jpg", "/content/drive/b/c/1.jpg"]
    pair = open_pair(*write_pair(tmp_path, random_vectors(3), names))
    assert pair.names == ("a/1.jpg", "a/2.jpg", "b/c/1.jpg")
    pair = open_pair(*write_pair(tmp_path, random_vectors(1), ["C:\\photos\\one.jpg"]))
    assert pair.names == ("one.jpg",)


def test_counts_must_agree(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="7 vectors, and the list 2 names"):
        open_pair(*write_pair(tmp_path, VECTORS, ["a", "b"]))
    with pytest.raises(InvalidInput, match="no such file"):
        open_pair(tmp_path / "nowhere.index", tmp_path / "pair.pkl")


def test_ids_say_which_name_is_whose() -> None:
    vectors, names = random_vectors(3), ("a.jpg", "b.jpg", "c.jpg")

    def paired(ids: list[int], listed: PathList) -> tuple[str, ...]:
        return pair_up(read_flat_index(with_ids(vectors, ids), "x"), listed, "x").names

    assert paired([2, 0, 1], PathList(names)) == ("c.jpg", "a.jpg", "b.jpg")
    assert paired([3, 1, 2], PathList(names)) == ("c.jpg", "a.jpg", "b.jpg")
    assert paired([70, 50, 60], PathList(names, (50, 60, 70))) == ("c.jpg", "a.jpg", "b.jpg")
    for ids, listed in (
        ([70, 50, 60], PathList(names)),
        ([0, 0, 1], PathList(names)),
        ([0, 1, -1], PathList(names)),
        ([0, 1, 2], PathList(names, (0, 1, 1))),
        ([5, 6, 7], PathList(names, (5, 6, 8))),
    ):
        with pytest.raises(InvalidInput, match="columns id and file"):
            paired(ids, listed)
