"""Manifests, web addresses, other libraries and Unsplash as sources; words and rights that come along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from db.tables import Item, ItemTag, ItemVector, Library
from services import libraries
from services.database import read_session, unit_of_work
from services.errors import EngineUnavailable, InvalidInput
from services.libraries import build
from services.net import web
from services.net.addresses import Reach
from services.retrieval import unsplash
from services.retrieval.ingest import IngestReport
from services.retrieval.sources_folder import FolderSource
from services.retrieval.sources_library import LibrarySource
from services.retrieval.sources_manifest import ManifestSource
from services.retrieval.sources_unsplash import UnsplashSource
from services.retrieval.sources_upload import UploadSource
from services.settings import get_settings
from services.storage.images import get_store
from tests.retrieval_fakes import ColourEncoder, fill, png, scene
from tests.web_server import Page, WebServer, web_server

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def website(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A server that these tests may reach; the product may not."""
    with web_server({}) as server:
        monkeypatch.setattr(web, "public_web", lambda: web.Web(Reach(allows=lambda _: True, ports=None)))
        yield server


def told(library: str = "L") -> dict[str, dict[str, Any]]:
    """File name -> all that is said of the item."""
    with read_session() as session:
        rows = session.scalars(select(Item).join(Library).where(Library.name == library))
        tags: dict[int, list[str]] = {}
        for item_id, tag in session.execute(select(ItemTag.item_id, ItemTag.tag).order_by(ItemTag.tag)):
            tags.setdefault(item_id, []).append(tag)
        return {
            row.file_name: {
                "caption": row.caption,
                "tags": tags.get(row.id, []),
                "licence": row.licence,
                "attribution": row.attribution,
                "source_url": row.source_url,
            }
            for row in rows
        }


def reasons(report: IngestReport) -> list[str]:
    return [str(rejected.reason) for rejected in report.rejected]


# --- manifests ---------------------------------------------------------------------------------

FULL = (
    "file,caption,tags,licence,attribution,source_url\n"
    'a.png,"A red wall, at noon","wall; warm",CC BY 4.0,Jo Kim,https://example.com/a\n'
    "sub/b.png,파란 문,문,,,\n"
)


def test_a_manifest_says_which_pictures_and_all_about_them(tmp_path: Path) -> None:
    fill(tmp_path, {"a.png": scene("red", 1), "sub/b.png": scene("blue", 2), "other.png": scene("green", 3)})
    (tmp_path / "list.csv").write_text(FULL, encoding="utf-8")
    report = build("L", ManifestSource(tmp_path / "list.csv"), ColourEncoder())
    assert (report.added, report.rejected) == (2, ())
    assert told() == {
        "a.png": {
            "caption": "A red wall, at noon",
            "tags": ["wall", "warm"],
            "licence": "CC BY 4.0",
            "attribution": "Jo Kim",
            "source_url": "https://example.com/a",
        },
        "sub/b.png": {
            "caption": "파란 문", "tags": ["문"], "licence": None, "attribution": None, "source_url": None
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ","), ("utf-16", "\t"), ("cp949", ","), ("utf-8", ";")]
)
def test_tables_of_korean_excel_are_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    fill(tmp_path, {"a.png": scene("red", 1)})
    text = (
        delimiter.join(("file", "caption", "licence"))
        + "\r\n"
        + delimiter.join(("a.png", "노란 소파", "구매"))
    )
    (tmp_path / "m.csv").write_bytes(text.encode(encoding))
    build("L", ManifestSource(tmp_path / "m.csv"), ColourEncoder())
    assert told()["a.png"]["caption"] == "노란 소파"
    assert told()["a.png"]["licence"] == "구매"


def test_text_in_an_unknown_encoding_is_refused_and_not_turned_into_nonsense(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_bytes("file,caption\na.png,café à la crème".encode("latin-1"))
    with pytest.raises(InvalidInput, match="in UTF-8"):
        build("L", ManifestSource(tmp_path / "m.csv"), ColourEncoder())


def test_bad_rows_are_listed_with_their_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    root = fill(tmp_path / "in", {"a.png": scene("red", 1), "b.png": scene("blue", 2)})
    fill(tmp_path, {"outside.png": scene("green", 3)})
    (root / "link.png").symlink_to(tmp_path / "outside.png")
    rows = [
        "file,caption,source_url",
        "a.png,fine,",
        "../outside.png,no,",
        f"{tmp_path}/outside.png,no,",
        "link.png,no,",
        "sub\\..\\..\\outside.png,no,",
        "C:\\outside.png,no,",
        ",no file,",
        'a b,"two\nlines",',
        "none.png,no,",
        "b.png,a comma, that is not quoted,",
        "b.png,no,javascript:alert(1)",
        "b.png,fine,",
    ]
    (root / "m.csv").write_text("\n".join(rows))
    report = build("L", ManifestSource(root / "m.csv"), ColourEncoder())
    assert set(told()) == {"a.png", "b.png"}
    lines = {r.file: str(r.reason) for r in report.rejected}
    assert {int(file.rpartition(":")[2]) for file in lines} == {3, 4, 5, 6, 7, 8, 9, 11, 12, 13}
    for line in (3, 4, 5, 6, 7):
        assert f"line {line}" in lines[f"m.csv:{line}"]
        assert "not inside the manifest's folder" in lines[f"m.csv:{line}"]
    assert "file is missing" in lines["m.csv:8"]
    assert "no file none.png" in lines["m.csv:11"]
    assert "quotes" in lines["m.csv:12"]
    assert "not a web address" in lines["m.csv:13"]


def test_lines_of_json_that_are_broken_are_listed(tmp_path: Path) -> None:
    fill(tmp_path, {"a.png": scene("red", 1), "b.png": scene("blue", 1)})
    lines = [
        '{"file": "a.png", "tags": ["x", "y"]}',
        "{",
        "[1]",
        '{"file": 7}',
        '{"file": "a.png", "tags": 5}',
        "",
        '{"file": "b.png", "license": "CC0", "credit": "Me"}',
    ]
    (tmp_path / "m.jsonl").write_text("\n".join(lines))
    report = build("L", ManifestSource(tmp_path / "m.jsonl"), ColourEncoder())
    assert [r.file for r in report.rejected] == ["m.jsonl:2", "m.jsonl:3", "m.jsonl:4", "m.jsonl:5"]
    assert told()["a.png"]["tags"] == ["x", "y"]
    assert (told()["b.png"]["licence"], told()["b.png"]["attribution"]) == ("CC0", "Me")


def test_no_manifest_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is no manifest"):
        ManifestSource(tmp_path / "m.txt")
    with pytest.raises(InvalidInput, match="cannot be read"):
        build("L", ManifestSource(tmp_path / "m.csv"), ColourEncoder())


def test_a_manifest_beside_uploads_may_name_pictures_of_the_web(website: WebServer) -> None:
    website.pages["/hat.png"] = Page(png(scene("green", 1)))
    website.pages["/page.png"] = Page(b"<html>not a picture</html>", headers={"Content-Type": "image/png"})
    rows = ["file,licence", "red.png,Bought"]
    rows += [f"{website.url}/{name}" for name in ("hat.png,CC0", "page.png,", "no.png,")]
    table = "\n".join(rows)
    files = [("red.png", png(scene("red", 2))), ("manifest.csv", table.encode())]
    report = build("L", UploadSource(files), ColourEncoder())
    assert report.added == 2
    assert told()["red.png"]["licence"] == "Bought"
    assert (told()["hat.png"]["licence"], told()["hat.png"]["source_url"]) == (
        "CC0",
        f"{website.url}/hat.png",
    )
    assert "format HTML" in reasons(report)[0]
    assert "404" in reasons(report)[1]


def test_a_picture_of_the_web_is_fetched_once(website: WebServer, tmp_path: Path) -> None:
    website.pages["/hat.png"] = Page(png(scene("green", 1)))
    table = tmp_path / "m.csv"
    table.write_text(f"file,tags\n{website.url}/hat.png,hat\n")
    build("L", ManifestSource(table), ColourEncoder())
    table.write_text(f"file,tags\n{website.url}/hat.png,green\n")
    again = build("L", ManifestSource(table), ColourEncoder())
    assert (again.added, again.updated, website.paths) == (0, 1, ["/hat.png"])
    assert told()["hat.png"]["tags"] == ["green", "hat"]


def test_the_product_fetches_nothing_from_this_machine(tmp_path: Path) -> None:
    """As `test_a_manifest_...`, without the tests' reach."""
    with web_server({"/hat.png": Page(png(scene("green", 1)))}) as server:
        (tmp_path / "m.csv").write_text(f"file\n{server.url}/hat.png\nhttp://127.0.0.1/hat.png\n")
        with pytest.raises(InvalidInput, match="None of the 2 files"):
            build("L", ManifestSource(tmp_path / "m.csv"), ColourEncoder())
        assert server.asked == []


def test_rows_without_their_file_are_told_in_one_sentence(tmp_path: Path) -> None:
    root = fill(tmp_path / "in", {"a.png": scene("red", 1)})
    (root / "captions.csv").write_text("file,caption\na.png,x\nb.png,y\nc.png,z\n")
    report = build("L", FolderSource(root), ColourEncoder())
    assert reasons(report) == ["captions.csv: 2 rows name files that are not here, first b.png in line 3."]


def test_what_a_manifest_says_later_joins_known_pictures(tmp_path: Path) -> None:
    encoder = ColourEncoder()
    root = fill(tmp_path / "in", {"a.png": scene("red", 1), "b.png": scene("blue", 2)})
    (root / "manifest.csv").write_text("file,tags,licence\na.png,old,Bought\n")
    build("L", FolderSource(root), encoder)
    version = _version()
    encoder.batches.clear()
    (root / "manifest.csv").write_text("file,caption,tags,attribution\na.png,a yellow hat,new,Jo\n")
    report = build("L", FolderSource(root), encoder)
    assert (report.added, report.updated, encoder.batches) == (0, 1, [])
    assert told()["a.png"] == {
        "caption": "a yellow hat", "tags": ["new", "old"], "licence": "Bought", "attribution": "Jo",
        "source_url": None,
    }  # fmt: skip
    assert libraries.search("L", ["yellow"], 1, encoder)[0][0].file_name == "a.png"
    assert _version() > version
    assert build("L", FolderSource(root), encoder).updated == 0


def _version() -> int:
    with read_session() as session:
        return session.scalars(select(Library.version).where(Library.name == "L")).one()


def test_rows_know_their_size_look_and_version(tmp_path: Path) -> None:
    build("L", FolderSource(fill(tmp_path / "in", {"a.png": scene("red", 1)})), ColourEncoder())
    with read_session() as session:
        item, vector = session.scalars(select(Item)).one(), session.scalars(select(ItemVector)).one()
        library = session.scalars(select(Library)).one()
    assert item.bytes == len(get_store().verify(item.sha256))
    assert item.look is not None
    assert (vector.library_id, vector.version) == (library.id, library.version)


# --- another library ---------------------------------------------------------------------------


class Deaf(ColourEncoder):
    """Fails when asked to encode: what is copied needs no model."""

    def encode_images(self, images: Any) -> Any:
        raise AssertionError("encoded again")

    encode_texts = encode_images


def test_another_library_comes_with_words_and_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, {"a.png": scene("red", 1), "sub/b.png": scene("blue", 2)})
    (tmp_path / "list.csv").write_text(FULL, encoding="utf-8")
    build("A", ManifestSource(tmp_path / "list.csv"), ColourEncoder())
    libraries.reindex("A", ColourEncoder("fake/other", dim=8))
    monkeypatch.setattr("services.retrieval.prepare.read_picture", lambda *_: pytest.fail("read again"))
    report = build("B", LibrarySource("A"), Deaf())
    assert (report.added, report.rejected) == (2, ())
    assert told("B") == told("A")
    found = libraries.search("B", ["blue"], 1, ColourEncoder())[0][0]
    assert found.file_name == "sub/b.png"
    assert len(libraries.search("B", ["red"], 2, ColourEncoder("fake/other", dim=8))[0]) == 2
    assert build("B", LibrarySource("A"), Deaf()).added == 0
    libraries.delete("A")
    assert len(libraries.search("B", ["red"], 2, ColourEncoder())[0]) == 2


def test_what_the_other_library_has_no_vector_of_is_encoded(tmp_path: Path) -> None:
    build("A", FolderSource(fill(tmp_path / "in", {"a.png": scene("red", 1)})), ColourEncoder())
    other = ColourEncoder("fake/other", dim=8)
    assert build("B", LibrarySource("A"), other).added == 1
    assert other.batches == [1]
    assert libraries.search("B", ["red"], 1, other)[0][0].file_name == "a.png"
    assert libraries.search("B", ["red"], 1, ColourEncoder())[0][0].file_name == "a.png"


def test_items_that_cannot_be_copied_are_told(tmp_path: Path) -> None:
    build(
        "A",
        FolderSource(fill(tmp_path / "in", {f"{i}.png": scene("red", i) for i in range(3)})),
        ColourEncoder(),
    )
    with unit_of_work() as work:
        first, second, _ = work.session.scalars(select(Item).order_by(Item.id)).all()
        first.pictured = False
        second.look = None
        get_store().path(second.sha256).unlink()
        work.commit()
    report = build("B", LibrarySource("A"), ColourEncoder())
    assert report.added == 1
    assert "1 items of A have no picture yet" in reasons(report)[0]
    assert "1.png is missing or damaged" in reasons(report)[1]
    with pytest.raises(InvalidInput, match="no library"):
        build("B", LibrarySource("nope"), ColourEncoder())


# --- Unsplash ----------------------------------------------------------------------------------


class Unsplash:
    """As the API answers; `limit` requests are allowed."""

    def __init__(self, server: WebServer, total: int) -> None:
        self.server, self.total, self.limit = server, total, 1000
        self.notices: list[str] = []
        server.pages["/search/photos"] = self._search
        for number in range(total):
            server.pages[f"/raw/{number}"] = Page(png(scene("red", number)))
            server.pages[f"/photos/p{number}/download"] = self._notice

    def _count(self) -> Page | None:
        self.limit -= 1
        return Page(b"Rate Limit Exceeded", 403) if self.limit < 0 else None

    def _notice(self, path: str) -> Page:
        self.notices.append(path)
        return self._count() or Page(b'{"url": "https://images.unsplash.com/x"}')

    def _search(self, path: str) -> Page:
        query = parse_qs(urlsplit(path).query)
        page, size = int(query["page"][0]), int(query["per_page"][0])
        results = [self.photo(n) for n in range((page - 1) * size, min(page * size, self.total))]
        document = {"total": self.total, "total_pages": -(-self.total // size), "results": results}
        return self._count() or Page(json.dumps(document).encode())

    def photo(self, number: int) -> dict[str, Any]:
        return {
            "id": f"p{number}",
            "description": None,
            "alt_description": f"red dog {number}",
            "urls": {"raw": f"{self.server.url}/raw/{number}?ixid=abc"},
            "links": {
                "html": f"https://unsplash.com/photos/red-dog-p{number}",
                "download_location": f"{self.server.url}/photos/p{number}/download?ixid=abc",
            },
            "user": {"name": "Jo Kim", "username": "jokim", "links": {"html": "https://unsplash.com/@jokim"}},
            "tags": [{"type": "search", "title": "dog"}],
        }


@pytest.fixture
def api(website: WebServer, monkeypatch: pytest.MonkeyPatch) -> Unsplash:
    monkeypatch.setenv("AIM_STUDIO_UNSPLASH_ACCESS_KEY", "key-of-mine")
    get_settings.cache_clear()
    monkeypatch.setattr(unsplash, "API", website.url)
    return Unsplash(website, 70)


def test_unsplash_photos_come_with_their_rights_and_are_reported(api: Unsplash) -> None:
    report = build("L", UnsplashSource("red dog", 40), ColourEncoder())
    assert (report.images, report.rejected) == (40, ())
    first = told()["unsplash-p0.jpg"]
    assert first == {
        "caption": "red dog 0",
        "tags": ["dog"],
        "licence": "Unsplash License",
        "attribution": "Photo by Jo Kim on Unsplash "
        "(https://unsplash.com/@jokim?utm_source=aim_studio&utm_medium=referral)",
        "source_url": "https://unsplash.com/photos/red-dog-p0",
    }
    searches = [path for path in api.server.paths if path.startswith("/search")]
    assert [parse_qs(urlsplit(path).query)["page"] for path in searches] == [["1"], ["2"]]
    assert sorted(api.notices) == sorted(f"/photos/p{n}/download?ixid=abc" for n in range(40))
    keyed = {path.partition("?")[0].split("/")[1] for path, h in api.server.asked if "authorization" in h}
    assert keyed == {"search", "photos"}  # pictures come from elsewhere, without the key
    assert api.server.asked[0][1]["authorization"] == "Client-ID key-of-mine"


def test_unsplash_again_takes_only_what_is_new(api: Unsplash) -> None:
    build("L", UnsplashSource("red dog", 5), ColourEncoder())
    api.notices.clear()
    report = build("L", UnsplashSource("red dog", 7), ColourEncoder())
    assert (report.added, report.images) == (2, 7)
    assert len(api.notices) == 2


def test_unsplash_stops_kindly_at_its_limit(api: Unsplash) -> None:
    api.limit = 1 + 4
    report = build("L", UnsplashSource("red dog", 30), ColourEncoder())
    assert (report.added, len(report.rejected)) == (4, 26)
    assert "could not be told of the download" in reasons(report)[0]
    api.limit = 0
    with pytest.raises(InvalidInput, match="no more requests with this key"):
        build("L", UnsplashSource("red dog", 30), ColourEncoder())
    api.limit = 1
    with pytest.raises(InvalidInput, match="None of"):
        build("M", UnsplashSource("red dog", 60), ColourEncoder())


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (Page(b"{}", 401), "does not accept the key"),
        (Page(b"{}", 429), "no more requests"),
        (Page(b"{}", 500), "could not answer"),
        (Page(b"<html>"), "could not answer"),
        (Page(b"[]"), "could not answer"),
        (Page(b'{"results": 5}'), "could not answer"),
    ],
)
def test_unsplash_refusals_are_sentences(api: Unsplash, page: Page, words: str) -> None:
    api.server.pages["/search/photos"] = page
    with pytest.raises(InvalidInput, match=words) as caught:
        build("L", UnsplashSource("red dog", 3), ColourEncoder())
    assert "key-of-mine" not in str(caught.value)


def test_a_photo_that_would_send_the_key_elsewhere_is_left_out(api: Unsplash) -> None:
    with web_server({}, "127.0.0.2") as thief:
        photos = [api.photo(0), api.photo(1), {"id": "broken"}]
        photos[0]["links"]["download_location"] = f"{thief.url}/download"
        document = {"total": 3, "total_pages": 1, "results": photos}
        api.server.pages["/search/photos"] = Page(json.dumps(document).encode())
        report = build("L", UnsplashSource("red dog", 3), ColourEncoder())
        assert thief.asked == []
    assert (report.added, reasons(report)) == (1, ["2 photos of Unsplash's answer could not be used."])


def test_unsplash_asks_for_a_key_and_for_sensible_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_STUDIO_UNSPLASH_ACCESS_KEY", "")
    get_settings.cache_clear()
    with pytest.raises(EngineUnavailable, match="AIM_STUDIO_UNSPLASH_ACCESS_KEY"):
        UnsplashSource("dog", 3)
    monkeypatch.setenv("AIM_STUDIO_UNSPLASH_ACCESS_KEY", "hush")
    get_settings.cache_clear()
    assert "hush" not in repr(get_settings())
    for term, count in (("", 3), ("x" * 101, 3), ("dog", 0), ("dog", 1001)):
        with pytest.raises(InvalidInput):
            UnsplashSource(term, count)


def test_one_table_names_only_so_many_addresses(website: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.retrieval.web_pictures.WEB_ROWS", 1)
    website.pages["/0.png"] = Page(png(scene("red")))
    table = "\n".join(["file", *(f"{website.url}/{number}.png" for number in range(3))])
    report = build("L", UploadSource([("list.csv", table.encode())]), ColourEncoder())
    assert (report.added, website.paths) == (1, ["/0.png"])
    assert reasons(report) == ["list.csv names 3 web addresses; the first 1 were used. Split it."]
