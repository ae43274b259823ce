"""The image store: whole files, honest errors, thumbnails."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.errors import NotFound, StorageError
from services.storage import files
from services.storage.images import ImageStore, encode_lossless


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


def picture(seed: int = 0, size: tuple[int, int] = (900, 600), mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (6, 9, len(mode)), dtype=np.uint8)
    return Image.fromarray(small, mode).resize(size, Image.Resampling.BICUBIC)


def files_under(root: Path) -> list[Path]:
    return [p for p in root.rglob("*") if p.is_file()]


def test_key_is_the_hash_of_the_bytes_and_shards_the_folder(store: ImageStore) -> None:
    data = encode_lossless(picture())
    sha = store.put(data)
    assert sha == hashlib.sha256(data).hexdigest()
    assert store.path(sha) == store.root / "sha256" / sha[:2] / sha
    assert store.path(sha).read_bytes() == data
    assert store.exists(sha)
    assert store.verify(sha) == data


def test_lossless_round_trip_and_same_pixels_same_key(store: ImageStore) -> None:
    image = picture(mode="RGBA")
    sha = store.put_image(image)
    assert np.array_equal(np.asarray(store.open(sha)), np.asarray(image))
    other = image.copy()
    other.info["comment"] = "kept out"
    assert store.put_image(other) == sha


def test_second_put_writes_nothing(store: ImageStore) -> None:
    sha = store.put_image(picture())
    before = store.path(sha).stat().st_mtime_ns
    assert store.put_image(picture()) == sha
    assert store.path(sha).stat().st_mtime_ns == before


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_keys_that_are_no_hashes_never_become_paths(store: ImageStore, key: str) -> None:
    assert not store.exists(key)
    for read in (store.path, store.open, store.thumbnail, store.verify):
        with pytest.raises(NotFound):
            read(key)


def test_missing_picture_is_not_found(store: ImageStore) -> None:
    for read in (store.path, store.open, store.thumbnail, store.verify):
        with pytest.raises(NotFound, match="not in the image store"):
            read("0" * 64)


def test_bytes_that_are_no_picture_are_not_stored(store: ImageStore) -> None:
    with pytest.raises(StorageError):
        store.put(b"no picture")
    assert files_under(store.root.parent) == []


def test_damage_is_flagged_and_healed_by_putting_again(store: ImageStore) -> None:
    sha = store.put_image(picture())
    good = store.path(sha).read_bytes()
    store.path(sha).write_bytes(good[: len(good) // 2])
    with pytest.raises(StorageError, match="damaged"):
        store.open(sha)
    assert not store.exists(sha)  # set aside: whoever looks for it makes it again
    store.put(good)
    flipped = bytearray(good)
    flipped[-20] ^= 1
    store.path(sha).write_bytes(flipped)
    with pytest.raises(StorageError, match="damaged"):
        store.verify(sha)
    assert store.put(good) == sha
    assert store.verify(sha) == good


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failure_before_the_rename_leaves_nothing_visible(
    store: ImageStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os if step == "fsync" else Path, step, fail)
        with pytest.raises(StorageError, match="disk is full"):
            store.put_image(picture())
    assert files_under(store.root) == []
    assert store.exists(store.put_image(picture()))


def test_kill_between_write_and_rename_leaves_only_a_temporary_file(
    store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed process runs no clean-up: what it leaves must never be taken for a picture."""

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    data = encode_lossless(picture())
    sha = hashlib.sha256(data).hexdigest()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", die)
        patch.setattr(Path, "unlink", die)
        with pytest.raises(Killed):
            store.put(data)
    left = files_under(store.root)
    assert len(left) == 1
    assert left[0].name.startswith(".tmp-")
    assert not store.exists(sha)
    assert store.put(data) == sha
    assert store.verify(sha) == data


def test_overwriting_keeps_the_old_file_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    files.write_whole(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match="cannot be written"):
        files.write_whole(path, b"new and longer")
    assert path.read_bytes() == b"old"
    assert files_under(tmp_path) == [path]


def test_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="cannot be written"):
        ImageStore(tmp_path / "images").put_image(picture())


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_thumbnail_is_made_when_put_and_again_when_missing(store: ImageStore, mode: str) -> None:
    sha = store.put_image(picture(mode=mode))
    made = files_under(store.root / "thumbnails")
    assert made == [store.thumbnail(sha)]
    first = made[0].read_bytes()
    made[0].unlink()
    again = store.thumbnail(sha)
    with Image.open(again) as small:
        assert max(small.size) == 320
        assert abs(small.width / small.height - 1.5) < 0.02
        assert small.mode == mode
        assert not small.getexif()
    assert again.read_bytes() == first  # PNG source: made from the same pixels


def test_thumbnail_of_a_jpeg_is_made_again_through_a_reduced_decode(store: ImageStore) -> None:
    buffer = io.BytesIO()
    picture(size=(2400, 1600)).save(buffer, "JPEG", quality=95)
    sha = store.put(buffer.getvalue())
    store.thumbnail(sha).unlink()
    with Image.open(store.thumbnail(sha)) as small:
        assert small.size == (320, 213)


def test_small_pictures_are_not_enlarged(store: ImageStore) -> None:
    sha = store.put_image(picture(size=(90, 60)))
    with Image.open(store.thumbnail(sha)) as small:
        assert small.size == (90, 60)


def test_other_thumbnail_sizes_live_beside(store: ImageStore) -> None:
    sha = store.put_image(picture())
    with Image.open(store.thumbnail(sha, side=128)) as small:
        assert max(small.size) == 128
    assert store.thumbnail(sha).is_file()


def test_many_threads_may_put_the_same_picture(store: ImageStore) -> None:
    data = encode_lossless(picture())
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(store.put, [data] * 40))
    assert len(keys) == 1
    assert store.verify(keys.pop()) == data
    assert not [p for p in files_under(store.root) if p.name.startswith(".tmp-")]
