"""A ZIP archive, taken as an attack until it proves harmless.

Nothing is ever written to a path that the archive names; members are read one at a time and never
further than they say, so that memory holds a few files whatever the archive claims. Caps are in
`services.limits`.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.errors import ImageRejected, InvalidInput
from services.limits import IMAGE_BYTES, ZIP_BYTES, ZIP_FILES, ZIP_RATIO
from services.messages import N_, Message
from services.storage.intake import too_large
from services.storage.names import display_path

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that can be unpacked in bounded steps; bzip2 and LZMA give a whole block at once."""

_DRIVE = re.compile(r"^[A-Za-z]:")


@contextmanager
def open_zip(archive: Path | bytes, title: str) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """The archive with its files, clutter left out. Raises InvalidInput; `title` names it in sentences."""
    try:
        opened = zipfile.ZipFile(io.BytesIO(archive) if isinstance(archive, bytes) else archive)
    except _BROKEN as error:
        raise InvalidInput(
            N_("{name} is not a ZIP file that can be read. Make it again, then add it again."), name=title
        ) from error
    with opened:
        members = [m for m in opened.infolist() if not m.is_dir() and not _is_clutter(m.filename)]
        _check_caps(members, title)
        yield opened, members


def _check_caps(members: list[zipfile.ZipInfo], title: str) -> None:
    """Count and total size, as the archive's own directory gives them."""
    if len(members) > ZIP_FILES:
        raise InvalidInput(
            N_("{name} holds {count} files; at most {limit} can be added at once. Split it."),
            name=title,
            count=len(members),
            limit=ZIP_FILES,
        )
    if sum(m.file_size for m in members) > ZIP_BYTES:
        raise InvalidInput(
            N_("{name} unpacks to more than {limit} GB. Split it into smaller archives."),
            name=title,
            limit=ZIP_BYTES // 2**30,
        )


def refusal(member: zipfile.ZipInfo, largest: int = IMAGE_BYTES, ratio: int = ZIP_RATIO) -> Message | None:
    """Why a member must not even be opened; None: it may be, up to `largest` bytes."""
    name = display_path(member.filename)
    if _leads_out(member.filename):
        return Message(
            N_("{name} has a path that leads out of the archive. Make the ZIP again."), {"name": name}
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        return Message(N_("{name} is a link, not a file. Put the file itself into the ZIP."), {"name": name})
    if member.flag_bits & 0x1:
        return Message(
            N_("{name} is protected by a password. Make the ZIP again without one."), {"name": name}
        )
    if member.compress_type not in _METHODS:
        return Message(
            N_("{name} is packed by a method that is not supported. Make the ZIP again as a plain one."),
            {"name": name},
        )
    if member.file_size > largest:
        return too_large(name, largest).message
    if member.file_size > ratio * max(member.compress_size, 1):
        return Message(
            N_("{name} unpacks to more than {ratio} times its size, as no photo does. Leave it out."),
            {"name": name, "ratio": ratio},
        )
    return None


def _leads_out(path: str) -> bool:
    flat = path.replace("\\", "/")
    return flat.startswith("/") or _DRIVE.match(flat) is not None or ".." in flat.split("/")


def _is_clutter(path: str) -> bool:
    """What archivers add by themselves."""
    parts = path.replace("\\", "/").split("/")
    return parts[0] == "__MACOSX" or (parts[-1].startswith(".") and parts[-1] not in (".", ".."))


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, count: int) -> bytes:
    """The first `count` bytes; the checksum is verified where the member ends. Raises ImageRejected.

    Whatever the data would unpack to, no more than `count` bytes are: the directory's sizes may lie.
    """
    name = display_path(member.filename)
    try:
        with archive.open(member) as file:
            return file.read(count)
    except _BROKEN as error:
        raise ImageRejected(
            N_("{name} cannot be unpacked; the ZIP is damaged there. Make it again."), name=name
        ) from error
