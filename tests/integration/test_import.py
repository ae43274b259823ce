"""Recreate from a file: the same pixels again, and nothing from a file that was tampered with."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from services import audit, database, sessions, studio
from services.domain import Placement, Strategy
from services.errors import InvalidInput, NotAllowed, NotFound
from services.export.manifest import VERSION
from services.generation.png import encode_png
from services.importing import given_batch, recreate, start_making
from services.importing.checked import MANIFEST_BYTES
from services.jobs import queue
from services.jobs.steps import handlers
from services.jobs.worker import Worker
from services.people import Person, Role, act_as
from services.settings import get_settings
from services.storage.images import encode_lossless, get_store
from tests.integration.export_sessions import LayoutEngine, layout_session, pack, rewritten
from tests.pages import seeds
from tests.unit import generation_pictures as pictures

REVIEWER = Person("r", "Rui", Role.REVIEWER)


@pytest.fixture
def elsewhere(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it to go on in another studio, with nothing in it."""

    def move() -> None:
        monkeypatch.setenv("AIM_STUDIO_HOME", str(tmp_path / "another"))
        monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", "")
        database.reset_database()
        get_settings.cache_clear()

    return move


_made: list[bytes] = []


@pytest.fixture
def exported(home: Path, tmp_path: Path) -> Path:
    """An export of a session whose pictures cost nothing; for imports that are refused, or never made.

    Made once: in the later tests its session is from another studio.
    """
    path = tmp_path / "out.zip"
    if not _made:
        pack(seeds.session(variants=2), path)
        _made.append(path.read_bytes())
    path.write_bytes(_made[0])
    return path


def edited(path: Path, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The ZIP with another manifest."""
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    change(manifest)
    return rewritten(path, {"manifest.json": json.dumps(manifest).encode()})


def sessions_here() -> int:
    return sessions.search().total


def test_a_session_comes_back_whole_and_makes_the_same_bytes(
    elsewhere: Callable[[], None], tmp_path: Path
) -> None:
    session_id = layout_session(variants=2)
    more: Any = LayoutEngine()
    first = sessions.load(session_id).variants[0]
    batch = studio.prepare_batch(session_id, more, like=first.id, count=1)  # no brief leads to this one
    studio.make_variant(session_id, more, batch, 0)
    before = sessions.load(session_id)
    path = tmp_path / "autumn.zip"
    pack(session_id, path)

    elsewhere()
    restored = recreate(path, "autumn.zip")
    assert (restored.missing, [str(n) for n in restored.notices]) == ((), ["Restored from autumn.zip."])
    work = handlers()
    kinds = {kind: work[kind] for kind in ("condition", "generate")}
    run_id = start_making(restored)
    Worker({**kinds, "score": lambda _: None, "explain": lambda _: None}).run_until_idle()
    assert queue.get(run_id).state == "done", queue.get(run_id).error

    after = sessions.load(restored.session_id)
    assert after.id != before.id
    assert after.brief == before.brief
    assert after.conditions == before.conditions
    assert after.campaign == "Autumn"
    assert after.plan is not None
    assert before.plan is not None
    assert after.plan == replace(before.plan, notices=after.plan.notices)
    assert [replace(m, item_id=0) for m in after.matches] == [replace(m, item_id=0) for m in before.matches]
    assert {v.recipe.sha256: v.sha256 for v in after.variants} == {
        v.recipe.sha256: v.sha256 for v in before.variants
    }
    assert len(after.variants) == 3
    assert after.stale == frozenset()
    [entry] = audit.entries(session_id=after.id, action="session.imported")
    assert entry.details["file"] == "autumn.zip"


def test_a_lone_png_is_enough_where_its_pictures_are(home: Path, tmp_path: Path) -> None:
    session_id = layout_session(variants=1)
    before = sessions.load(session_id)
    path = tmp_path / "out.zip"
    pack(session_id, path, Placement.STORY, composer=LayoutEngine().generator)
    with zipfile.ZipFile(path) as archive:
        [name] = [n for n in archive.namelist() if n.startswith("images/")]
        png = archive.read(name)
    restored = recreate(png, "C:\\ads\\best.png")
    assert restored.missing == ()
    view = sessions.load(restored.session_id)
    assert view.brief.topic == before.brief.topic
    assert view.brief.product_text == before.brief.product_text
    assert view.brief.placement is Placement.STORY
    assert view.plan is not None
    assert str(view.plan.notices[0]) == "Restored from best.png."
    assert [m.sha256 for m in view.matches] == [m.sha256 for m in before.matches]
    engine: Any = LayoutEngine()
    batch = given_batch(view.id, [r.to_json() for r in restored.recipes])
    studio.make_variant(view.id, engine, batch, 0)
    [variant] = sessions.load(view.id).variants
    assert get_store().open(variant.sha256).tobytes() == Image.open(io.BytesIO(png)).tobytes()


def test_a_stored_png_without_its_session_tells_what_its_recipe_knows(home: Path) -> None:
    view = sessions.load(layout_session(variants=1))
    restored = recreate(get_store().path(view.variants[0].sha256), "raw.png")
    made = sessions.load(restored.session_id)
    assert restored.recipes == (view.variants[0].recipe,)
    assert (made.plan, made.brief.strategy) == (None, Strategy.NONE)
    assert [p.sha256 for p in made.brief.photos] == [p.sha256 for p in view.brief.photos]
    assert made.conditions == view.conditions


def test_what_a_lone_png_needs_and_nobody_has_is_named(elsewhere: Callable[[], None]) -> None:
    view = sessions.load(layout_session(variants=1))
    png = get_store().path(view.variants[0].sha256).read_bytes()
    elsewhere()
    restored = recreate(png, "raw.png")
    assert restored.missing == ("bottle.png", "sofa.png", "wood.png", "linen.png")
    assert "bottle.png, sofa.png" in str(restored.notices[-1])
    engine: Any = LayoutEngine()
    batch = given_batch(restored.session_id, [r.to_json() for r in restored.recipes])
    with pytest.raises(NotFound, match="is not in the image store"):
        studio.make_variant(restored.session_id, engine, batch, 0)


def test_a_picture_that_is_more_than_pixels_loses_the_rest(
    elsewhere: Callable[[], None], tmp_path: Path
) -> None:
    """A photo swapped, hash and all, for one with a comment in it: its pixels come in, nothing else."""
    session_id = layout_session(variants=1)
    path = tmp_path / "out.zip"
    pack(session_id, path)
    photo = sessions.load(session_id).brief.photos[0]
    pixels = get_store().open(photo.sha256)
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "37.5665 N, 126.9780 E")
    buffer = io.BytesIO()
    pixels.save(buffer, "PNG", pnginfo=info)
    data = buffer.getvalue()

    def swap(manifest: dict[str, Any]) -> None:
        [entry] = [p for p in manifest["pictures"] if p["sha256"] == photo.sha256]
        entry["file"] |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}

    changed = edited(path, swap)
    (tmp_path / "step.zip").write_bytes(changed)
    hostile = rewritten(tmp_path / "step.zip", {f"pictures/{photo.sha256}.png": data})
    elsewhere()
    restored = recreate(hostile, "out.zip")
    view = sessions.load(restored.session_id)
    kept = get_store().path(view.brief.photos[0].sha256).read_bytes()
    assert b"37.5665" not in kept
    assert kept == encode_lossless(pixels)
    assert not get_store().exists(hashlib.sha256(data).hexdigest())
    assert restored.recipes[0].conditions[1].ref == view.brief.photos[0].sha256


# --- hostile, damaged and foreign files -----------------------------------------------------------


def test_a_picture_changed_since_the_export_is_refused(exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        name = next(n for n in archive.namelist() if n.startswith("pictures/"))
    before = sessions_here()
    hostile = rewritten(exported, {name: encode_lossless(pictures.scene(9))})
    with pytest.raises(InvalidInput, match="changed since the export"):
        recreate(hostile, "out.zip")
    assert sessions_here() == before


def test_a_picture_that_is_none_is_refused(exported: Path) -> None:
    data = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    name = ""

    def swap(manifest: dict[str, Any]) -> None:
        nonlocal name
        entry = manifest["pictures"][0]["file"]
        name = entry["path"]
        entry |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}

    changed = edited(exported, swap)
    exported.with_name("step.zip").write_bytes(changed)
    hostile = rewritten(exported.with_name("step.zip"), {name: data})
    with pytest.raises(InvalidInput, match="picture that cannot be used"):
        recreate(hostile, "out.zip")


def test_a_newer_export_is_refused_in_words(exported: Path) -> None:
    newer = edited(exported, lambda m: m.update(version=VERSION + 1, variants="of another shape"))
    with pytest.raises(InvalidInput, match="newer version"):
        recreate(newer, "out.zip")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda m: m["variants"][0]["recipe"].update(seed="1; DROP TABLE"), "variants.1.recipe.seed"),
        (lambda m: m["variants"][0]["recipe"].update(size=[99_999, 99_999]), "variants.1.recipe.size"),
        (lambda m: m["session"]["brief"].update(topic="x" * 10_000), "session.brief.topic"),
        (lambda m: m["session"]["brief"]["photos"][0].update(sha256="../../etc/passwd"), "photos.1.sha256"),
        (lambda m: m["pictures"][0].update(file={"path": "../x", "sha256": "0" * 64}), "pictures.1.file"),
        (lambda m: m["session"].update(conditions=m["session"]["conditions"] * 300), "session.conditions"),
        (lambda m: m["session"]["conditions"][0].update(weight=-1), "conditions.1.weight"),
        (lambda m: m.pop("session"), "at 1"),
    ],
)
def test_what_does_not_fit_the_schema_is_refused_with_its_place(
    exported: Path, change: Callable[[dict[str, Any]], None], where: str
) -> None:
    before = sessions_here()
    with pytest.raises(InvalidInput, match="not what an export holds") as told:
        recreate(edited(exported, change), "out.zip")
    assert where in str(told.value)
    assert sessions_here() == before


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"{}",
        b'{"format": "other"}',
        b'{"format": NaN}',
        b"[" * 200_000,
        b"\xff\xfe",
    ],
)
def test_a_manifest_that_is_none_is_refused(exported: Path, manifest: bytes) -> None:
    with pytest.raises(InvalidInput, match="no export of AIM Studio"):
        recreate(rewritten(exported, {"manifest.json": manifest}), "out.zip")


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04 not a zip", b"%PDF-1.7", b"\xff\xd8\xff\xe0"])
def test_files_of_other_kinds_are_refused(home: Path, data: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"no export of AIM Studio|not a ZIP file"):
        recreate(data, "../../what\x00ever")


def test_a_bomb_in_the_place_of_the_manifest_is_not_unpacked(exported: Path) -> None:
    with pytest.raises(InvalidInput, match="larger than"):
        recreate(rewritten(exported, {"manifest.json": b" " * (MANIFEST_BYTES + 1)}), "out.zip")


def test_a_bomb_in_the_place_of_a_picture_is_not_unpacked(exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        name = next(n for n in archive.namelist() if n.startswith("pictures/"))
    with pytest.raises(InvalidInput, match="times its size"):
        recreate(rewritten(exported, {name: b"\0" * 30_000_000}), "out.zip")


def test_extra_members_are_never_touched(exported: Path, tmp_path: Path) -> None:
    hostile = rewritten(
        exported, {"../../../trespasser.txt": b"x", "/etc/trespasser": b"x", "run.sh": b"rm -rf /"}
    )
    restored = recreate(hostile, "out.zip")
    assert sessions.load(restored.session_id).brief.topic == seeds.TOPIC
    assert not list(tmp_path.parent.rglob("trespasser*"))
    assert not Path("/etc/trespasser").exists()


def test_texts_from_a_file_are_texts(exported: Path) -> None:
    nasty = "'); DROP TABLE sessions; -- <script>{topic}</script> {0} ../../x"

    def change(manifest: dict[str, Any]) -> None:
        manifest["session"]["brief"]["topic"] = nasty
        manifest["session"]["campaign"] = nasty
        manifest["session"]["brief"]["photos"][0]["file_name"] = f"../../{nasty}"

    view = sessions.load(recreate(edited(exported, change), "out.zip").session_id)
    assert (view.brief.topic, view.campaign) == (nasty, nasty)
    assert "/" not in view.brief.photos[0].file_name


def test_pngs_without_a_recipe_or_with_a_forged_one_are_refused(home: Path) -> None:
    recipe = sessions.load(seeds.session(variants=1)).variants[0].recipe
    plain = encode_lossless(pictures.scene(1))
    forged = encode_png(
        pictures.scene(1), recipe, {"Recipe": recipe.to_json().replace('"seed":40', '"seed":[]')}
    )
    session = encode_png(pictures.scene(1), recipe, {"Recipe": recipe.to_json(), "Session": '{"brief": 1}'})
    huge = encode_png(pictures.scene(1), recipe, {"Recipe": "x" * (2 << 20)})
    for data, told in (
        (plain, "no recipe"),
        (forged, "not what"),
        (session, "not what"),
        (huge, "no recipe"),
    ):
        with pytest.raises(InvalidInput, match=told):
            recreate(data, "a.png")
    assert sessions_here() == 1


def test_finished_pictures_of_others_cannot_be_recreated(home: Path, tmp_path: Path) -> None:
    from services.domain import Photo
    from services.evaluation.uploads import create_evaluation

    photo = Photo(seeds.drawn(5), "theirs.png", 320, 240)
    session_id = create_evaluation("A dog", "A dog on a sofa", [photo])
    path = tmp_path / "out.zip"
    pack(session_id, path)
    with zipfile.ZipFile(path) as archive:
        variant = json.loads(archive.read("manifest.json"))["variants"][0]
        png = archive.read(variant["files"][0]["path"])
    assert variant["disclosure"]["digital_source_type"] is None
    for data, name in ((path.read_bytes(), "out.zip"), (png, "theirs.png")):
        with pytest.raises(InvalidInput, match="brought along from outside"):
            recreate(data, name)


def test_an_engine_that_is_not_known_here_is_refused(exported: Path) -> None:
    changed = edited(exported, lambda m: m["session"]["parts"].update(generator="kandinsky9"))
    with pytest.raises(InvalidInput, match="kandinsky9"):
        recreate(changed, "out.zip")


def test_importing_takes_a_creator(exported: Path) -> None:
    with act_as(REVIEWER), pytest.raises(NotAllowed):
        recreate(exported, "out.zip")


def test_the_command_line_exports_and_imports(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from services.cli.__main__ import main

    session_id = layout_session(variants=1)
    path = tmp_path / "cli.zip"
    command = ["export", session_id, "--out", str(path), "--placements", "1:1", "16:9", "--json"]
    assert main(command) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["images"], said["problems"]) == (2, [])
    assert main(["import", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert sessions.load(said["session"]).parent_id == session_id
    assert main(["import", str(tmp_path / "none.zip")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert main(["export", session_id, "--out", str(path), "--shortlist"]) == 2
    assert "shortlist is empty" in capsys.readouterr().err
