"""Duplicates side by side, an index of another tool and its pictures, on the Libraries page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from services import engines, libraries, library_duplicates, library_import
from services.choices import EngineChoice
from services.engines import Engine, Parts, use_engine
from services.jobs import steps
from services.jobs.worker import Worker
from services.retrieval.sources_upload import UploadSource
from tests.legacy_pairs import random_vectors, write_pair
from tests.pages.conftest import Open, words
from tests.retrieval_fakes import ColourEncoder, encoded, png, scene

PAGE = "pages/libraries.py"
ENCODER = ColourEncoder()
PHOTO = scene("blue", 4, (640, 480))


def _unused() -> None:
    raise AssertionError("no model is loaded here")


@pytest.fixture(autouse=True)
def engine(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(engines, "_encoder", lambda name: ENCODER)
    choices = [EngineChoice(), EngineChoice(encoder="kandinsky21"), EngineChoice(encoder="kandinsky22")]
    for choice in choices:
        parts = Parts(_unused, lambda: ENCODER, _unused, _unused)  # type: ignore[arg-type]
        use_engine(Engine(choice.name, parts), choice)
    yield
    for choice in choices:
        use_engine(None, choice)


@pytest.fixture
def library() -> str:
    """A picture and two copies of it, the smaller with a caption of its own."""
    small = png(PHOTO.resize((320, 240), Image.Resampling.LANCZOS))
    files = [
        ("1.png", png(PHOTO)),
        ("2.jpg", encoded(PHOTO, "JPEG", quality=60)),
        ("3.png", small),
        ("captions.csv", b"file,caption\n3.png,A *blue* evening\n"),
    ]
    libraries.build("L", UploadSource(files), ENCODER)
    return "L"


def work() -> None:
    Worker(steps.handlers()).run_until_idle()


def press(app: Any, label: str, place: int = 0) -> Any:
    app = [b for b in app.main.button if b.label == label][place].click().run()
    assert not app.exception
    return app


def copies() -> list[str]:
    return [pair.copy.file_name for pair in library_duplicates.pairs("L").pairs]


def test_pairs_are_shown_and_decided_one_by_one(open_page: Open, library: str) -> None:
    app = open_page(PAGE, library=library, tab="duplicates")
    said = words(app)
    assert not app.exception
    assert "2 pairs wait for a decision" in said
    assert "640 x 480" in said
    assert "320 x 240" in said
    assert "Caption: *none* → A \\*blue\\* evening" in said
    app = press(app, "Keep both", place=1)  # the first button decides about the whole page
    assert copies() == ["3.png"]
    assert "1 pair decided." in words(app)
    app = press(app, "Let the copy stay instead")
    assert copies() == ["1.png"]
    assert "The copy is the larger picture." in words(app)
    app = press(app, "Merge", place=1)
    assert copies() == []
    assert "No pair waits for a decision." in words(app)


def test_a_page_is_decided_at_once(open_page: Open, library: str) -> None:
    app = press(open_page(PAGE, library=library, tab="duplicates"), "Remove copy")
    assert "2 pairs decided." in words(app)
    assert libraries.get_library(library).images == 1


def test_what_somebody_decided_meanwhile_is_said(open_page: Open, library: str) -> None:
    app = open_page(PAGE, library=library, tab="duplicates")
    library_duplicates.keep(library, library_duplicates.marked(library))
    assert "Somebody decided this meanwhile" in words(press(app, "Merge"))


def test_the_library_is_looked_through_from_its_page(open_page: Open, library: str) -> None:
    library_duplicates.drop(library, library_duplicates.marked(library))
    app = open_page(PAGE, library=library, tab="duplicates")
    app = press(app, "Look for duplicates")
    assert [b for b in app.main.button if b.label == "Cancel"]
    work()
    app.run()
    assert not app.exception
    assert "1 picture compared · 0 new pairs" in words(app)


def test_viewers_look_and_decide_nothing(
    open_page: Open, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.library_duplicates.refusal", lambda role: "Ask a creator.")
    app = open_page(PAGE, library=library, tab="duplicates")
    labels = {"Merge", "Keep both", "Remove copy", "Look for duplicates", "Let the copy stay instead"}
    buttons = [b for b in app.main.button if b.label in labels]
    assert {b.label for b in buttons} == labels
    assert all(b.disabled for b in buttons)


def test_a_pair_is_imported_and_gets_its_pictures(open_page: Open, tmp_path: Path) -> None:
    vectors = random_vectors(3)
    vectors[2] = vectors[0]
    index, listed = write_pair(tmp_path, vectors, ["/old/a.jpg", "/old/b.jpg", "/old/c.jpg"])
    app = press(open_page(PAGE), "Import this index")
    assert "The library needs a name." in words(app)
    app.text_input(key="import_name").input("Old study")
    app.run()
    assert "needs both files" in words(press(app, "Import this index"))
    kind = "application/octet-stream"
    app.file_uploader(key="import_index").upload("old.index", index.read_bytes(), kind)
    app.file_uploader(key="import_list").upload("old.pkl", b"cos\nsystem\n.", kind).run()
    assert "asks for code to be run" in words(press(app, "Import this index"))
    app.file_uploader(key="import_list").upload("old.pkl", listed.read_bytes(), kind)
    app = press(app, "Import this index")
    work()
    app.run()
    said = words(app)
    assert "3 pictures added · 1 of them is a copy of another" in said
    assert "3 pictures wait for their files." in said
    app = open_page(PAGE, library="Old study")
    app.file_uploader(key="attach_Old study_files").upload(
        "B.JPG", encoded(scene("red"), "JPEG"), "image/jpeg"
    )
    app = press(app, "Attach these pictures")
    work()
    app.run()
    assert not app.exception
    assert "1 picture attached" in words(app)
    assert library_import.waiting("Old study") == 2
    app = open_page(PAGE, library="Old study", tab="duplicates")
    assert "The same, byte for byte" in words(app)
    assert not app.exception
