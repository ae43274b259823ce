"""Which file is whose picture: names first, then folders, and nothing is guessed."""

from __future__ import annotations

import time
import unicodedata

import pytest

from services.retrieval.legacy.matching import listed, match


def pairs(files: list[str], names: list[str]) -> dict[str, str]:
    return {files[file]: names[name] for file, name in match(files, names).pairs}


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("dog.jpg", "dog.jpg"),
        ("photos/DOG.JPG", "old/drive/dog.jpg"),
        ("dog.jpeg", "dog.jpg"),
        ("dog.JPE", "dog.jpeg"),
        ("a\\b\\dog.jpg", "b/dog.jpg"),
        (unicodedata.normalize("NFD", "개.jpg"), "개.jpg"),
        (" dog.jpg", "dog.jpg"),
    ],
)
def test_names_are_read_as_people_read_them(file: str, name: str) -> None:
    assert pairs([file], [name]) == {file: name}


@pytest.mark.parametrize(
    ("file", "name"),
    [("dog.png", "dog.jpg"), ("dog1.jpg", "dog.jpg"), ("jpg", ".jpg"), ("dog.jpg/x", "dog.jpg")],
)
def test_other_names_are_other_pictures(file: str, name: str) -> None:
    assert match([file], [name]).unknown == [0]


def test_folders_decide_between_equal_names() -> None:
    names = ["a/1.jpg", "b/1.jpg", "x/c/1.jpg", "y/c/1.jpg"]
    files = ["root/b/1.jpg", "y/c/1.jpg", "a/1.jpg", "z/x/c/1.jpg"]
    assert pairs(files, names) == {
        "root/b/1.jpg": "b/1.jpg", "y/c/1.jpg": "y/c/1.jpg", "a/1.jpg": "a/1.jpg", "z/x/c/1.jpg": "x/c/1.jpg",
    }  # fmt: skip


def test_what_fits_two_is_given_to_none() -> None:
    found = match(["1.jpg"], ["a/1.jpg", "b/1.jpg"])
    assert (found.pairs, found.ambiguous) == ([], {0: [0, 1]})
    found = match(["p/1.jpg", "q/1.jpg"], ["1.jpg"])
    assert (found.pairs, found.ambiguous) == ([], {0: [0], 1: [0]})
    found = match(["a/1.jpg", "1.jpg"], ["a/1.jpg", "b/1.jpg"])
    assert found.pairs == [(0, 0)]
    assert found.ambiguous == {1: [0, 1]}


def test_thousands_of_equal_names_take_no_longer() -> None:
    names = [f"shop/{i}/front.jpg" for i in range(20_000)]
    started = time.perf_counter()
    assert len(match(names[::-1], names).pairs) == 20_000
    assert time.perf_counter() - started < 5  # each with each would take minutes


def test_a_few_names_are_listed() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed("abcdefgh") == "a, b, c, d, e, …"
