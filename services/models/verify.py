"""Are a model's files what they should be? Every byte is read: minutes for a large model.

Files of the hub are compared with their recorded SHA-256 (small ones: git's SHA-1), those in packages
with the package's own record. A local folder has no record: its safetensors must be as long as their
own headers say.
"""

from __future__ import annotations

import json
import re
import struct
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path

from services.messages import N_, Message
from services.models.downloads import known_listing
from services.models.hub_cache import digest_of
from services.models.layout import SAFE, is_whole
from services.models.packages import file_sha256
from services.models.presence import Presence, State, look
from services.models.registry import ModelCard

_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
HEADER_BYTES = 25_000_000
"""The longest header that safetensors allows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that is not as it should be."""

    file: str
    what: Message


@dataclass(frozen=True, slots=True)
class Verdict:
    """`compared` of `files` files had a record to compare with; `findings` is what is wrong."""

    presence: Presence
    files: int
    compared: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.findings and self.presence.ready


def verify(card: ModelCard, tick: Callable[[int], None] = lambda count: None) -> Verdict:
    """Read all files of `card` and compare them. `tick` gets the bytes read, and may raise to stop."""
    presence = look(card)
    if presence.folder is None:
        return Verdict(presence, 0, 0, ())
    if presence.state is State.BUILT_IN:
        return _in_package(presence, presence.folder / Path(card.file).name)
    if presence.state is State.DOWNLOADED:
        return _of_hub(presence, presence.folder, tick)
    folder = presence.folder
    weights = sorted(path for path in folder.rglob(f"*{SAFE}") if path.is_file())
    findings = [
        Finding(str(path.relative_to(folder)), Message(_CUT))
        for path in weights
        if path.stat().st_size != _announced_size(path)
    ]
    return Verdict(presence, len(weights), len(weights), tuple(findings))


_MISSING = N_("is missing")
_DAMAGED = N_("is damaged: its content is not what the hub published")
_CUT = N_("is damaged: its length is not what its header says")


def _of_hub(presence: Presence, folder: Path, tick: Callable[[int], None]) -> Verdict:
    """By the record of the download where there is one, else by the digests that the cache's links name."""
    listing = known_listing(presence.model)
    if listing is not None and listing.commit == folder.name:
        expected = {file.path: file.digest for file in listing.files}
    else:
        links = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
        expected = {path.relative_to(folder).as_posix(): path.resolve().name for path in links}
    findings, compared = [], 0
    for name, digest in expected.items():
        path = folder / name
        if not path.is_file():
            findings.append(Finding(name, Message(_MISSING)))
        elif _DIGEST.fullmatch(digest):
            compared += 1
            if digest_of(path, digest, tick) != digest:
                findings.append(Finding(name, Message(_DAMAGED)))
    if not is_whole(folder) and not findings:
        findings.append(Finding(folder.name, Message(_MISSING)))
    return Verdict(presence, len(expected), compared, tuple(findings))


def _in_package(presence: Presence, path: Path) -> Verdict:
    """By the SHA-256 that the package's own record has of its file."""
    name = presence.card.file
    recorded = next((f.hash for f in files(presence.card.package) or () if f.as_posix() == name), None)
    if recorded is None or recorded.mode != "sha256":
        return Verdict(presence, 1, 0, ())
    found = urlsafe_b64encode(bytes.fromhex(file_sha256(path))).rstrip(b"=").decode()
    findings = () if found == recorded.value else (Finding(path.name, Message(_DAMAGED)),)
    return Verdict(presence, 1, 1, findings)


def _announced_size(path: Path) -> int:
    """The length that a safetensors file's own header gives it; -1 for a header that cannot be read."""
    try:
        with path.open("rb") as handle:
            (length,) = struct.unpack("<Q", handle.read(8))
            if length > HEADER_BYTES:
                return -1
            header = json.loads(handle.read(length))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        return int(8 + length + max(ends, default=0))
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, struct.error):
        return -1
