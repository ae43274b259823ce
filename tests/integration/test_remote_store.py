"""Pictures in a bucket: written whole, read through a bounded cache, faults told in sentences."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from db import tables
from services.database import reset_database, unit_of_work
from services.errors import NotFound, StorageError, Unavailable
from services.settings import get_settings
from services.storage import s3
from services.storage import sweep as sweep_module
from services.storage.images import encode_lossless, get_store
from services.storage.remote import RemoteStore
from services.storage.sweep import sweep
from tests.s3_server import KEY, SECRET, S3Server, s3_server


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running, pytest.MonkeyPatch.context() as patch:
        # Pauses between tries are botocore's own: up to some seconds, here next to none.
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda self, context: 0.01)
        running.client().create_bucket(Bucket="pictures")
        yield running


@pytest.fixture
def store(server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RemoteStore]:
    server.mend()
    # Each test has a prefix of its own, and so a cache of its own.
    monkeypatch.setenv("AIM_STUDIO_HOME", str(tmp_path))
    monkeypatch.setenv("AIM_STUDIO_STORE_URL", f"s3://pictures/{tmp_path.name}")
    monkeypatch.setenv("AIM_STUDIO_STORE_ENDPOINT", server.url)
    monkeypatch.setenv("AIM_STUDIO_STORE_ACCESS_KEY", KEY)
    monkeypatch.setenv("AIM_STUDIO_STORE_SECRET_KEY", SECRET)
    reset_database()
    get_settings.cache_clear()
    found = get_store()
    assert isinstance(found, RemoteStore)
    server.requests.clear()
    yield found
    server.mend()
    get_settings.cache_clear()


def png(seed: int = 0, side: int = 40) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
    return encode_lossless(Image.fromarray(pixels))


def in_bucket(server: S3Server, prefix: str) -> dict[str, bytes]:
    client = server.client()
    listed = client.list_objects_v2(Bucket="pictures", Prefix=prefix).get("Contents", [])
    return {
        each["Key"].removeprefix(prefix): client.get_object(Bucket="pictures", Key=each["Key"])["Body"].read()
        for each in listed
    }


def forget_cache(store: RemoteStore) -> None:
    for path in store.root.rglob("*"):
        if path.is_file():
            path.unlink()


def test_a_picture_and_its_thumbnail_lie_under_their_keys(
    store: RemoteStore, server: S3Server, tmp_path: Path
) -> None:
    data = png()
    key = store.put(data)
    assert key == hashlib.sha256(data).hexdigest()
    found = in_bucket(server, f"{tmp_path.name}/")
    assert set(found) == {f"sha256/{key[:2]}/{key}", f"thumbnails/320/{key[:2]}/{key}"}
    assert found[f"sha256/{key[:2]}/{key}"] == data
    assert store.verify(key) == data
    assert store.open(key).size == (40, 40)


def test_what_is_cached_is_not_fetched_again(store: RemoteStore, server: S3Server) -> None:
    key = store.put(png())
    forget_cache(store)
    server.requests.clear()
    assert store.path(key).read_bytes() == png()
    assert store.path(key).read_bytes() == png()
    assert [method for method, _ in server.requests] == ["GET"]
    assert store.put(png()) == key
    assert "PUT" not in {method for method, _ in server.requests}  # the same bytes are there already


def test_a_picture_of_nobody_is_not_found(store: RemoteStore) -> None:
    assert not store.exists("0" * 64)
    with pytest.raises(NotFound):
        store.path("0" * 64)
    with pytest.raises(NotFound):
        store.path("../../etc/passwd")


def test_a_thumbnail_that_is_lost_is_made_again(store: RemoteStore, server: S3Server, tmp_path: Path) -> None:
    key = store.put(png(side=700))
    small = f"{tmp_path.name}/thumbnails/320/{key[:2]}/{key}"
    server.client().delete_object(Bucket="pictures", Key=small)
    forget_cache(store)
    assert max(Image.open(store.thumbnail(key)).size) == 320
    assert server.client().head_object(Bucket="pictures", Key=small)


def test_a_page_s_thumbnails_are_fetched_side_by_side(store: RemoteStore, server: S3Server) -> None:
    keys = [store.put(png(seed)) for seed in range(12)]
    forget_cache(store)
    server.requests.clear()
    store.prefetch([*keys, "f" * 64])
    fetched = len(server.requests)
    assert [store.thumbnail(key).stat().st_size > 0 for key in keys] == [True] * 12
    assert len(server.requests) == fetched == 13  # one each, the one that is not there too


def test_an_object_with_other_bytes_is_set_aside_and_can_be_put_again(
    store: RemoteStore, server: S3Server, tmp_path: Path
) -> None:
    data = png()
    key = store.put(data)
    name = f"{tmp_path.name}/sha256/{key[:2]}/{key}"
    server.client().put_object(Bucket="pictures", Key=name, Body=data[:-1] + b"x")
    forget_cache(store)
    with pytest.raises(StorageError, match="damaged"):
        store.verify(key)
    assert not store.exists(key)
    assert f"damaged/{key}" in in_bucket(server, f"{tmp_path.name}/")
    assert store.put(data) == key
    assert store.verify(key) == data


def test_a_cached_copy_that_rots_is_fetched_anew(store: RemoteStore) -> None:
    key = store.put(png())
    path = store.path(key)
    path.write_bytes(b"rot")
    assert store.verify(key) == png()
    assert path.read_bytes() == png()


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "SlowDown")])
def test_two_failures_in_a_row_are_not_noticed(
    store: RemoteStore, server: S3Server, status: int, code: str
) -> None:
    server.fail(2, status, code)
    key = store.put(png())
    server.fail(2, status, code)
    forget_cache(store)
    assert store.verify(key) == png()


def test_a_store_that_stays_away_is_said_once_and_comes_back(
    store: RemoteStore, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = store.put(png())
    cached = store.path(key)
    monkeypatch.setattr(s3, "DOWN_SECONDS", 0.5)
    server.fail(1000, 503, "ServiceUnavailable")
    with pytest.raises(Unavailable, match="does not answer"):
        store.put(png(1))
    tried = len(server.requests)
    for _ in range(5):  # those who come next do not wait for it again
        with pytest.raises(Unavailable):
            store.path("a" * 64)
    assert len(server.requests) == tried
    assert cached.read_bytes() == png()  # what is cached can be seen
    assert store.path(key) == cached
    server.mend()
    time.sleep(0.5)
    assert store.verify(store.put(png(1))) == png(1)


def test_a_wrong_key_and_a_missing_bucket_are_sentences(
    store: RemoteStore, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_STORE_SECRET_KEY", "hidden-word")
    monkeypatch.setenv("AIM_STUDIO_STORE_ACCESS_KEY", "somebody-else")
    get_settings.cache_clear()
    with pytest.raises(StorageError, match="refused the access key") as caught:
        get_store().put(png())
    assert "hidden-word" not in str(caught.value)
    monkeypatch.setenv("AIM_STUDIO_STORE_ACCESS_KEY", KEY)
    monkeypatch.setenv("AIM_STUDIO_STORE_URL", "s3://nowhere/x")
    get_settings.cache_clear()
    for ask in (lambda: get_store().put(png()), lambda: get_store().path("0" * 64)):
        with pytest.raises(StorageError, match="no bucket nowhere"):
            ask()


@pytest.mark.parametrize("url", ["ftp://h/x", "s3://", "gs://b/x", "nonsense"])
def test_an_address_of_another_kind_is_refused(
    store: RemoteStore, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("AIM_STUDIO_STORE_URL", url)
    get_settings.cache_clear()
    with pytest.raises(StorageError, match="neither a folder"):
        get_store()


def test_a_folder_elsewhere_is_a_store_too(
    store: RemoteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_STORE_URL", f"file://{tmp_path}/on%20a%20disk")
    get_settings.cache_clear()
    key = get_store().put(png())
    assert (tmp_path / "on a disk" / "sha256" / key[:2] / key).read_bytes() == png()


def test_many_threads_may_share_it(store: RemoteStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda n: store.put(png(n % 4)), range(24)))
        forget_cache(store)
        assert list(pool.map(store.verify, keys)) == [png(n % 4) for n in range(24)]


def test_pictures_are_listed_and_removed_with_their_thumbnails(
    store: RemoteStore, server: S3Server, tmp_path: Path
) -> None:
    keys = sorted(store.put(png(seed)) for seed in range(3))
    listed = sorted(store.walk(), key=lambda each: each.sha256)
    assert [each.sha256 for each in listed] == keys
    assert all(time.time() - 60 < each.put_at < time.time() + 60 for each in listed)
    store.remove(keys[:2])
    assert set(in_bucket(server, f"{tmp_path.name}/")) == {
        f"sha256/{keys[2][:2]}/{keys[2]}", f"thumbnails/320/{keys[2][:2]}/{keys[2]}"
    }  # fmt: skip
    assert not store.exists(keys[0])


def test_the_cache_stays_within_its_size_and_spares_what_is_in_use(store: RemoteStore) -> None:
    data = [png(seed, 100) for seed in range(10)]
    keys = [store.put(each) for each in data]
    old = time.time() - 3600
    for place, key in enumerate(keys):
        for path in store.root.rglob(f"{key}*"):
            os.utime(path, (old + place, old + place))
    store.cache.used(store.path(keys[0]))  # the oldest is used again
    store.cache.limit = 5 * len(data[0])
    assert store.cache.trim() > 0
    left = sum(path.stat().st_size for path in store.root.rglob("*") if path.is_file())
    assert 0 < left <= store.cache.limit
    cached = {path.name for path in store.root.rglob("*")}
    assert keys[0] in cached
    assert keys[9] in cached
    assert keys[1] not in cached
    assert store.verify(keys[1]) == data[1]  # fetched again


def test_a_sweep_takes_what_no_row_names_out_of_the_bucket(
    store: RemoteStore, server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan, young, named = (store.put(png(seed)) for seed in range(3))
    with unit_of_work() as work:
        work.session.add(tables.Campaign(id="c", name="c"))
        work.session.flush()
        work.session.add(tables.BrandKit(campaign_id="c", logo_sha256=named))
        work.commit()
    later_on = time.time() + 8 * 24 * 3600  # the bucket's clock cannot be turned back: ours goes ahead
    with monkeypatch.context() as later:
        later.setattr(sweep_module.time, "time", lambda: later_on)
        listed = [replace(each, put_at=later_on) if each.sha256 == young else each for each in store.walk()]
        later.setattr(store, "walk", lambda: listed)
        assert (sweep().orphans, sweep().kept) == (1, 2)
        assert store.exists(orphan)
        assert sweep(remove=True).removed
    forget_cache(store)
    assert [store.exists(key) for key in (orphan, young, named)] == [False, True, True]
    reset_database()
