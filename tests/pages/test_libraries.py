"""The Libraries page in every state, with a fake search model and a real worker in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from db.tables import Item, Library
from services import libraries, library_edit, library_health, library_pages
from services.choices import EngineChoice
from services.database import unit_of_work
from services.engines import Engine, Parts, use_engine
from services.jobs import steps
from services.jobs.worker import Worker
from services.library_edit import add_tags, all_of, set_licence
from services.retrieval.sources_upload import UploadSource
from services.storage.images import get_store
from tests.pages import seeds
from tests.pages.conftest import Open, words
from tests.retrieval_fakes import COLOURS, ColourEncoder, png, scene
from ui import library_table

PAGE = "pages/libraries.py"
NAME = "colours"


def _unused() -> None:
    raise AssertionError("no model is loaded here")


@pytest.fixture
def library(home: object) -> Iterator[str]:
    """Two pictures of each of six colours, named by it."""
    encoder = ColourEncoder()
    parts = Parts(_unused, lambda: encoder, _unused, _unused)  # type: ignore[arg-type]
    use_engine(Engine("lite", parts), EngineChoice())
    files = [(f"{c} {n}.png", png(scene(c, seed=n + 1))) for c in COLOURS for n in range(2)]
    libraries.build(NAME, UploadSource(files), encoder)
    yield NAME
    use_engine(None, EngineChoice())


def work() -> None:
    Worker(steps.handlers()).run_until_idle()


def ids(name: str = NAME) -> dict[str, int]:
    return {item.file_name: item.id for item in library_pages.page(name, per_page=200).items}


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page asks the worker for is done when it waits for it."""
    from services.jobs import queue

    wait = queue.wait

    def done(run_id: str, seconds: float) -> Any:
        work()
        return wait(run_id, 0.0)

    monkeypatch.setattr(queue, "wait", done)


def names(app: Any, start: str) -> list[str]:
    return [b.label for b in app.main.button if str(b.key or "").startswith(start)]


def test_the_list_says_how_each_library_fares(open_page: Open, library: str) -> None:
    app = open_page(PAGE)
    assert not app.exception
    assert "12 pictures" in words(app)
    assert "Ready" in words(app)
    assert "Search model: Built in" in words(app)
    first, second = library_pages.page(NAME).items[:2]
    get_store().path(first.sha256).unlink()
    with unit_of_work() as changes:
        waiting = changes.session.get_one(Item, second.id)
        waiting.pictured = False
        changes.session.get_one(Library, waiting.library_id).version += 1
        changes.commit()
    library_health.start_check(NAME)
    work()
    library_health.forget()
    said = words(open_page(PAGE))
    assert "1 picture is missing from disk." in said
    assert "and 1 more" in said
    app = open_page(PAGE, library=NAME)
    assert not app.exception
    assert "1 picture waits for its file." in words(app)


def test_a_search_says_why_and_can_be_shared(open_page: Open, library: str, now: None) -> None:
    app = open_page(PAGE, library=NAME, q="something red")
    assert not app.exception
    found = names(app, "open_found_")
    assert found[0].startswith("**")
    assert "red" in found[0]
    [like] = [b for b in app.main.button if b.key == f"like_{ids()['blue 0.png']}"]
    like.click().run()
    assert str(ids()["blue 0.png"]) in app.query_params["like"]
    assert "q" not in app.query_params
    assert "blue 1" in names(app, "open_found_")[0]
    assert "Like" in words(app)


def test_filters_narrow_pictures_and_searches(open_page: Open, library: str, now: None) -> None:
    library_edit.edit_all(
        NAME, [ids()["red 0.png"], ids()["blue 0.png"]], all_of([add_tags(["warm"]), set_licence("CC0")])
    )
    app = open_page(PAGE, library=NAME, tag="warm")
    assert len(names(app, "open_item_")) == 2
    app = open_page(PAGE, library=NAME, tag="warm", lic="CC0", q="red")
    assert len(names(app, "open_found_")) == 2
    assert "red 0" in names(app, "open_found_")[0]
    app = open_page(PAGE, library=NAME, tag="nothing has it")
    assert "No picture passes these filters" in words(app)


def test_a_plan_s_parts_are_searches_of_one_click(open_page: Open, library: str, now: None) -> None:
    session = seeds.session(upto="plan")
    app = open_page(PAGE, **{"library": NAME, "for": session})
    [part] = [b for b in app.main.button if b.label == seeds.QUERIES[1]]
    part.click().run()
    assert seeds.QUERIES[1] in str(app.query_params["q"])


def test_a_picture_opens_and_is_taken_out(open_page: Open, library: str) -> None:
    wanted = ids()["green 0.png"]
    app = open_page(PAGE, library=NAME, item=str(wanted))
    assert not app.exception
    said = words(app)
    assert "green 0.png" in said
    assert "96 × 72" in said
    assert "not known" in said
    assert "No session has found it yet." in said
    [button] = [b for b in app.button if b.key == "item_delete"]
    button.click().run()
    assert "green 0.png" not in ids()
    assert len(ids()) == 11


def test_words_are_saved_cell_by_cell(open_page: Open, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(PAGE, library=NAME, tab="words")
    assert not app.exception
    items = library_pages.page(NAME).items
    cells = {0: {"caption": "A red wall", "tags": ["wall"]}, 1: {"select": True}}
    state: dict[str, Any] = {"table": {"edited_rows": cells}}
    monkeypatch.setattr(library_table.st, "session_state", state)
    library_table._save(NAME, "table", items)
    saved = library_pages.item(NAME, items[0].id).row
    assert (saved.caption, saved.tags, saved.licence) == ("A red wall", ("wall",), None)
    library_edit.edit(NAME, {items[0].id: add_tags(["by another"])})
    cells[0]["licence"] = "CC0"  # the editor still holds the caption and the tags of before
    library_table._save(NAME, "table", items)
    saved = library_pages.item(NAME, items[0].id).row
    assert (saved.tags, saved.licence) == (("by another", "wall"), "CC0")
    cells[1]["caption"] = "x" * 2000
    library_table._save(NAME, "table", items)
    assert "At most" in state[library_table.FAULT]


def test_many_are_changed_at_once_and_back(open_page: Open, library: str) -> None:
    app = open_page(PAGE, library=NAME, tab="words")
    app.multiselect(key="bulk_add").set_value([])
    app.selectbox(key="bulk_licence").set_value(None)
    app.button(key="bulk_apply").click().run()
    assert "Choose tags or a licence first." in words(app)
    library_edit.edit_all(NAME, list(ids().values()), add_tags(["studio"]))
    app = open_page(PAGE, library=NAME, tab="words")
    app.button(key="library_bulk_undo").click().run()
    assert "12 pictures changed." in words(app)
    assert library_pages.tags_in_use(NAME) == {}


def test_the_map_shows_pictures_and_texts(open_page: Open, library: str, now: None) -> None:
    app = open_page(PAGE, library=NAME, tab="map", texts="red")
    assert not app.exception
    assert not app.error
    [chart] = app.get("plotly_chart")
    assert "red" in chart.proto.spec
    assert "middle of the five pictures" in words(app)


def test_coverage_names_what_is_missing(
    open_page: Open, library: str, now: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(PAGE, library=NAME, tab="coverage", texts="a red wall")
    assert "answers the 1 part asked for" in words(app)
    monkeypatch.setattr(ColourEncoder, "relevance_floor", 0.999)
    app = open_page(PAGE, library=NAME, tab="coverage", texts="red and green")
    assert "0 of 1 parts are answered" in words(app)
    assert "Nothing here answers “red and green”" in words(app)


@pytest.mark.parametrize("tab", ["", "map", "words", "duplicates", "coverage"])
def test_an_empty_library_invites(open_page: Open, home: object, tab: str) -> None:
    with unit_of_work() as changes:
        changes.session.add(Library(name="empty", encoder="none", version=0))
        changes.commit()
    app = open_page(PAGE, library="empty", tab=tab, lang="ko")
    assert not app.exception
    assert not app.error
