"""Folders, uploads and ZIP archives as sources: what is read, what is refused, what never happens."""

from __future__ import annotations

import io
import os
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from services.errors import ImageRejected, InvalidInput
from services.limits import IMAGE_BYTES
from services.retrieval.sources import Listing, source_for_path
from services.retrieval.sources_folder import FolderSource
from services.retrieval.sources_upload import UploadSource
from services.retrieval.sources_zip import ZipSource
from services.storage import zips
from tests.retrieval_fakes import fill, png, scene

PHOTO = png(scene("red"))


def archive(members: dict[str, bytes] | list[tuple[zipfile.ZipInfo | str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items() if isinstance(members, dict) else members:
            file.writestr(name, data)
    return buffer.getvalue()


def listed(data: bytes) -> tuple[list[str], dict[str, str]]:
    with ZipSource(data, "photos.zip").open() as listing:
        return _summary(listing)


def _summary(listing: Listing) -> tuple[list[str], dict[str, str]]:
    return [f.name for f in listing.files], {r.file: str(r.reason) for r in listing.rejected}


# --- ZIP ---------------------------------------------------------------------------------------


def test_members_are_read_one_by_one() -> None:
    data = archive({"b.png": PHOTO, "a/": b"", "a/c.jpg": b"other"})
    with ZipSource(data, "photos.zip").open() as listing:
        assert [(f.name, f.read()) for f in listing.files] == [("a/c.jpg", b"other"), ("b.png", PHOTO)]
        assert listing.rejected == []


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "a/../../evil.png",
        "/etc/evil.png",
        "..\\evil.png",
        "C:\\evil.png",
        "c:evil.png",
        "\\e.png",
    ],
)
def test_paths_that_lead_out_are_refused_and_the_rest_goes_on(name: str, tmp_path: Path) -> None:
    files, refused = listed(archive({name: PHOTO, "good.png": PHOTO}))
    assert files == ["good.png"]
    assert len(refused) == 1
    assert "leads out of the archive" in next(iter(refused.values()))
    assert list(tmp_path.iterdir()) == []


def test_links_are_refused() -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    files, refused = listed(archive([(link, b"/etc/passwd"), ("good.png", PHOTO)]))
    assert files == ["good.png"]
    assert "is a link" in refused["link.png"]


def test_archives_inside_are_refused() -> None:
    files, refused = listed(archive({"inner.zip": archive({"a.png": PHOTO}), "good.png": PHOTO}))
    assert files == ["good.png"]
    assert "is an archive" in refused["inner.zip"]


def test_password_is_said() -> None:
    data = bytearray(archive({"secret.png": PHOTO}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    files, refused = listed(bytes(data))
    assert files == []
    assert "password" in refused["secret.png"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_without_bounded_steps_are_refused(method: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr("a.png", PHOTO)
    assert "method" in listed(buffer.getvalue())[1]["a.png"]


def test_bomb_of_zeros_is_refused_without_being_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """200 MB in 195 kB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file, file.open("zeros.png", "w") as member:
        for _ in range(200):
            member.write(b"\0" * 2**20)
    data = buffer.getvalue()
    assert len(data) < 250_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked"))
    assert "larger than 40 MB" in listed(data)[1]["zeros.png"]


def test_ratio_of_no_photo_is_refused() -> None:
    _, refused = listed(archive({"zeros.png": b"\0" * 2**20}))
    assert "100 times" in refused["zeros.png"]


def test_member_that_lies_about_its_size_gives_no_more_than_it_said() -> None:
    """The directory says 1,000 bytes, the data unpacks to 30 MB: a reader that trusts neither survives."""
    data = bytearray(archive({"liar.png": b"\0" * 30_000_000}))
    central, local = data.index(b"PK\x01\x02"), data.index(b"PK\x03\x04")
    data[central + 24 : central + 28] = struct.pack("<I", 1_000)
    data[local + 22 : local + 26] = struct.pack("<I", 1_000)
    with ZipSource(bytes(data), "liar.zip").open() as listing:
        [member] = listing.files
        tracemalloc.start()
        with pytest.raises(ImageRejected, match="cannot be unpacked"):
            member.read()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2_000_000


def test_damaged_member_is_refused_when_read() -> None:
    data = bytearray(archive({"a.png": PHOTO, "b.png": PHOTO}))
    data[data.index(b"a.png") + 12] ^= 0xFF
    with ZipSource(bytes(data), "x.zip").open() as listing:
        first, second = listing.files
        with pytest.raises(ImageRejected, match="damaged"):
            first.read()
        assert second.read() == PHOTO


@pytest.mark.parametrize(
    ("cap", "words"), [("ZIP_FILES", "holds 3 files; at most 2"), ("ZIP_BYTES", "unpacks to more than")]
)
def test_caps_on_the_whole_archive(monkeypatch: pytest.MonkeyPatch, cap: str, words: str) -> None:
    monkeypatch.setattr(zips, cap, 2)
    with pytest.raises(InvalidInput, match=words):
        listed(archive({f"{i}.png": PHOTO for i in range(3)}))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04garbage", archive({"a.png": PHOTO})[:-30]])
def test_what_is_no_archive_is_said(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="not a ZIP file that can be read"):
        listed(data)


def test_what_archivers_add_is_passed_over() -> None:
    members = {"__MACOSX/._a.png": b"x", ".DS_Store": b"x", "sub/._b.png": b"x", "readme.txt": b"x"}
    assert listed(archive({**members, "a.png": PHOTO})) == (["a.png"], {})


def test_strange_names_are_shown_harmlessly() -> None:
    files, _ = listed(archive({"dir/a\u202eb\x1b.png": PHOTO, "n" * 3000 + ".png": PHOTO}))
    assert files[0] == "dir/ab.png"
    assert len(files[1]) <= 400
    assert files[1].endswith(".png")


# --- folders -----------------------------------------------------------------------------------


def test_folder_is_read_in_a_fixed_order_with_all_folders_in_it(tmp_path: Path) -> None:
    fill(tmp_path, {"b.png": scene("red"), "a/z.png": scene("red"), "a.png": scene("red")})
    (tmp_path / ".hidden").mkdir()
    fill(tmp_path / ".hidden", {"no.png": scene("red")})
    with FolderSource(tmp_path).open() as listing:
        assert _summary(listing) == (["a.png", "a/z.png", "b.png"], {})


def test_links_that_stay_inside_are_read_and_others_refused(tmp_path: Path) -> None:
    root = fill(tmp_path / "root", {"real.png": scene("red")})
    secret = fill(tmp_path / "secret", {"secret.png": scene("blue")})
    (root / "inside.png").symlink_to(root / "real.png")
    (root / "outside.png").symlink_to(secret / "secret.png")
    (root / "broken.png").symlink_to(root / "nowhere.png")
    (root / "loop.png").symlink_to(root / "loop.png")
    (root / "folder").symlink_to(secret)
    with FolderSource(root).open() as listing:
        files, refused = _summary(listing)
        assert files == ["inside.png", "real.png"]
        assert listing.files[0].read() == (root / "real.png").read_bytes()
    assert set(refused) == {"outside.png", "broken.png", "loop.png"}
    assert all("leads out of the folder" in reason for reason in refused.values())


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with FolderSource(tmp_path).open() as listing:
        assert _summary(listing) == ([], {})


def test_large_file_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(IMAGE_BYTES * 50)
    with FolderSource(tmp_path).open() as listing, pytest.raises(ImageRejected, match="larger than 40 MB"):
        listing.files[0].read()


def test_file_that_vanishes_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, {"a.png": scene("red")})
    with FolderSource(tmp_path).open() as listing:
        (tmp_path / "a.png").unlink()
        with pytest.raises(ImageRejected, match="cannot be read"):
            listing.files[0].read()


def test_picture_with_another_extension_is_found_and_other_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "photo.dat").write_bytes(PHOTO)
    (tmp_path / "photo").write_bytes(PHOTO)
    (tmp_path / "data.json").write_text("{}")
    with FolderSource(tmp_path).open() as listing:
        assert _summary(listing) == (["photo", "photo.dat"], {})


def test_names_that_are_no_text_are_shown_harmlessly(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n.png")).write_bytes(PHOTO)
    with FolderSource(tmp_path).open() as listing:
        assert [f.name for f in listing.files] == ["caf .png"]
        assert listing.files[0].read() == PHOTO


# --- uploads and paths -------------------------------------------------------------------------


def test_uploads_may_hold_an_archive_and_hostile_names() -> None:
    files = [("../../x.png", PHOTO), ("many.zip", archive({"in/y.png": PHOTO})), ("z.txt", b"text")]
    with UploadSource(files).open() as listing:
        assert [f.name for f in listing.files] == ["x.png", "z.txt", "in/y.png"]


def test_archive_under_the_name_of_a_picture_is_opened_as_what_it_is() -> None:
    with UploadSource([("photos.png", archive({"y.png": PHOTO}))]).open() as listing:
        assert [f.name for f in listing.files] == ["y.png"]


def test_broken_archive_refuses_alone_and_is_listed_among_others() -> None:
    broken = ("x.zip", b"PK\x03\x04garbage")
    with pytest.raises(InvalidInput, match="not a ZIP"), UploadSource([broken]).open():
        pass
    with UploadSource([broken, ("a.png", PHOTO)]).open() as listing:
        assert _summary(listing)[0] == ["a.png"]
        assert "not a ZIP" in _summary(listing)[1]["x.zip"]


def test_no_upload_is_said() -> None:
    with pytest.raises(InvalidInput, match="No file was uploaded"), UploadSource([]).open():
        pass


def _file(root: Path) -> Path:
    (root / "a.txt").write_text("x")
    return root / "a.txt"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (lambda root: root / "nowhere", "no folder or ZIP file"),
        (_file, "neither a folder nor a ZIP"),
        (lambda root: root / "a\0b", "no folder or ZIP file"),
        (lambda root: root / ("x" * 5000), "no folder or ZIP file"),
    ],
)
def test_unknown_paths_are_said(tmp_path: Path, path: Callable[[Path], Path], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        source_for_path(path(tmp_path))


def test_paths_lead_to_their_source(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive({"a.png": PHOTO}))
    assert isinstance(source_for_path(tmp_path), FolderSource)
    source = source_for_path(tmp_path / "a.zip")
    assert isinstance(source, ZipSource)
    with source.open() as listing:
        assert listing.files[0].read() == PHOTO
