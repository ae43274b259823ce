"""What an index says of itself, read without FAISS: pages ask as well."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.retrieval import fusion
from services.settings import get_settings

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class IndexTarget:
    """A library in one encoder's space: what has an index. Its birthday tells it from one of the same id."""

    library_id: int
    created_at: datetime
    encoder: str
    dim: int


def folder_of(target: IndexTarget) -> Path:
    return _folder(target.library_id, target.encoder)


def birthday(target: IndexTarget) -> str:
    """Ids are used again after a deletion, birthdays are not. Captions that count otherwise are new too."""
    return f"{int(target.created_at.timestamp() * 1_000_000):x}-{fusion.RECIPE}"


def read_manifest(target: IndexTarget) -> dict[str, Any] | None:
    """What the folder says of its index; None where there is none of this library."""
    try:
        manifest = json.loads((folder_of(target) / MANIFEST).read_text())
        if manifest.pop("manifest") != own_digest(manifest):
            return None
        ours = manifest["birthday"] == birthday(target) and manifest["dim"] == target.dim
        int(manifest["version"]), int(manifest["rows"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if ours else None


def is_whole(library_id: int, created_at: datetime, encoder: str, version: int) -> bool:
    """An index of this very version was made when no picture lacked its vector: none does now."""
    try:
        manifest = json.loads((_folder(library_id, encoder) / MANIFEST).read_text())
        signed = manifest.pop("manifest") == own_digest(manifest)
        target = IndexTarget(library_id, created_at, encoder, manifest["dim"])
        return bool(
            signed
            and manifest["birthday"] == birthday(target)
            and manifest["version"] == version
            and manifest["whole"]
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _folder(library_id: int, encoder: str) -> Path:
    space = hashlib.sha256(encoder.encode()).hexdigest()[:12]
    return get_settings().indexes_dir / str(library_id) / space


def own_digest(manifest: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
