"""Licence and attribution reach the export of whatever used a picture, also when its library is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.tables import Item
from services import libraries, library_edit, sessions
from services.database import unit_of_work
from services.domain import Match
from services.export.rights import UsedPicture, used_pictures
from services.libraries import build
from services.retrieval.sources_library import LibrarySource
from services.retrieval.sources_manifest import ManifestSource
from tests.integration.export_sessions import layout_session
from tests.retrieval_fakes import ColourEncoder, fill, scene

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def item(tmp_path: Path) -> libraries.ItemCard:
    """A picture of the library "L" that a manifest says all about."""
    root = fill(tmp_path / "in", {"dog.png": scene("red", 1)})
    (root / "m.csv").write_text(
        "file,licence,attribution,source_url\ndog.png,CC BY 4.0,Jo,https://example.com/d\n"
    )
    build("L", ManifestSource(root / "m.csv"), ColourEncoder())
    [found] = libraries.list_items("L").items
    return found


def taken(item: libraries.ItemCard) -> str:
    """A session whose first reference is the item."""
    session_id = layout_session(variants=1)
    first, *others = sessions.load(session_id).matches
    fields = {name: getattr(first, name) for name in Match.__dataclass_fields__}
    fields |= {"item_id": item.id, "sha256": item.sha256, "file_name": item.file_name}
    sessions.save_matches(session_id, [Match(**fields), *others])
    changed = [
        c if c.ref != first.sha256 else type(c)(c.kind, item.sha256, c.weight, c.label)
        for c in sessions.load(session_id).conditions
    ]
    sessions.save_conditions(session_id, changed)
    return session_id


def rights(session_id: str, item: libraries.ItemCard) -> UsedPicture:
    pictures = used_pictures(sessions.load(session_id), [])
    return next(picture for picture in pictures if picture.sha256 == item.sha256)


def test_rights_come_from_the_library(item: libraries.ItemCard) -> None:
    found = rights(taken(item), item)
    assert (found.licence, found.attribution, found.library) == ("CC BY 4.0", "Jo", "L")
    assert found.source_url == "https://example.com/d"


def test_rights_outlive_the_item_and_the_library(item: libraries.ItemCard) -> None:
    session_id = taken(item)
    with unit_of_work() as work:  # by whatever way it goes
        work.session.delete(work.session.get(Item, item.id))
        work.commit()
    found = rights(session_id, item)
    assert (found.licence, found.attribution, found.library) == ("CC BY 4.0", "Jo", "")


def test_what_was_written_down_later_counts_as_well(item: libraries.ItemCard) -> None:
    session_id = taken(item)
    library_edit.edit("L", {item.id: library_edit.set_licence("Bought 2026")})
    libraries.delete("L")
    assert rights(session_id, item).licence == "Bought 2026"


def test_a_picture_taken_out_by_hand_keeps_its_rights(item: libraries.ItemCard) -> None:
    session_id = taken(item)
    library_edit.edit("L", {item.id: library_edit.set_licence("Bought 2026")})
    library_edit.delete_items("L", [item.id])
    assert rights(session_id, item).licence == "Bought 2026"


def test_a_copy_in_another_library_tells_the_same(item: libraries.ItemCard) -> None:
    session_id = taken(item)
    build("M", LibrarySource("L"), ColourEncoder())
    libraries.delete("L")
    found = rights(session_id, item)
    assert (found.licence, found.library) == ("CC BY 4.0", "M")
