"""Every source of pictures can be chosen in the form, and puts its own work into the queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services import libraries, library_runs
from services.jobs import queue
from services.people import Person, Role, act_as, actor
from services.retrieval.sources_folder import FolderSource
from services.settings import get_settings
from tests.pages.conftest import Open, words
from tests.retrieval_fakes import ColourEncoder, fill, scene
from ui import library_form as form

PAGE = "pages/libraries.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = fill(tmp_path / "in", {"a.png": scene("red", 1)})
    (root / "list.csv").write_text("file,licence\na.png,CC0\n")
    return root


def chosen(app: AppTest, kind: str) -> AppTest:
    app.text_input(key="library_new_name").set_value("Shoot")
    return app.segmented_control(key="library_new_kind").set_value(kind).run()


def add(app: AppTest) -> list[dict[str, Any]]:
    """Press the button; the payloads of what is in the queue then."""
    app.button(key="library_new_add").click().run()
    return [dict(run.payload) for run in queue.active()]


def test_a_folder_and_a_manifest_of_this_machine(open_page: Open, folder: Path) -> None:
    app = chosen(open_page(PAGE), "folder")
    app.text_input(key="library_new_path").set_value("/nowhere/at/all")
    assert add(app) == []
    assert "no folder or ZIP file" in words(app)
    app.text_input(key="library_new_path").set_value(str(folder))
    wanted = [{"library": "Shoot", "path": str(folder)}]
    assert add(app) == wanted
    assert add(app) == wanted  # a double click is one run
    app = chosen(open_page(PAGE), "manifest")
    app.text_input(key="library_new_manifest").set_value(str(folder / "list.csv"))
    assert {"library": "Shoot", "manifest": str(folder / "list.csv")} in add(app)


def test_another_library(open_page: Open, folder: Path) -> None:
    libraries.build("Old", FolderSource(folder), ColourEncoder())
    app = chosen(open_page(PAGE), "library")
    assert add(app) == []
    assert "Choose where the pictures are first" in words(app)
    app.selectbox(key="library_new_source").set_value("Old")
    assert add(app) == [{"library": "Shoot", "from": "Old"}]


def test_unsplash_asks_for_its_key_and_then_for_words(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = chosen(open_page(PAGE), "unsplash")
    assert "AIM_STUDIO_UNSPLASH_ACCESS_KEY" in words(app)
    monkeypatch.setenv("AIM_STUDIO_UNSPLASH_ACCESS_KEY", "key-of-mine")
    get_settings.cache_clear()
    app = chosen(open_page(PAGE), "unsplash")
    app.text_input(key="library_new_term").set_value("cozy sofa")
    app.number_input(key="library_new_count").set_value(12)
    assert add(app) == [{"library": "Shoot", "unsplash": "cozy sofa", "count": 12}]
    assert "key-of-mine" not in words(app)


def test_paths_of_this_machine_are_for_its_administrator(home: Path) -> None:
    for role, kinds in ((Role.ADMIN, 5), (Role.CREATOR, 3)):
        with act_as(Person("p", "P", role)):
            assert len(form._kinds()) == kinds
            assert actor().may(Role.CREATOR)


@pytest.mark.parametrize(
    "start",
    [
        lambda: library_runs.start_folder_library("x", "/"),
        lambda: library_runs.start_manifest_library("x", "/etc/passwd"),
    ],
)
def test_a_creator_cannot_read_this_machine(home: Path, start: Callable[[], str]) -> None:
    from services.errors import NotAllowed

    with act_as(Person("p", "P", Role.CREATOR)), pytest.raises(NotAllowed):
        start()
