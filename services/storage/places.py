"""Which image store the settings name: a folder (the default) or a bucket on S3.

AIM_STUDIO_STORE_URL=                      home/images
AIM_STUDIO_STORE_URL=/srv/aim/images       another folder, such as one on a network disk
AIM_STUDIO_STORE_URL=s3://bucket/prefix    S3, or what speaks like it; pictures in use are cached in home
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from services.errors import StorageError
from services.messages import N_
from services.settings import Settings
from services.storage.images import ImageStore

CACHE = "cache/images"


def store_of(settings: Settings) -> ImageStore:
    """The store; one object a process and address. Raises StorageError when the address cannot be used."""
    return _opened(
        settings.store_url,
        settings.images_dir,
        settings.home / CACHE,
        settings.store_endpoint,
        settings.store_access_key.get_secret_value() if settings.store_access_key else "",
        settings.store_secret_key.get_secret_value() if settings.store_secret_key else "",
        settings.store_cache_gb,
    )


def store_folder(settings: Settings) -> Path | None:
    """Where the pictures lie on this machine's disks; None: in a bucket."""
    if not settings.store_url:
        return settings.images_dir
    parts = urlsplit(settings.store_url)
    if parts.scheme in ("", "file"):
        return Path(unquote(parts.path)).expanduser()
    return None


@lru_cache(maxsize=8)
def _opened(
    url: str, images: Path, cache: Path, endpoint: str, key: str, secret: str, cache_gb: float
) -> ImageStore:
    parts = urlsplit(url)
    if not url:
        return ImageStore(images)
    folder = Path(unquote(parts.path)).expanduser()
    if parts.scheme in ("", "file") and not parts.netloc and folder.is_absolute():
        return ImageStore(folder)
    if parts.scheme == "s3" and parts.netloc:
        from services.storage.remote import RemoteStore
        from services.storage.s3 import open_bucket

        return RemoteStore(
            open_bucket(parts.netloc, parts.path, endpoint, key, secret),
            # Another bucket's cache is none of this one's: its pictures may not be there.
            cache / f"{parts.netloc}{parts.path}".strip("/").replace("/", "_"),
            int(cache_gb * 2**30),
        )
    raise StorageError(
        N_(
            "AIM_STUDIO_STORE_URL is neither a folder nor s3://bucket/prefix. Correct it, or leave it empty "
            "to keep pictures in the data folder."
        )
    )
