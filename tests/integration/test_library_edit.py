"""Words of a library's pictures changed by hand, pictures taken out, and how a library fares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from db.tables import Item, ItemVector, Library
from services import audit, libraries, library_edit, library_health, library_map, library_pages
from services.choices import EngineChoice
from services.database import read_session, unit_of_work
from services.engines import Engine, Parts, use_engine
from services.errors import Conflict, InvalidInput, NotAllowed
from services.jobs import queue, steps
from services.jobs.worker import Worker
from services.library_edit import Words, add_tags, all_of, remove_tags, set_licence
from services.library_health import Trouble
from services.library_pages import ItemFilter
from services.people import Person, Role, act_as
from services.retrieval.sources_upload import UploadSource
from services.storage.images import get_store
from tests.retrieval_fakes import ColourEncoder, png, scene

NAME = "colours"
COLOURS = ("red", "green", "blue", "yellow")


def _unused() -> None:
    raise AssertionError("no other part is loaded here")


@pytest.fixture
def encoder(home: object) -> Iterator[ColourEncoder]:
    encoder = ColourEncoder()
    use_engine(Engine("lite", Parts(_unused, lambda: encoder, _unused, _unused)), EngineChoice())  # type: ignore[arg-type]
    files = [(f"{colour}.png", png(scene(colour, seed=n + 1))) for n, colour in enumerate(COLOURS)]
    libraries.build(NAME, UploadSource(files), encoder)
    library_health.forget()
    yield encoder
    use_engine(None, EngineChoice())


def ids() -> dict[str, int]:
    return {item.file_name.partition(".")[0]: item.id for item in library_pages.page(NAME).items}


def words(name: str) -> Words:
    row = library_pages.item(NAME, ids()[name]).row
    return Words(row.caption, row.tags, row.licence or "")


def found(text: str, encoder: ColourEncoder) -> str:
    [hits] = libraries.search(NAME, [text], 1, encoder)
    return hits[0].file_name


def work() -> None:
    Worker(steps.handlers()).run_until_idle()


def test_a_new_caption_is_searched_and_the_old_one_forgotten(encoder: ColourEncoder) -> None:
    assert found("white", encoder) != "red.png"
    changed = library_edit.edit(NAME, {ids()["red"]: lambda w: replace(w, caption="  A white\nwall ")})
    assert changed.items == 1
    assert words("red").caption == "A white wall"
    assert changed.run_id is not None
    work()
    assert queue.get(changed.run_id).result == {"library": NAME, "recaptioned": 1}
    assert found("white", encoder) == "red.png"
    library_edit.edit(NAME, {ids()["red"]: lambda w: replace(w, caption="")})
    assert found("white", encoder) != "red.png"  # at once, before any worker came by
    with read_session() as session:
        [library] = session.query(Library).all()
        vector = session.query(ItemVector).filter_by(item_id=ids()["red"]).one()
    assert vector.caption is None
    assert vector.version == library.version


def test_what_does_not_change_writes_nothing(encoder: ColourEncoder) -> None:
    before = library_pages.version(NAME)
    assert library_edit.edit(NAME, {ids()["red"]: lambda w: w, 999: lambda w: w}).items == 0
    assert library_pages.version(NAME) == before
    with pytest.raises(InvalidInput, match="At most 1000"):
        library_edit.edit(NAME, {ids()["red"]: lambda w: replace(w, caption="x" * 1001)})
    with pytest.raises(InvalidInput, match="tags"):
        library_edit.edit(NAME, {ids()["red"]: add_tags([str(n) for n in range(31)])})
    assert library_pages.version(NAME) == before


def test_many_are_changed_and_undone_but_for_what_changed_since(encoder: ColourEncoder) -> None:
    every = list(ids().values())
    library_edit.edit(NAME, {ids()["red"]: add_tags(["old"])})
    change = all_of([add_tags(["a, b", "studio"]), remove_tags(["old"]), set_licence("CC0")])
    assert library_edit.edit_all(NAME, every, change).items == 4
    assert words("red") == Words("", ("a b", "studio"), "CC0")
    assert library_pages.tags_in_use(NAME) == {"a b": 4, "studio": 4}
    assert library_pages.licences_in_use(NAME) == {"CC0": 4}
    assert library_pages.page(NAME, wanted=ItemFilter(tags=("studio",), licences=("CC0",))).total == 4
    library_edit.edit(NAME, {ids()["blue"]: set_licence("CC BY")})
    last = library_edit.last_bulk(NAME)
    assert last is not None
    assert library_edit.undo(NAME, last.entry_id).items == 3
    assert words("red") == Words("", ("old",), "")
    assert words("blue") == Words("", ("a b", "studio"), "CC BY")
    assert library_edit.last_bulk(NAME) is None
    with pytest.raises(InvalidInput, match="undone already"):
        library_edit.undo(NAME, last.entry_id)
    actions = [entry.action for entry in audit.entries(action="library.")]
    assert actions == ["library.undone", "library.edited", "library.bulk", "library.edited"]


def test_filters_know_unknown_licences_and_missing_captions(encoder: ColourEncoder) -> None:
    library_edit.edit(NAME, {ids()["red"]: set_licence("CC0")})
    library_edit.edit(NAME, {ids()["blue"]: lambda w: replace(w, caption="the sea")})
    licences = {
        licence: library_pages.page(NAME, wanted=ItemFilter(licences=licence)).total
        for licence in (("CC0",), ("unknown",), ("CC0", "unknown"), ("MIT",))
    }
    assert list(licences.values()) == [1, 3, 4, 0]
    assert library_pages.page(NAME, wanted=ItemFilter(uncaptioned=True)).total == 3
    assert library_pages.page(NAME, number=9, per_page=3).page == 2  # beyond the end: the last one


def test_a_copy_takes_the_place_of_what_goes(encoder: ColourEncoder) -> None:
    with unit_of_work() as change:
        for name in ("green", "blue"):
            change.session.get_one(Item, ids()[name]).duplicate_of = ids()["red"]
        change.session.query(Library).one().version += 1
        change.commit()
    assert found("blue", encoder) not in ("blue.png", "green.png")
    known = ids()
    assert library_edit.delete_items(NAME, [known["red"], 999]) == 1
    with read_session() as session:  # blue came first
        assert session.get_one(Item, known["blue"]).duplicate_of is None
        assert session.get_one(Item, known["green"]).duplicate_of == known["blue"]
    assert found("blue", encoder) == "blue.png"
    assert library_edit.delete_items(NAME, [known["red"]]) == 0


def test_the_built_in_library_and_viewers_change_nothing(encoder: ColourEncoder) -> None:
    with act_as(Person("vera", "Vera", Role.REVIEWER)), pytest.raises(NotAllowed):
        library_edit.edit(NAME, {})
    with unit_of_work() as change:
        change.session.query(Library).one().built_in = True
        change.commit()
    for call in (
        lambda: library_edit.edit(NAME, {ids()["red"]: add_tags(["x"])}),
        lambda: library_edit.delete_items(NAME, list(ids().values())),
    ):
        with pytest.raises(Conflict):
            call()


def test_health_tells_of_files_and_models(encoder: ColourEncoder) -> None:
    fine = library_health.health(NAME)
    assert fine.ready
    assert fine.whole
    store, rows = get_store(), library_pages.page(NAME).items
    assert fine.bytes == sum(store.path(row.sha256).stat().st_size for row in rows)
    gone = store.path(rows[0].sha256)
    data = gone.read_bytes()
    gone.unlink()
    assert library_health.health(NAME).ready  # its size is known: nobody looks at every file at every view
    run = library_health.start_check(NAME)
    work()
    assert queue.get(run).result == {"library": NAME, "checked": 4, "lost": 1}
    library_health.forget()
    [lost] = library_health.health(NAME).notes
    assert (lost.trouble, lost.count) == (Trouble.LOST, 1)
    store.put(data)
    assert library_health.health(NAME).ready
    with unit_of_work() as change:
        change.session.get_one(Item, rows[1].id).pictured = False
        change.session.query(ItemVector).filter_by(item_id=rows[2].id).delete()
        change.session.query(Library).one().version += 1
        change.commit()
    notes = {note.trouble: note.count for note in library_health.health(NAME).notes}
    assert notes == {Trouble.NOT_PREPARED: 1, Trouble.WAITING: 1}


def test_a_map_is_drawn_once_for_each_version(encoder: ColourEncoder) -> None:
    layout = library_map.Layout.COMPONENTS
    first = library_map.ask(NAME, layout)
    work()
    drawn = library_map.read(queue.get(first))
    assert sorted(drawn.ids.tolist()) == sorted(ids().values())
    assert drawn.total == 4
    assert library_map.ask(NAME, layout) == first
    texts = library_map.ask_places(NAME, ["red", "blue wall"])
    work()
    red, blue = library_map.read_places(queue.get(texts))
    assert red.closest[0][0] == ids()["red"]
    assert blue.closest[0][0] == ids()["blue"]
    assert library_map.place(drawn, red) is not None
    library_edit.edit(NAME, {ids()["red"]: add_tags(["new"])})
    assert library_map.ask(NAME, layout) != first
