"""Libraries on the command line: every action, as a script and as a person use it."""

from __future__ import annotations

import io
import json
import re
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from db.tables import Item, ItemTag
from services import engines
from services.choices import EngineChoice
from services.cli.__main__ import build_parser, main
from services.database import read_session, unit_of_work
from services.engines import Engine, Parts, use_engine
from services.library_export import file_name
from services.storage.images import get_store
from tests.legacy_pairs import random_vectors, write_pair
from tests.retrieval_fakes import ColourEncoder, encoded, fill, png, scene

ENCODER = ColourEncoder()


def _unused() -> None:
    raise AssertionError("libraries need an encoder and nothing else")


@pytest.fixture(autouse=True)
def engine(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(engines, "_encoder", lambda name: ENCODER)
    choices = [EngineChoice(), EngineChoice(encoder="kandinsky21")]
    for choice in choices:
        parts = Parts(_unused, lambda: ENCODER, _unused, _unused)  # type: ignore[arg-type]
        use_engine(Engine(choice.name, parts), choice)
    yield
    for choice in choices:
        use_engine(None, choice)


Cli = Any


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """cli("library", "list") -> (exit code, the JSON document or None, standard error)."""

    def run(*arguments: str | Path, code: int = 0) -> Any:
        capsys.readouterr()
        assert main([*map(str, arguments), "--json"]) == code
        out, err = capsys.readouterr()
        return json.loads(out) if out else err

    return run


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    grounds = ("red", "green", "blue")
    return fill(tmp_path / "photos", {f"{g}.png": scene(g, seed=i) for i, g in enumerate(grounds)})


@pytest.fixture
def library(cli: Cli, photos: Path) -> str:
    (photos / "captions.jsonl").write_text(
        json.dumps(
            {
                "file": "red.png", "caption": "A yellow sofa", "tags": ["sofa", "warm"], "licence": "CC0",
                "attribution": "Ada", "source_url": "https://example.org/a",
            }
        )
    )  # fmt: skip
    (photos / "green.png").unlink()
    (photos / "green.jpg").write_bytes(encoded(scene("green", seed=1), "JPEG", quality=80))
    assert cli("library", "build", "dogs", photos)["added"] == 3
    return "dogs"


# --- build, add, list, delete --------------------------------------------------------------------


def test_add_fills_a_library_that_is_there(cli: Cli, library: str, photos: Path, tmp_path: Path) -> None:
    more = fill(tmp_path / "more", {"white.png": scene("white", seed=9)})
    assert cli("library", "add", library, more)["images"] == 4
    assert "no library" in cli("library", "add", "cats", more, code=2)
    assert "Name one source" in cli("library", "build", library, code=2)
    listed = cli("library", "list")["libraries"]
    assert [(row["name"], row["images"], row["waiting"]) for row in listed] == [("dogs", 4, 0)]


def test_deleting_asks(
    cli: Cli, library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--yes" in cli("library", "delete", library, code=2)
    monkeypatch.setattr("sys.stdin", terminal := io.StringIO("cats\ndogs\n"))
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    assert "Nothing was deleted" in cli("library", "delete", library, code=2)
    assert cli("library", "delete", library) == {"library": "dogs", "images": 3}
    assert "no library" in cli("library", "delete", library, "--yes", code=2)


# --- search --------------------------------------------------------------------------------------


def test_search_by_words_picture_and_both(cli: Cli, library: str, photos: Path) -> None:
    def names(*arguments: str | Path) -> list[str]:
        return [m["file"] for m in cli("library", "search", library, *arguments)["matches"]]

    assert names("blue", "--top", "1") == ["blue.png"]
    assert names("--image", photos / "green.jpg", "--top", "1") == ["green.jpg"]
    assert names("blue", "--image", photos / "green.jpg", "--balance", "0", "--top", "1") == ["blue.png"]
    assert names("blue", "--image", photos / "green.jpg", "--balance", "1", "--top", "1") == ["green.jpg"]
    assert "green.jpg" not in names("--like", "green.jpg")
    assert names("blue", "--tag", "sofa", "--tag", "warm") == ["red.png"]
    assert set(names("blue", "--licence", "unknown")) == {"green.jpg", "blue.png"}
    assert set(names("blue", "--licence", "unknown", "--licence", "CC0", "--diversity", "1")) == {
        "red.png", "green.jpg", "blue.png",
    }  # fmt: skip


def test_matches_say_all_that_is_known(cli: Cli, library: str) -> None:
    match = cli("library", "search", library, "yellow", "--top", "1")["matches"][0]
    assert (match["file"], match["caption"], match["tags"]) == ("red.png", "A yellow sofa", ["sofa", "warm"])
    assert (match["licence"], match["attribution"]) == ("CC0", "Ada")
    assert match["why"]["words"] == ["yellow"]
    assert 0.5 < match["similarity"] <= 1


def test_many_queries_in_one_go(cli: Cli, library: str, tmp_path: Path) -> None:
    (tmp_path / "q.json").write_text('["red", "blue"]')
    results = cli("library", "search", library, "--queries", tmp_path / "q.json", "--top", "1")["results"]
    assert [(r["query"], r["matches"][0]["file"]) for r in results][1] == ("blue", "blue.png")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Say what to look for"),
        (["red", "--queries", "q.json"], "Give one query"),
        (["--like", "nowhere.png"], "no picture 'nowhere.png'"),
        (["--like", "99999"], "no picture '99999'"),
        (["red", "--balance", "2"], "from 0 to 1"),
        (["--image", "nowhere.png"], "cannot be read"),
    ],
)
def test_what_cannot_be_searched_for_is_said(
    cli: Cli, library: str, arguments: list[str], words: str
) -> None:
    assert words in cli("library", "search", library, *arguments, code=2)


def test_a_person_reads_a_table(library: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["library", "search", library, "yellow"]) == 0
    head, _, first, *_ = capsys.readouterr().out.splitlines()
    assert head.split() == ["similarity", "file", "because"]
    assert first.endswith('red.png    "yellow"')


# --- import-index, attach ------------------------------------------------------------------------


def test_an_index_becomes_a_library_and_gets_its_pictures(cli: Cli, tmp_path: Path) -> None:
    vectors = random_vectors(3)
    vectors[2] = vectors[0]
    pair = write_pair(tmp_path, vectors, [f"/old/{name}.jpg" for name in "abc"])
    document = cli("library", "import-index", "old", *pair)
    assert (document["added"], document["duplicates"], document["waiting"]) == (3, 1, 3)
    assert document["encoder"] == "fake/colours@1"
    assert cli("library", "list")["libraries"][0]["waiting"] == 3
    photos = fill(tmp_path / "p", {"b.jpg": scene("red"), "x.jpg": scene("blue")})
    attached = cli("library", "attach", "old", photos)
    assert (attached["attached"], attached["waiting"], attached["unknown"]) == (1, 2, 1)
    assert attached["missing"] == ["a.jpg", "c.jpg"]
    assert "not a FAISS index" in cli("library", "import-index", "x", pair[1], pair[1], code=2)
    assert "no library" in cli("library", "attach", "nowhere", photos, code=2)


def test_progress_is_told_to_people_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair = write_pair(tmp_path, random_vectors(3), ["a", "b", "c"])
    assert main(["library", "import-index", "old", *map(str, pair)]) == 0
    out, err = capsys.readouterr()
    assert "100% imported" in err
    assert out.startswith("old: 3 images, 3 added, 0 of them copies, 0 rejected, 3 wait for their files")


# --- dedupe --------------------------------------------------------------------------------------


def test_dedupe_marks_and_decides(cli: Cli, tmp_path: Path) -> None:
    photo = scene("blue", 4, (640, 480))
    fill(tmp_path / "p", {"1.png": photo})
    (tmp_path / "p" / "2.jpg").write_bytes(encoded(photo, "JPEG", quality=60))
    cli("library", "build", "L", tmp_path / "p")
    document = cli("library", "dedupe", "L", "--threshold", "0.9")
    [pair] = document["pairs"]
    assert (pair["original"], pair["copy"], pair["identical"]) == ("1.png", "2.jpg", False)
    assert "Say --yes" in cli("library", "dedupe", "L", "--merge", code=2)
    assert cli("library", "dedupe", "L", "--no-search", "--keep")["kept"] == 1
    assert cli("library", "dedupe", "L", "--threshold", "0.9")["pairs"] == []
    assert "likeness is between" in cli("library", "dedupe", "L", "--threshold", "2", code=2)


def test_dedupe_may_merge_all(cli: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = scene("blue", 4, (640, 480))
    fill(tmp_path / "p", {"1.png": photo})
    (tmp_path / "p" / "2.jpg").write_bytes(encoded(photo, "JPEG", quality=60))
    cli("library", "build", "L", tmp_path / "p")
    assert main(["library", "dedupe", "L", "--merge", "--yes"]) == 0
    out = capsys.readouterr().out
    assert "2.jpg" in out
    assert out.endswith("1 merged\n")
    assert cli("library", "list")["libraries"][0]["images"] == 1


# --- export --------------------------------------------------------------------------------------


def contents(name: str) -> dict[str, tuple[Any, ...]]:
    """file name -> all that a manifest says of it."""
    from db.tables import Library

    with read_session() as session:
        library = session.scalars(select(Library).where(Library.name == name)).one()
        items = session.scalars(select(Item).where(Item.library_id == library.id)).all()
        tags = {
            i.id: sorted(session.scalars(select(ItemTag.tag).where(ItemTag.item_id == i.id))) for i in items
        }
    return {
        i.file_name: (i.caption, tags[i.id], i.licence, i.attribution, i.source_url, i.sha256) for i in items
    }


@pytest.mark.parametrize("way", ["folder", "zip", "manifest"])
def test_what_is_exported_is_built_again_the_same(cli: Cli, library: str, tmp_path: Path, way: str) -> None:
    out = tmp_path / ("out.zip" if way == "zip" else "out")
    assert cli("library", "export", library, "--out", out)["images"] == 3
    source = ["--manifest", out / "manifest.jsonl"] if way == "manifest" else [out]
    assert cli("library", "build", "again", *source)["added"] == 3
    assert contents("again") == contents(library)
    assert contents("again")["red.png"][:4] == ("A yellow sofa", ["sofa", "warm"], "CC0", "Ada")


def test_export_holds_verified_bytes_and_a_line_each(cli: Cli, library: str, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    cli("library", "export", library, "--out", out, "--vectors")
    with zipfile.ZipFile(out) as archive:
        lines = [json.loads(line) for line in archive.read("manifest.jsonl").splitlines()]
        vectors = np.load(io.BytesIO(archive.read("vectors.npy")), allow_pickle=False)
        assert set(archive.namelist()) == {"manifest.jsonl", "vectors.npy", *(x["file"] for x in lines)}
        for line in lines:
            assert archive.read(line["file"]) == get_store().verify(line["sha256"])
    assert lines[0].keys() == {"file", "sha256"}  # what is not known is left out
    assert vectors.shape == (3, 6)
    assert np.allclose(vectors.sum(1), 3)  # at the encoder's own scale


def test_what_waits_for_its_picture_is_listed_apart(cli: Cli, tmp_path: Path) -> None:
    vectors = random_vectors(2)
    pair = write_pair(tmp_path, vectors, ["a.jpg", "b.jpg"])
    cli("library", "import-index", "old", *pair)
    cli("library", "attach", "old", fill(tmp_path / "p", {"b.jpg": scene("red")}))
    document = cli("library", "export", "old", "--out", tmp_path / "out", "--vectors")
    assert (document["images"], document["waiting"]) == (1, 1)
    assert json.loads((tmp_path / "out" / "waiting.jsonl").read_text())["file"] == "a.jpg"
    assert np.array_equal(np.load(tmp_path / "out" / "vectors.npy"), vectors[::-1])


def test_lost_and_changed_pictures_are_left_out_and_said(cli: Cli, library: str, tmp_path: Path) -> None:
    lost, changed = (contents(library)[name][-1] for name in ("red.png", "blue.png"))
    get_store().path(lost).unlink()
    get_store().path(changed).write_bytes(png(scene("white")))
    document = cli("library", "export", library, "--out", tmp_path / "out", code=1)
    assert document["images"] == 1
    assert sorted(r["file"] for r in document["rejected"]) == ["blue.png", "red.png"]
    assert not (tmp_path / "out" / "red.png").exists()


def test_an_export_never_writes_over_things(cli: Cli, library: str, photos: Path, tmp_path: Path) -> None:
    before = sorted(photos.iterdir())
    assert "is not empty" in cli("library", "export", library, "--out", photos, code=2)
    assert sorted(photos.iterdir()) == before
    assert "no library" in cli("library", "export", "nowhere", "--out", tmp_path / "x.zip", code=2)
    assert not (tmp_path / "x.zip").exists()


def test_an_unfinished_zip_is_never_seen(
    cli: Cli, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services import library_export
    from services.errors import StorageError

    def fail(*arguments: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(library_export, "_write_waiting", fail)
    folder = tmp_path / "out"
    assert "disk is full" in cli("library", "export", library, "--out", folder / "x.zip", code=1)
    assert list(folder.iterdir()) == []


def test_names_are_made_safe_and_unique() -> None:
    taken: set[str] = set()
    picture, photo = png(scene("red")), encoded(scene("red"), "JPEG")
    names = [
        file_name(name, data, taken)
        for name, data in (
            ("a/b.png", picture), ("A/B.PNG", picture), ("b.jpeg", photo), ("b.webp", photo),
            ("b.dat", photo), ("../../x.png", picture), ("manifest.jsonl", picture),
            ("con:<x>?.png", picture), ("x" * 300, picture), ("/", picture),
        )
    ]  # fmt: skip
    assert names[:6] == ["a/b.png", "A/B-2.PNG", "b.jpeg", "b.jpg", "b.dat.jpg", "x.png"]
    assert names[6] == "manifest.jsonl.png"
    assert names[7] == "con__x__.png"
    assert len(names[8]) < 100
    assert names[9] == "unnamed.png"
    assert len({name.casefold() for name in names}) == len(names)


def test_a_large_library_is_exported_in_pieces(
    cli: Cli, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services import library_export

    monkeypatch.setattr(library_export, "PIECE", 1)
    with unit_of_work() as work:  # one that no vector was made of yet comes as NaN
        first = work.session.scalars(select(Item).order_by(Item.id)).first()
        assert first is not None
        from db.tables import ItemVector

        for row in work.session.scalars(select(ItemVector).where(ItemVector.item_id == first.id)):
            work.session.delete(row)
        work.commit()
    assert cli("library", "export", library, "--out", tmp_path / "out", "--vectors")["images"] == 3
    vectors = np.load(tmp_path / "out" / "vectors.npy")
    assert np.isnan(vectors[0]).all()
    assert np.isfinite(vectors[1:]).all()


def documented() -> list[list[str]]:
    """The library commands of docs/libraries.md."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "libraries.md").read_text()
    blocks = re.findall(r"```bash\n(.*?)```", text, re.S)
    lines = [shlex.split(line, comments=True) for line in "\n".join(blocks).splitlines() if line.strip()]
    return [line[3:] for line in lines if line[:4] == ["python", "-m", "services.cli", "library"]]


def test_documented_commands_parse_and_name_every_action() -> None:
    commands = documented()
    for arguments in commands:
        assert callable(build_parser().parse_args(arguments).execute)
    assert {arguments[1] for arguments in commands} >= {
        "build", "add", "list", "search", "dedupe", "import-index", "attach", "reindex", "export", "delete",
    }  # fmt: skip
