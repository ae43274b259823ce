"""A packed session: every file accounted for, every loss told, nothing personal, in the worker."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update

from db import tables
from services import audit, sessions
from services.database import unit_of_work
from services.domain import Placement
from services.errors import Cancelled, InvalidInput, NotAllowed, NotFound, StorageError
from services.export import files, runs
from services.export.manifest import schema
from services.export.options import ExportOptions, PictureFormat, Scope
from services.export.package import write_package
from services.export.rights import PROJECT_LICENCE
from services.export.words import LABELS, Words
from services.generation.png import read_recipe
from services.jobs import queue
from services.jobs.steps import handlers
from services.jobs.worker import Worker
from services.people import Person, Role, act_as
from services.retrieval.refusals import BACKDROPS_LIBRARY
from services.storage.images import get_store
from tests.integration.export_sessions import AT, SCENES, Painter, layout_session, pack, shortlist
from tests.pages import seeds

VIEWER = Person("v", "Vera", Role.VIEWER)
REVIEWER = Person("r", "Rui", Role.REVIEWER)


@pytest.fixture
def session_id(home: Path) -> str:
    return seeds.session(variants=3)


def opened(path: Path) -> tuple[zipfile.ZipFile, dict[str, Any]]:
    archive = zipfile.ZipFile(path)
    return archive, json.loads(archive.read("manifest.json"))


def test_every_file_is_in_the_manifest_with_its_hash(session_id: str, tmp_path: Path) -> None:
    from jsonschema import Draft202012Validator

    path = tmp_path / "out.zip"
    report = pack(session_id, path, Placement.SQUARE, Placement.STORY, safe_zones=True, contact_sheet=True)
    archive, manifest = opened(path)
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(json.loads(archive.read("manifest.schema.json"))).validate(manifest)
    listed = {f["path"]: f for f in manifest["files"]}
    assert set(archive.namelist()) == {*listed, "manifest.json"}
    for name, entry in listed.items():
        data = archive.read(name)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
    assert (report.variants, report.images, report.problems) == (3, 6, ())
    view = sessions.load(session_id)
    first = manifest["variants"][0]
    assert first["rank"] == 1
    assert first["score"]["final"] == 90.0
    assert first["recipe"]["seed"] == view.variants[0].seed
    assert [f["placement"] for f in first["files"]] == ["1:1", "9:16"]
    assert {(m["part"], m["id"]) for m in manifest["models"]} >= {
        ("planner", "keybert"),
        ("generator", "layouts"),
    }
    for entry in first["files"]:
        picture = Image.open(io.BytesIO(archive.read(entry["path"])))
        assert picture.size == Placement(entry["placement"]).pixels
        shown = Image.open(io.BytesIO(archive.read(entry["safe_zones"])))
        assert max(shown.size) == 900
    assert archive.read("scores.csv").decode("utf-8-sig").count("\n") == 4


def test_nothing_is_stored_twice_or_by_a_name_from_outside(session_id: str, tmp_path: Path) -> None:
    archive, manifest = opened(_packed(session_id, tmp_path))
    names = archive.namelist()
    assert len(names) == len(set(names))
    assert all(not name.startswith("/") and ".." not in name and name.isascii() for name in names)
    assert any("[back]" in p["file_name"] for p in manifest["pictures"])  # said, not used as a path


def _packed(session_id: str, tmp_path: Path, **options: Any) -> Path:
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.zip"
    pack(session_id, path, **options)
    return path


def test_a_variant_in_its_own_size_keeps_its_pixels(home: Path, tmp_path: Path) -> None:
    session_id = layout_session(variants=1)
    variant = sessions.load(session_id).variants[0]
    archive, manifest = opened(_packed(session_id, tmp_path))
    [entry] = manifest["variants"][0]["files"]
    data = archive.read(entry["path"])
    assert entry["how"] == "original"
    assert read_recipe(data) == variant.recipe
    stored = get_store().open(variant.sha256)
    assert Image.open(io.BytesIO(data)).tobytes() == stored.tobytes()


def test_lost_and_damaged_pictures_are_told_and_the_rest_goes_out(session_id: str, tmp_path: Path) -> None:
    store, view = get_store(), sessions.load(session_id)
    lost, damaged, good = view.variants
    store.path(lost.sha256).unlink()
    store.path(damaged.sha256).write_bytes(store.path(good.sha256).read_bytes())  # a picture, not this one
    store.path(view.brief.photos[0].sha256).write_bytes(b"rust")
    path = tmp_path / "out.zip"
    report = pack(session_id, path)
    archive, manifest = opened(path)
    assert report.variants == 1
    assert "missing" in manifest["variants"][0]["problem"]
    assert "damaged" in manifest["variants"][1]["problem"]
    assert manifest["variants"][2]["problem"] is None
    photo = next(p for p in manifest["pictures"] if p["sha256"] == view.brief.photos[0].sha256)
    assert photo["file"] is None
    assert "hoodie front.png was left out" in photo["problem"]
    assert len(manifest["problems"]) == 3 == len(report.problems)
    assert len([n for n in archive.namelist() if n.startswith("images/")]) == 1


def test_an_export_of_nothing_is_refused_in_words(session_id: str, tmp_path: Path) -> None:
    for variant in sessions.load(session_id).variants:
        get_store().path(variant.sha256).unlink()
    with pytest.raises(StorageError, match="missing or damaged"):
        pack(session_id, tmp_path / "out.zip")
    with pytest.raises(InvalidInput, match="shortlist is empty"):
        pack(session_id, tmp_path / "out.zip", scope=Scope.SHORTLIST)
    with pytest.raises(InvalidInput, match="No size"):
        ExportOptions(())
    with pytest.raises(InvalidInput, match="no variant to export"):
        pack(seeds.session(upto="plan"), tmp_path / "out.zip")


def test_the_shortlist_alone_goes_out(session_id: str, tmp_path: Path) -> None:
    second = sessions.load(session_id).variants[1]
    shortlist(second.id)
    _, manifest = opened(_packed(session_id, tmp_path, scope=Scope.SHORTLIST))
    assert [v["sha256"] for v in manifest["variants"]] == [second.sha256]
    assert manifest["variants"][0]["shortlisted"]


def test_what_was_not_asked_for_stays_out(session_id: str, tmp_path: Path) -> None:
    path = _packed(session_id, tmp_path, references=False, recipe=False)
    archive, manifest = opened(path)
    names = archive.namelist()
    assert not [n for n in names if n.startswith(("safe-zones", "pictures", "contact"))]
    png = archive.read(manifest["variants"][0]["files"][0]["path"])
    assert read_recipe(png) is None
    assert b"DigitalSourceType" in png
    assert seeds.TEXT.encode() not in png
    assert all(p["file"] is None for p in manifest["pictures"])


def test_jpegs_say_how_they_were_made(session_id: str, tmp_path: Path) -> None:
    archive, manifest = opened(_packed(session_id, tmp_path, format=PictureFormat.JPEG))
    entry = manifest["variants"][0]["files"][0]
    assert entry["path"].endswith(".jpg")
    picture = Image.open(io.BytesIO(archive.read(entry["path"])))
    assert picture.format == "JPEG"
    assert "DigitalSourceType" in picture.info["xmp"].decode()
    assert "exif" not in picture.info


@pytest.mark.both_databases
def test_licences_come_from_the_library_and_unknown_is_said(home: Path, tmp_path: Path) -> None:
    session_id = layout_session(variants=2)
    keys = [m.sha256 for m in sessions.load(session_id).matches]
    with unit_of_work() as work:
        for name, built_in, key, licence in (
            ("Ours", False, keys[0], "CC BY 4.0"),
            (BACKDROPS_LIBRARY, True, keys[1], None),
        ):
            library = tables.Library(name=name, encoder="e", built_in=built_in)
            work.session.add(library)
            work.session.flush()
            work.session.add(
                tables.Item(
                    library_id=library.id, sha256=key, source_sha256=key, file_name=f"{name}.jpg",
                    width=1, height=1, licence=licence, attribution="A. Person" if licence else None,
                )
            )  # fmt: skip
        work.commit()
    _, manifest = opened(_packed(session_id, tmp_path))
    rights = {p["sha256"]: p for p in manifest["pictures"]}
    assert (rights[keys[0]]["licence"], rights[keys[0]]["attribution"]) == ("CC BY 4.0", "A. Person")
    assert (rights[keys[1]]["origin"], rights[keys[1]]["licence"]) == ("drawn", PROJECT_LICENCE)
    assert (rights[keys[2]]["licence"], rights[keys[2]]["library"]) == ("unknown", "")
    assert rights[keys[2]]["file_name"] == SCENES[2]
    photo = next(p for p in manifest["pictures"] if p["origin"] == "brief")
    assert photo["licence"] == "unknown"
    assert photo["variants"] == [1, 2]


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
@pytest.mark.parametrize(("count", "pages"), [(3, 3), (9, 4)])
def test_the_contact_sheet_renders_and_holds_its_words(
    home: Path, tmp_path: Path, count: int, pages: int
) -> None:
    session_id = seeds.session(topic="노란 후드티를 입은 강아지 🎉", variants=count)
    words = Words("ko", {label: f"«{label}»" for label in LABELS})
    path = tmp_path / "out.zip"
    write_package(
        session_id, ExportOptions((Placement.SQUARE,), safe_zones=False), path, Painter(), AT, words
    )
    (tmp_path / "sheet.pdf").write_bytes(opened(path)[0].read("contact-sheet.pdf"))
    subprocess.run(
        ["pdftoppm", "-r", "30", "-png", "sheet.pdf", "page"], cwd=tmp_path, check=True, timeout=60
    )
    rendered = [Image.open(p).convert("L") for p in sorted(tmp_path.glob("page*.png"))]
    assert len(rendered) == pages
    assert all(low < 120 and high > 240 for low, high in (page.getextrema() for page in rendered))
    text = subprocess.run(
        ["pdftotext", "-layout", "sheet.pdf", "-"],
        cwd=tmp_path, check=True, timeout=60, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for word in ("노란 후드티를 입은 강아지", "«Contact sheet»", "2026년 11월 21일", "#1", "90"):
        assert word in text
    assert re.search(rf"\b1\s*/\s*{pages}\b", text)
    assert "🎉" not in text


def test_only_those_who_may_export(session_id: str, tmp_path: Path) -> None:
    options, words = ExportOptions((Placement.SQUARE,)), Words()
    with act_as(VIEWER):
        for attempt in (
            lambda: runs.start_export(session_id, options, words),
            lambda: runs.exports_of(session_id),
            lambda: runs.open_export("0" * 64),
            lambda: runs.start_preview(1, [Placement.SQUARE]),
            lambda: pack(session_id, tmp_path / "out.zip"),
        ):
            with pytest.raises(NotAllowed):
                attempt()
    assert queue.latest(session_id) is None
    with unit_of_work() as work:
        work.session.add(tables.Person(id="r", subject="r", name="Rui", role="reviewer"))
        work.commit()
    with act_as(REVIEWER):
        runs.start_export(session_id, options, words)
    [entry] = audit.entries(session_id=session_id, action="session.exported")
    assert entry.person == "Rui"


@pytest.mark.both_databases
def test_the_worker_packs_and_the_file_waits_a_week(home: Path) -> None:
    session_id = layout_session(variants=1)
    options = ExportOptions((Placement.SQUARE, Placement.LINK))
    run_id = runs.start_export(session_id, options, Words("ko", {"Brief": "브리프", "nonsense": "x"}))
    assert runs.start_export(session_id, options, Words()) == run_id  # a double click is one run
    assert queue.get(run_id).payload["table"] == {"Brief": "브리프"}
    variant = sessions.load(session_id).variants[0]
    runs.start_preview(variant.id, [Placement.STORY])
    Worker(handlers()).run_until_idle()
    assert queue.get(run_id).state == "done", queue.get(run_id).error
    [export] = runs.exports_of(session_id)
    assert (export.variants, export.images, export.problems, export.kept) == (1, 2, (), True)
    assert export.name.startswith("A-red-bottle-on-a-table_")
    with runs.open_export(export.key) as file:
        data = file.read()
    assert hashlib.sha256(data).hexdigest() == export.key
    assert len(data) == export.bytes
    assert runs.start_preview(variant.id, [Placement.STORY]) is None
    preview = runs.preview_of(variant, Placement.STORY)
    assert preview is not None
    assert Image.open(io.BytesIO(preview)).size == (405, 720)

    assert files.sweep() == 0
    assert files.sweep(time.time() + 8 * 24 * 3600) == 2
    assert not runs.exports_of(session_id)[0].kept
    with pytest.raises(NotFound, match="7 days"):
        runs.open_export(export.key)
    with pytest.raises(NotFound):
        runs.open_export("../../studio.db")


def test_a_stopped_or_failed_export_leaves_nothing(session_id: str) -> None:
    def stop(share: float) -> None:
        if share > 0.5:
            raise Cancelled("Stopped.")

    def write(path: Path) -> object:
        return write_package(session_id, ExportOptions((Placement.WIDE,)), path, Painter(), AT, progress=stop)

    with pytest.raises(Cancelled):
        files.keep("run", write)
    assert list(files.folder().iterdir()) == []


def test_unfinished_files_of_a_killed_worker_are_swept(home: Path) -> None:
    left = files.folder() / ".tmp-abc"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    old = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    os.utime(left, (old, old))
    assert files.sweep() == 1


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_no_file_of_an_export_carries_a_position_or_a_camera(home: Path, tmp_path: Path) -> None:
    from services.storage.intake import store_photo

    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (37.0, 33.0, 0.0)})
    taken = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(taken, "JPEG", exif=exif)
    session_id = seeds.session(variants=2)
    photo = store_photo(taken.getvalue(), "IMG_1.jpg", get_store())
    with unit_of_work() as work:
        work.session.execute(update(tables.Photo).values(sha256=photo.sha256))
        work.commit()
    archive, manifest = opened(_packed(session_id, tmp_path, safe_zones=True))
    assert any(p["sha256"] == photo.sha256 and p["file"] for p in manifest["pictures"])
    archive.extractall(tmp_path / "all")
    done = subprocess.run(
        ["exiftool", "-r", "-json", "-G1", "-a", "-ext", "png", "-ext", "jpg", "all"],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    read = json.loads(done.stdout)
    assert len(read) >= 5
    for each in read:
        assert not [k for k in each if k.startswith(("GPS", "IFD0", "ExifIFD", "IPTC"))], each
    delivered = [each for each in read if "images/" in each["SourceFile"]]
    assert all("XMP-iptcExt:DigitalSourceType" in each for each in delivered)
