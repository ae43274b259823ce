"""A bucket through s3fs: few calls, each retried with growing pauses, each failure in a sentence."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from services.errors import StorageError, Unavailable
from services.messages import N_

log = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 3, 30
ATTEMPTS = 4
"""Of one request: after 5xx, throttling, a timeout or a broken connection; pauses grow up to some seconds."""

AT_ONCE = 32
"""Requests side by side where many objects are wanted."""

DOWN_SECONDS = 5.0
"""After a bucket did not answer, others need not find out for themselves for so long."""

_REFUSED = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "ExpiredToken", "Forbidden", "403")


class Bucket:
    """Objects under `prefix` of a bucket, by relative key. Every object appears whole or not at all."""

    def __init__(self, fs: Any, name: str, prefix: str) -> None:
        self._fs, self.name = fs, name
        self._root = f"{name}/{prefix}".rstrip("/")
        self._down_until = 0.0

    def get(self, key: str) -> bytes | None:
        """The object's bytes; None: there is none. Raises StorageError, Unavailable."""
        with self._errors():
            try:
                return bytes(self._fs.cat_file(self._path(key)))
            except FileNotFoundError as error:
                self._raise_without_bucket(error)
                return None

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Those of `keys` that are there and could be read, fetched side by side. Raises as `get`."""
        if not keys:
            return {}
        with self._errors():
            found = self._fs.cat([self._path(key) for key in keys], on_error="return", batch_size=AT_ONCE)
        # One key alone is answered with its bytes, not with a dictionary.
        by_path: Mapping[str, Any] = found if isinstance(found, dict) else {self._path(keys[0]): found}
        return {
            key: by_path[self._path(key)] for key in keys if isinstance(by_path.get(self._path(key)), bytes)
        }

    def info(self, key: str) -> tuple[int, float] | None:
        """(bytes, seconds since 1970 when it was put); None: there is no such object."""
        with self._errors():
            try:
                found = self._fs.info(self._path(key), refresh=True)
            except FileNotFoundError as error:
                self._raise_without_bucket(error)
                return None
        return (found["size"], _seconds(found)) if found["type"] == "file" else None

    def put(self, key: str, data: bytes) -> None:
        """One request: the whole object is there afterwards, or nothing changed."""
        with self._errors():
            try:
                self._fs.pipe_file(self._path(key), data)
            except FileNotFoundError as error:
                self._raise_without_bucket(error)
                raise

    def move(self, key: str, target: str) -> None:
        with self._errors(), suppress(FileNotFoundError):
            self._fs.mv(self._path(key), self._path(target))

    def remove(self, keys: Sequence[str]) -> None:
        """Those that are there."""
        with self._errors():
            for start in range(0, len(keys), 1000):  # S3 takes a thousand at once
                self._fs.call_s3(
                    "delete_objects",
                    Bucket=self.name,
                    Delete={
                        "Objects": [
                            {"Key": self._path(key).split("/", 1)[1]} for key in keys[start : start + 1000]
                        ],
                        "Quiet": True,
                    },
                )

    def list(self, folder: str) -> Iterator[tuple[str, int, float]]:
        """(name, bytes, when it was put) of each object under `folder`, a page of the list at a time."""
        _, _, prefix = f"{self._path(folder)}/".partition("/")
        more: dict[str, str] = {}
        while True:
            with self._errors():
                try:
                    page = self._fs.call_s3("list_objects_v2", Bucket=self.name, Prefix=prefix, **more)
                except FileNotFoundError as error:
                    self._raise_without_bucket(error)
                    raise
            for each in page.get("Contents", []):
                yield each["Key"].rsplit("/", 1)[-1], each["Size"], _seconds(each)
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def check(self) -> None:
        """Ask the bucket for something small. Raises StorageError, Unavailable."""
        self._down_until = 0.0
        self.get("of-no-picture")

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _raise_without_bucket(self, error: FileNotFoundError) -> None:
        """Tell a bucket that is not there from an object that is not."""
        if "NoSuchBucket" in f"{error} {error.__cause__}" or "bucket does not exist" in str(error):
            raise StorageError(
                N_("There is no bucket {name}. Make it, or correct AIM_STUDIO_STORE_URL."), name=self.name
            ) from error

    @contextmanager
    def _errors(self) -> Iterator[None]:
        if time.monotonic() < self._down_until:
            raise self._away()
        try:
            yield
        except StorageError:
            raise
        except PermissionError as error:
            raise self._refusal() from error
        except Exception as error:  # botocore, aiohttp and s3fs raise without a common base
            if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
                raise StorageError(
                    N_(
                        "The image store {name} needs an access key. Set AIM_STUDIO_STORE_ACCESS_KEY and "
                        "AIM_STUDIO_STORE_SECRET_KEY."
                    ),
                    name=self.name,
                ) from error
            if any(sign in str(error) for sign in _REFUSED):
                raise self._refusal() from error
            log.warning("the image store %s failed", self.name, exc_info=True)
            self._down_until = time.monotonic() + DOWN_SECONDS
            raise self._away() from error

    def _refusal(self) -> StorageError:
        return StorageError(
            N_(
                "The image store {name} refused the access key. Correct AIM_STUDIO_STORE_ACCESS_KEY and "
                "AIM_STUDIO_STORE_SECRET_KEY, or what the key may do there."
            ),
            name=self.name,
        )

    def _away(self) -> Unavailable:
        return Unavailable(
            N_("The image store {name} does not answer. What was saved is safe; try again in a moment."),
            name=self.name,
        )


def open_bucket(name: str, prefix: str, endpoint: str, key: str, secret: str) -> Bucket:
    """The bucket, before anything is asked of it. Empty `key`: as AWS's own tools find one.

    Raises StorageError where the S3 client is not installed.
    """
    try:
        import s3fs
    except ImportError as error:
        raise StorageError(
            N_("Pictures on S3 need one more package. Run: {command}"),
            command=".venv/bin/uv pip install --python .venv/bin/python -r requirements-s3.txt",
        ) from error
    fs = s3fs.S3FileSystem(
        key=key or None,
        secret=secret or None,
        endpoint_url=endpoint or None,
        use_listings_cache=False,
        max_concurrency=1,  # of the parts of one object: with more, each read asks for its size first
        config_kwargs={
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": READ_SECONDS,
            "max_pool_connections": AT_ONCE,
            "retries": {"mode": "standard", "max_attempts": ATTEMPTS},
        },
    )
    fs.retries = 2  # beside botocore's own: for an answer that breaks off
    return Bucket(fs, name, prefix.strip("/"))


def _seconds(info: Mapping[str, Any]) -> float:
    return float(info["LastModified"].timestamp())
