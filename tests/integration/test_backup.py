"""Backups on both databases, from each into each; damaged, newer and cut ones; killed half-way."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from db import tables
from db.base import Base
from db.engine import open_migration_engine
from services import sessions, settings_store
from services.backup import archive
from services.backup.restore import Restored, restore
from services.backup.write import Report, back_up
from services.database import read_session, reset_database, unit_of_work
from services.errors import Conflict, InvalidInput, NotAllowed, StorageError
from services.people import Person, Role, act_as
from services.settings import get_settings
from services.storage.images import get_store
from tests.databases import POSTGRESQL, SQLITE, Server
from tests.pages import seeds

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]

Rows = dict[str, list[tuple[Any, ...]]]
Open = Callable[[str], Path]


@pytest.fixture
def another(database_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """another(kind): from now on the studio is an empty one, on a database of that kind; its home."""
    made: list[str] = []

    def open_studio(kind: str) -> Path:
        home = tmp_path / f"another-{len(made)}"
        made.append(database_server.create() if kind == POSTGRESQL else "")
        reset_database()
        monkeypatch.setenv("AIM_STUDIO_HOME", str(home))
        monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", made[-1])
        get_settings.cache_clear()
        return home

    yield open_studio
    reset_database()
    for url in made:
        if url:
            database_server.drop(url)


def work() -> str:
    """Every kind of column: JSON, bytes, times, truth, Korean, a row that refers to its own table."""
    session_id = seeds.session("노란 후드티를 입은 강아지", variants=3)
    with unit_of_work() as unit:
        library = tables.Library(name="Photos", encoder="lite")
        unit.session.add(library)
        unit.session.flush()
        for number in range(3):
            key = seeds.drawn(50 + number)
            item = tables.Item(
                library_id=library.id, sha256=key, source_sha256=key, file_name=f"{number}.png", width=320,
                height=240, pictured=True, kept=False,
            )  # fmt: skip
            unit.session.add(item)
            unit.session.flush()
            unit.session.add(
                tables.ItemVector(
                    item_id=item.id, encoder="lite", image=bytes(range(256)), library_id=library.id, version=0
                )
            )
        first = tables.Comment(session_id=session_id, person_id="local", text="좋아요 \\ \t \n 'quoted'")
        unit.session.add(first)
        unit.session.flush()
        unit.session.add(
            tables.Comment(session_id=session_id, person_id="local", text="yes", parent_id=first.id)
        )
        unit.commit()
    return session_id


def change_the_audit() -> None:
    with unit_of_work() as unit:
        unit.session.execute(update(tables.AuditEntry).values(action="y"))


def rows(url: str = "") -> Rows:
    """Everything in the database, table by table."""
    engine = open_migration_engine(url or get_settings().resolved_database_url)
    with engine.connect() as connection:
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return found


def file_names(backup: Path) -> list[str]:
    with tarfile.open(backup) as tar:
        return tar.getnames()


@pytest.mark.parametrize("into", [SQLITE, POSTGRESQL])
def test_a_studio_moves_whole(
    another: Open, database_server: Server, tmp_path: Path, backend: str, into: str
) -> None:
    if into == POSTGRESQL and backend == SQLITE and not os.environ.get("AIM_STUDIO_TEST_POSTGRES"):
        pytest.skip("AIM_STUDIO_TEST_POSTGRES names no PostgreSQL server")
    session_id = work()
    settings_store.write(
        get_settings().home, {"engine": "lite", "llm_base_url": "https://me:secret@llm.example/v1"}
    )
    before, pictures = rows(), {each.sha256 for each in get_store().walk()}
    shares: list[float] = []
    report = back_up(tmp_path / "studio.backup", tell=shares.append)
    assert (report.images, report.counts["sessions"], report.missing) == (len(pictures), 1, ())
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert b"secret" not in (tmp_path / "studio.backup").read_bytes()

    home = another(into)
    restored = restore(tmp_path / "studio.backup")
    assert (restored.images, restored.aside) == (len(pictures), None)
    assert rows() == before
    assert {each.sha256 for each in get_store().walk()} == pictures
    assert settings_store.read(home)["llm_base_url"] == "https://llm.example/v1"
    view = sessions.load(session_id)
    assert get_store().verify(view.variants[0].sha256)
    # And work goes on: numbers come after those that were restored, triggers and the seal are in place.
    seeds.session("Another", variants=2)
    assert len(rows()["variants"]) == len(before["variants"]) + 2
    assert rows()["stale_figures"]
    with unit_of_work() as unit:
        unit.session.add(tables.AuditEntry(person_id="local", person_name="", action="x"))
        unit.commit()
    with pytest.raises(DBAPIError, match="cannot be changed"):
        change_the_audit()


def test_a_backup_is_one_moment_while_others_write(tmp_path: Path, another: Open) -> None:
    """Sessions come and go meanwhile: each that is in the backup is there with its pictures."""
    work()
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            seeds.session(f"meanwhile {number}", variants=1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(0.2)
        report = back_up(tmp_path / "busy.backup")
    finally:
        stop.set()
        writer.join()
    assert report.missing == ()
    another(SQLITE)
    restore(tmp_path / "busy.backup")
    with read_session() as session:
        keys = set(session.scalars(select(tables.Variant.sha256)))
        made = session.scalars(select(tables.Session.topic)).all()
    assert len(made) == report.counts["sessions"] < len(made) + 1
    assert all(get_store().verify(key) for key in keys)


def test_pictures_can_be_left_out_and_lost_ones_are_said(tmp_path: Path) -> None:
    session_id = work()
    lost = sessions.load(session_id).variants[0].sha256
    get_store().remove([lost])
    without = back_up(tmp_path / "small.backup", images=False)
    assert (without.images, without.missing) == (0, ())
    assert file_names(tmp_path / "small.backup") == ["studio.db", "settings.json", "manifest.json"]
    whole = back_up(tmp_path / "whole.backup")
    assert whole.missing == (lost,)
    assert f"images/{lost}" not in file_names(tmp_path / "whole.backup")


def test_a_studio_with_work_is_not_overwritten_unasked(tmp_path: Path, backend: str) -> None:
    work()
    back_up(tmp_path / "first.backup")
    seeds.session("made since")
    before = rows()
    with pytest.raises(Conflict, match="--replace"):
        restore(tmp_path / "first.backup")
    assert rows() == before
    restored = restore(tmp_path / "first.backup", replace=True)
    assert len(rows()["sessions"]) == 1
    assert restored.aside is not None
    assert len(rows(f"sqlite:///{restored.aside}")["sessions"]) == 2  # the old one is kept aside


def test_a_worker_at_work_refuses_a_restore(tmp_path: Path) -> None:
    work()
    back_up(tmp_path / "a.backup")
    with unit_of_work() as unit:
        unit.session.add(tables.Worker(id="w", pid=1, host="h", slot="s", state="busy"))
        unit.commit()
    with pytest.raises(Conflict, match="A worker"):
        restore(tmp_path / "a.backup", replace=True)


def test_only_administrators_may(tmp_path: Path) -> None:
    work()
    back_up(tmp_path / "a.backup")
    with act_as(Person("p", "Kim", Role.CREATOR)):
        with pytest.raises(NotAllowed):
            back_up(tmp_path / "b.backup")
        with pytest.raises(NotAllowed):
            restore(tmp_path / "a.backup", replace=True)


def test_another_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"precious")
    with pytest.raises(InvalidInput, match="is no backup"):
        back_up(tmp_path / "photo.png")
    assert (tmp_path / "photo.png").read_bytes() == b"precious"
    back_up(tmp_path / "nightly.backup")
    assert isinstance(back_up(tmp_path / "nightly.backup"), Report)  # the same name every night


def rewritten(backup: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The backup with members changed; None takes one out."""
    with tarfile.open(backup) as old, tarfile.open(target, "w") as new:
        for member in old:
            data = old.extractfile(member)
            assert data is not None
            changed = change(member.name, data.read())
            if changed is not None:
                member.size = len(changed)
                new.addfile(member, io.BytesIO(changed))
    return target


def _flip(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def _newer(name: str, data: bytes) -> bytes:
    return data.replace(b'"schema": "', b'"schema": "9') if name == "manifest.json" else data


CHANGES: dict[str, tuple[Callable[[str, bytes], bytes | None], str]] = {
    "a picture's bit flipped": (lambda n, d: _flip(d) if n.startswith("images/") else d, "damaged"),
    "a page of the database": (lambda n, d: d[:9000] + b"x" + d[9001:] if n == "studio.db" else d, "damaged"),
    "a picture taken out": (lambda n, d: None if n.startswith("images/f") else d, "damaged"),
    "no manifest": (lambda n, d: None if n == "manifest.json" else d, "cut off"),
    "a newer schema": (_newer, "newer version"),
    "settings changed": (lambda n, d: b"{}" if n == "settings.json" else d, "damaged"),
}


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    work()
    for seed in range(60, 90):  # so that some key begins with f
        seeds.drawn(seed)
    with unit_of_work() as unit:
        run = tables.Run(
            kind="plan",
            dedupe_key="k",
            state="done",
            payload={"masks": [e.sha256 for e in get_store().walk()]},
        )
        unit.session.add(run)
        unit.commit()
    back_up(tmp_path / "good.backup")
    return tmp_path / "good.backup"


def test_damaged_and_newer_backups_change_nothing(backup: Path, tmp_path: Path, another: Open) -> None:
    another(SQLITE)
    seeds.session("mine")
    before = rows()
    for change, sentence in CHANGES.values():
        bad = rewritten(backup, tmp_path / "bad.backup", change)
        with pytest.raises(InvalidInput, match=sentence):
            restore(bad, replace=True)
    whole = backup.read_bytes()
    for cut in (10, 700, len(whole) // 2, len(whole) - 12_000):
        (tmp_path / "cut.backup").write_bytes(whole[:cut])
        with pytest.raises(InvalidInput, match=r"damaged|cut off"):
            restore(tmp_path / "cut.backup", replace=True)
    assert rows() == before
    assert not list(get_settings().home.glob(".tmp-*"))


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "images/../x", "studio.db/../../x"])
def test_a_hostile_member_is_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "evil.backup", "w") as tar:
        info = tarfile.TarInfo(name)
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    with pytest.raises(InvalidInput, match="no backup"):
        restore(tmp_path / "evil.backup")


def test_a_key_that_only_json_names_is_packed(backup: Path) -> None:
    """Masks and photos of recipes stand in no column of their own."""
    assert {f"images/{each.sha256}" for each in get_store().walk()} <= set(file_names(backup))


def test_an_older_backup_is_brought_up_to_date(
    tmp_path: Path, another: Open, backend: str, database_server: Server
) -> None:
    from db.migrate import HEAD, make_schema

    older = tmp_path / "older.db"
    make_schema(f"sqlite:///{older}", "0004").dispose()
    engine = open_migration_engine(f"sqlite:///{older}")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO campaigns (id, name, created_at) VALUES ('c', 'Old', '2026-01-05')"
        )
    engine.dispose()
    with archive.writing(tmp_path / "older.backup", 0.0) as out:
        out.add_file(archive.DATABASE, older)
        out.add_bytes(archive.SETTINGS, b"{}")
        out.finish({"made_at": "2026-01-05T00:00:00+00:00", "schema": "0004", "counts": {}})
    restored = restore(tmp_path / "older.backup", replace=True)
    assert isinstance(restored, Restored)
    with read_session() as session:
        assert session.scalars(select(tables.Campaign.name)).all() == ["Old"]
        assert (
            session.connection().exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
        )


KILLED = """
import os, signal, sys
from pathlib import Path
from services.backup import {module} as m
def die(*a, **k): os.kill(os.getpid(), signal.SIGKILL)
{patch}
m.{call}
"""


def killed(module: str, patch: str, call: str) -> None:
    code = KILLED.format(module=module, patch=patch, call=call)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert found.returncode == -signal.SIGKILL, found.stderr


def test_killed_while_it_is_written_the_old_backup_stays(tmp_path: Path) -> None:
    work()
    path = tmp_path / "nightly.backup"
    back_up(path)
    before = path.read_bytes()
    killed("write", "m.archive.Writer.finish = die", f"back_up(Path({str(path)!r}))")
    assert path.read_bytes() == before
    restore(path, replace=True)


DEATHS = (
    "m._put_database = die",  # every picture is in, the database is not touched
    # The database's own last moment: rows are written, nothing is committed.
    "import db.copies as c; c.load_into_sqlite = die; c._set_sequences = die",
)


def test_killed_while_it_restores_the_old_state_stays(tmp_path: Path) -> None:
    work()
    path = tmp_path / "a.backup"
    back_up(path)
    seeds.session("made since")
    before = rows()
    for patch in DEATHS:
        killed("restore", patch, f"restore(Path({str(path)!r}), replace=True)")
        assert rows() == before
    assert sessions.search().total == 2
    restore(path, replace=True)
    assert sessions.search().total == 1


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.Writer, "add_hashed", full)
    with pytest.raises(StorageError, match="disk is full"):
        back_up(tmp_path / "a.backup")
    assert not list(tmp_path.glob("*.backup"))
    assert not list(tmp_path.glob(".tmp-*"))
    assert not list(get_settings().home.glob(".tmp-*"))


def test_the_manifest_says_what_is_in_it(backup: Path) -> None:
    with tarfile.open(backup) as tar:
        data = tar.extractfile("manifest.json")
        assert data is not None
        manifest = json.load(data)
    assert manifest["format"] == "aim-studio-backup"
    assert manifest["images"]["count"] == len(list(get_store().walk()))
    assert set(manifest["members"]) == {"studio.db", "settings.json"}
