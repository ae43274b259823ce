"""What nobody refers to goes, and nothing else: on both databases."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from db import tables
from services.database import unit_of_work
from services.errors import NotAllowed
from services.people import Person, Role, act_as
from services.settings import get_settings
from services.storage.images import get_store
from services.storage.references import NO_PICTURES, PICTURES, can_hold_a_key, digest_columns
from services.storage.sweep import sweep
from tests.pages import seeds

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]


def age(days: float, *keys: str) -> None:
    """As if these pictures, or all, had been put so long ago."""
    at = time.time() - days * 24 * 3600
    for each in list(get_store().walk()):
        if not keys or each.sha256 in keys:
            os.utime(get_store().path(each.sha256), (at, at))


def test_every_digest_column_is_known() -> None:
    """A new table's column is put into one of the two by whoever adds it, or this fails."""
    assert digest_columns() == PICTURES | NO_PICTURES
    assert not PICTURES & NO_PICTURES


def test_every_text_and_json_column_is_read() -> None:
    assert can_hold_a_key(tables.Run.__table__.c.payload)
    assert can_hold_a_key(tables.Condition.__table__.c.ref)
    assert can_hold_a_key(tables.Variant.__table__.c.recipe)
    assert not can_hold_a_key(tables.Session.__table__.c.id)


def test_pictures_of_no_row_go_once_they_are_old() -> None:
    seeds.session(variants=2)
    mask, orphan, young = seeds.drawn(70), seeds.drawn(71), seeds.drawn(72)
    with unit_of_work() as work:  # a key inside JSON alone, of a run that waits
        work.session.add(tables.Run(kind="variants", dedupe_key="k", payload={"deep": [{"mask": mask}]}))
        work.commit()
    everything = {each.sha256 for each in get_store().walk()}
    assert sweep(remove=True).orphans == 0  # all of it was put a moment ago
    age(8)
    age(0.5, young)
    found = sweep()
    assert (found.orphans, found.removed) == (1, False)
    assert found.orphan_bytes == get_store().path(orphan).stat().st_size
    assert {each.sha256 for each in get_store().walk()} == everything
    small = get_store().thumbnail(orphan)
    assert sweep(remove=True).orphans == 1
    assert {each.sha256 for each in get_store().walk()} == everything - {orphan}
    assert not small.exists()
    assert sweep(remove=True).orphans == 0


def test_a_picture_that_is_put_again_is_young_again() -> None:
    """Between the put and the row that names it, a sweep must not come."""
    key = seeds.drawn(71)
    age(30, key)
    assert seeds.drawn(71) == key
    assert sweep(remove=True).orphans == 0
    assert get_store().exists(key)


def test_too_short_a_grace_is_not_taken() -> None:
    key = seeds.drawn(71)
    age(0.6, key)
    assert sweep(remove=True, grace_hours=0).orphans == 0
    age(1.1, key)
    assert sweep(remove=True, grace_hours=0).orphans == 1


def test_unfinished_files_go_after_a_day() -> None:
    home = get_settings().home
    seeds.drawn(1)
    folder = home / ".tmp-backup"
    folder.mkdir()
    old = [home / "images" / "sha256" / ".tmp-abc", folder / "studio.db", home / "indexes" / ".tmp-x"]
    for path in old:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1234")
    new = home / ".tmp-new"
    new.write_bytes(b"now")
    at = time.time() - 25 * 3600
    for path in (*old, folder):
        os.utime(path, (at, at))
    assert (sweep().temporary, sweep().temporary_bytes) == (3, 12)
    assert sweep(remove=True).temporary == 3
    assert [path.exists() for path in (*old, folder, new)] == [False, False, False, False, True]


def test_only_administrators_may(home: Path) -> None:
    with act_as(Person("p", "Kim", Role.CREATOR)), pytest.raises(NotAllowed):
        sweep()
