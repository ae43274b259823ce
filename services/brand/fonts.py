"""A brand's own typefaces: checked, and kept by the SHA-256 of their file.

    home/fonts/ab/ab12....ttf

Fonts come from outside: they are parsed here once, with limits, before Pillow's FreeType may see them.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

from services.errors import InvalidInput, NotFound
from services.messages import N_
from services.people import Role, require
from services.settings import get_settings
from services.storage.files import write_whole
from services.storage.names import display_name

FONT_BYTES = 20 * 2**20
"""A complete CJK face is about 17 MB; a Latin one well under 1 MB."""

GLYPHS = 70_000
"""OpenType's own limit is 65535."""

_KEY = re.compile(r"[0-9a-f]{64}")
_MAGIC = (b"\x00\x01\x00\x00", b"OTTO", b"true")
"""TrueType and CFF outlines. Collections and web fonts would need a choice, or unpacking."""


@dataclass(frozen=True, slots=True)
class Font:
    """`family` is the name that the file itself gives."""

    sha256: str
    family: str


def keep_font(data: bytes, name: str) -> Font:
    """Check and keep a TTF or OTF file. Raises InvalidInput, NotAllowed, StorageError."""
    require(Role.ADMIN)
    shown = display_name(name)
    if len(data) > FONT_BYTES:
        raise InvalidInput(
            N_("{name} is larger than {limit} MB. Use a font file of usual size."),
            name=shown,
            limit=FONT_BYTES // 2**20,
        )
    if data[:4] not in _MAGIC:
        raise InvalidInput(
            N_("{name} is no TTF or OTF font. Choose a file that ends in .ttf or .otf."), name=shown
        )
    family = _family(data, shown)
    sha256 = hashlib.sha256(data).hexdigest()
    write_whole(_locate(sha256), data)
    return Font(sha256, family)


def fonts_folder() -> Path:
    return get_settings().home / "fonts"


def keep_checked(sha256: str, data: bytes) -> None:
    """Put back a font that this studio or another one checked: a backup's."""
    write_whole(_locate(sha256), data)


def font_path(sha256: str) -> Path:
    """Where a kept font lies. Raises NotFound."""
    if not _KEY.fullmatch(sha256) or not _locate(sha256).is_file():
        raise NotFound(
            N_("The brand's font {sha256} is gone. Add its file to the brand kit again."), sha256=sha256[:12]
        )
    return _locate(sha256)


def font_name(sha256: str) -> str:
    """The family's name. Raises NotFound, InvalidInput for a damaged file."""
    path = font_path(sha256)
    return _family(path.read_bytes(), path.name)


def _family(data: bytes, shown: str) -> str:
    from fontTools.ttLib import TTFont

    refused = InvalidInput(
        N_("{name} cannot be read as a font: the file is damaged. Export it again."), name=shown
    )
    try:
        with TTFont(io.BytesIO(data), lazy=True) as font:
            if not {"cmap", "name", "head", "hhea", "maxp"} <= set(font.keys()):
                raise refused
            if not 0 < font["maxp"].numGlyphs <= GLYPHS or not font.getBestCmap():
                raise refused
            family = font["name"].getBestFamilyName()
    except InvalidInput:
        raise
    except Exception as error:
        raise refused from error
    return display_name(family or shown)


def _locate(sha256: str) -> Path:
    return fonts_folder() / sha256[:2] / f"{sha256}.ttf"
