"""Sources of pictures as a run's payload names them: a page asks, the worker opens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services import inbox

if TYPE_CHECKING:
    from services.retrieval.ingest import IngestReport
    from services.retrieval.sources import Source


def source_of(payload: Mapping[str, Any]) -> Source:
    """The source that the payload names. Raises InvalidInput, NotFound, EngineUnavailable."""
    if "inbox" in payload:
        from services.retrieval.sources_upload import UploadSource

        return UploadSource(inbox.paths(payload["inbox"]))
    if "manifest" in payload:
        from services.retrieval.sources_manifest import ManifestSource

        return ManifestSource(Path(payload["manifest"]))
    if "from" in payload:
        from services.retrieval.sources_library import LibrarySource

        return LibrarySource(payload["from"])
    if "unsplash" in payload:
        from services.retrieval.sources_unsplash import UnsplashSource

        return UnsplashSource(payload["unsplash"], int(payload["count"]))
    from services.retrieval.sources import source_for_path

    return source_for_path(Path(payload["path"]))


def unsplash_is_set_up() -> bool:
    """There is an access key, whatever it is worth."""
    from services.settings import get_settings

    secret = get_settings().unsplash_access_key
    return bool(secret and secret.get_secret_value().strip())


def report_values(report: IngestReport) -> dict[str, Any]:
    """The report as JSON values, for a run's result."""
    return {
        "library": report.library,
        "images": report.images,
        "added": report.added,
        "updated": report.updated,
        "duplicates": report.duplicates,
        "rejected": [
            {
                "file": rejected.file,
                "reason": {"template": rejected.reason.template, "values": dict(rejected.reason.values)},
            }
            for rejected in report.rejected[:KEPT_REFUSALS]
        ],
        "refused": len(report.rejected),
        "seconds": report.seconds,
    }


KEPT_REFUSALS = 500
"""Told one by one in a run's result; all are counted."""
