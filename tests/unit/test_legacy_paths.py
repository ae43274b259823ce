"""Lists of names from outside: plain lists are read, nothing in a file is ever run."""

from __future__ import annotations

import json
import os
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput
from services.retrieval.legacy.list_pickle import read_pickled_list
from services.retrieval.legacy.path_list import read_path_list

NAMES = ["/content/a b.jpg", "개.jpg", "c,d.png"]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", [list, tuple])
def test_every_protocol_of_pickle_is_read(protocol: int, kind: type) -> None:
    for names in (
        [],
        ["a"],
        ["a", "b"],
        ["a", "b", "c"],
        NAMES,
        ["x"] * 3,
        [f"{i}.jpg" for i in range(2500)],
    ):
        assert read_pickled_list(pickle.dumps(kind(names), protocol), "a.pkl") == names


@given(st.lists(st.text()), st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_any_list_of_texts_comes_back(names: list[str], protocol: int) -> None:
    assert read_pickled_list(pickle.dumps(names, protocol), "a.pkl") == names


class Runs:
    """Unpickled the ordinary way it would leave a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_code_is_never_run(tmp_path: Path, protocol: int) -> None:
    for value in (Runs(tmp_path / "ran"), ["a.jpg", Runs(tmp_path / "ran")], (Runs(tmp_path / "ran"),)):
        with pytest.raises(InvalidInput, match=r"asks for code|more than a plain list"):
            read_path_list(pickle.dumps(value, protocol), "a.pkl")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "value",
    [
        {"a": "b"}, "text", b"bytes", 7, None, 1.5, {"a"}, ["a", 1], ["a", None], ["a", b"b"], [["a"]],
        [("a", "b")], (["a"],), ((),), ["a", ["b", ["c"]]], [True], [Path("a.jpg")], [b"x" * 10],
    ],
)  # fmt: skip
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_other_values_are_refused(value: object, protocol: int) -> None:
    with pytest.raises(InvalidInput):
        read_pickled_list(pickle.dumps(value, protocol), "a.pkl")


HOSTILE = {
    "global": b"cos\nsystem\n(S'true'\ntR.",
    "stack global": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
    "inst": b"(S'true'\nios\nsystem\n.",
    "extension": b"\x80\x02\x82\x01.",
    "persistent id": b"Psomething\n.",
    "itself": b"\x80\x04]\x94h\x00a.",
    "itself in a batch": b"\x80\x04]\x94(h\x00h\x00e.",
    "its own tuple": b"\x80\x04(\x8c\x01a\x94h\x00t\x94(h\x01t.",
    "memo of nothing": b"\x80\x04]\x94(h\x07e.",
    "memo before a value": b"\x80\x04\x94.",
    "marks and no list": b"\x80\x04" + b"(" * 1000 + b".",
    "no stop": b"\x80\x04]\x94(\x8c\x01ae",
    "after the end": pickle.dumps(["a"]) + b"cos\nsystem\n.",
    "two lists": b"\x80\x04]\x94]\x94.",
    "nothing left": b"\x80\x040.",
    "a pop": b"\x80\x04]\x940].",
    "a duplicate": b"\x80\x04]2.",
    "append to a text": b"\x80\x04\x8c\x01a\x8c\x01ba.",
    "append to nothing": b"\x80\x04\x8c\x01aa.",
    "length beyond the file": b"\x80\x04]\x94(\x8d" + (2**62).to_bytes(8, "little") + b"abce.",
    "negative length": b"\x80\x02](X\xff\xff\xff\xffabce.",
    "long number": b"\x80\x02\x8b\xff\xff\xff\x7f.",
    "byte array": b"\x80\x05\x96" + (2**62).to_bytes(8, "little") + b".",
    "unknown opcode": b"\x80\x04\xff.",
    "not text": b"\x80\x04]\x94(\x8c\x02\xff\xfee.",
    "empty": b"",
    "protocol alone": b"\x80\x04",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_pickles_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_pickled_list(data, "a.pkl")
    assert "a.pkl" in str(caught.value)


def test_a_frame_that_lies_about_its_length_means_nothing() -> None:
    """Frames are for reading ahead; nothing is read ahead here."""
    data = b"\x80\x04\x95" + (2**62).to_bytes(8, "little") + b"]\x8c\x01aa."
    assert read_pickled_list(data, "a.pkl") == ["a"]


def test_large_memo_numbers_reserve_nothing() -> None:
    """CPython's own unpickler makes a table of twice that size."""
    data = b"\x80\x02]r\xff\xff\xff\x7f(X\x01\x00\x00\x00ar\xfe\xff\xff\x7fj\xfe\xff\xff\x7fe."
    tracemalloc.start()
    assert read_pickled_list(data, "a.pkl") == ["a", "a"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_doubling_by_reference_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long text that is fetched again and again costs one reference each, and those are counted."""
    from services.retrieval.legacy import list_pickle

    monkeypatch.setattr(list_pickle, "LEGACY_ROWS", 1000)
    body = b"\x80\x04](\x8c\xff" + b"x" * 255 + b"\x94" + b"h\x00" * 1000 + b"e."
    with pytest.raises(InvalidInput, match="more names than can be imported"):
        read_pickled_list(body, "a.pkl")


@pytest.mark.parametrize("depth", [2, 1000, 100_000])
def test_nested_bombs_are_refused(depth: int) -> None:
    with pytest.raises(InvalidInput, match="more than a plain list"):
        read_pickled_list(b"\x80\x04" + b"]" * depth + b"a" * (depth - 1) + b".", "a.pkl")
    with pytest.raises(InvalidInput, match=r"list of names|more than"):
        read_path_list(b"[" * depth, "a.json")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", json.dumps(NAMES)),
        ("a.txt", json.dumps(NAMES)),
        ("a.csv", '/content/a b.jpg\n개.jpg\n"c,d.png"\n'),
        ("a.csv", '\ufefffile\n/content/a b.jpg\n\n개.jpg\n"c,d.png"\n'),
        ("a.csv", 'n,Path\n1,/content/a b.jpg\n2,개.jpg\n3,"c,d.png"\n'),
    ],
)
def test_json_and_csv(name: str, text: str) -> None:
    assert read_path_list(text.encode(), name).names == tuple(NAMES)


def test_lists_may_name_the_ids() -> None:
    assert read_path_list(b"file,id\na,7\nb,3\n", "a.csv").ids == (7, 3)
    assert read_path_list(b'{"7": "a", "3": "b"}', "a.json").ids == (7, 3)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b"[1, 2]"), ("a.json", b'"a"'), ("a.json", b"{"), ("a.json", b'{"x": "a"}'),
        ("a.json", b'["a", ["b"]]'), ("a.csv", b"a,b\nc,d\n"), ("a.csv", b"file,id\na,x\n"),
        ("a.csv", b"file,id\na\n"), ("a.csv", b"\xff\xfe"), ("a.csv", b"a.jpg\nb,c.jpg\n"), ("a.csv", b""),
        ("a.json", b"[]"), ("a.csv", b"file\n"), ("a.pkl", b"not a pickle"), ("a.csv", b'a\n"b'),
    ],
)  # fmt: skip
def test_what_is_no_list_of_names_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"a\.(json|csv|pkl)"):
        read_path_list(data, name)


def test_lists_that_are_too_large_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from services.retrieval.legacy import path_list

    monkeypatch.setattr(path_list, "LEGACY_LIST_BYTES", 10)
    with pytest.raises(InvalidInput, match="too large"):
        read_path_list(b'["aaaaaaaaaaaaaaa"]', "a.json")
    monkeypatch.setattr(path_list, "LEGACY_LIST_BYTES", 100)
    monkeypatch.setattr(path_list, "LEGACY_ROWS", 1)
    with pytest.raises(InvalidInput, match="more names"):
        read_path_list(b'["a", "b"]', "a.json")
