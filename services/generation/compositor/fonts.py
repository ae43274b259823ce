"""The studio's typefaces and which of them can draw a character.

Inter and DM Serif Display set Latin, Greek and Cyrillic; Noto Sans CJK sets Korean, Japanese and
Chinese. All three are under the SIL Open Font License and come inside packages. A text is cut into
runs by glyph coverage, so that mixed scripts render; what no face can draw (emoji) is left out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from PIL import ImageFont

_FILES = {
    "inter": ("fontpkg_inter", "files/Inter[opsz,wght].ttf"),
    "serif": ("fontpkg_dm_serif_display", "files/DMSerifDisplay-Regular.ttf"),
    "serif italic": ("fontpkg_dm_serif_display", "files/DMSerifDisplay-Italic.ttf"),
    "cjk bold": ("noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf"),
    "cjk regular": ("noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf"),
}

INTER_DISPLAY = 32
"""Inter's optical size for headlines (its axis runs from 14, text, to 32, display)."""

_PROBE = 32
_JOINERS = {"\u200d", "\ufe0e", "\ufe0f", "\u20e3"}
"""Invisible parts of emoji sequences: they go with the emoji."""


@dataclass(frozen=True, slots=True)
class Face:
    """A file of the studio by its name, or of a brand by its key (`services.brand.fonts`).

    `weight` is for a variable font, 100..900; 0 where the file has one weight.
    """

    name: str
    weight: int = 0

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        """This face at `size` px per em."""
        return _load(self.name, self.weight, round(size * 64) / 64)


@lru_cache(maxsize=256)
def _load(name: str, weight: int, size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(_path(name), size)  # type: ignore[arg-type]  # takes floats
    if weight:
        font.set_variation_by_axes([INTER_DISPLAY, weight])  # type: ignore[no-untyped-call]
    return font


def _path(name: str) -> str:
    """A face of the studio by its name, a brand's by its file's key. Raises NotFound for a lost file."""
    if name in _FILES:
        package, path = _FILES[name]
        return str(files(package).joinpath(path))
    from services.brand.fonts import font_path

    return str(font_path(name))


@lru_cache(maxsize=8)
def _notdef(face: Face) -> tuple[bytes, tuple[int, int]]:
    """The face's picture of a character that no font has: a non-character."""
    mask = face.at(_PROBE).getmask("\U000effff")
    return bytes(mask), mask.size


@lru_cache(maxsize=4096)
def covers(face: Face, character: str) -> bool:
    """Whether `face` has a glyph for `character` (and would not draw its empty box)."""
    if character.isspace():
        return True
    mask = face.at(_PROBE).getmask(character)
    return mask.size[0] > 0 and (bytes(mask), mask.size) != _notdef(face)


def clusters(text: str) -> list[str]:
    """Characters with their combining marks, after NFC: the units that spacing moves."""
    out: list[str] = []
    for ch in unicodedata.normalize("NFC", text):
        if out and unicodedata.combining(ch):
            out[-1] += ch
        else:
            out.append(ch)
    return out


def face_for(cluster: str, faces: tuple[Face, ...]) -> Face | None:
    """The first of `faces` that can draw all of `cluster`, or None."""
    return next((f for f in faces if all(covers(f, ch) for ch in cluster)), None)


def drawable(text: str, faces: tuple[Face, ...]) -> tuple[str, str]:
    """(`text` without what no face can draw, with single spaces; what was left out)."""
    kept: list[str] = []
    lost: list[str] = []
    for c in clusters(text):
        if c[0] in _JOINERS or unicodedata.category(c[0]) in ("Cc", "Cf", "Cs", "Co", "Cn"):
            kept.append(" " if c[0] in "\n\r\t" else "")
        elif face_for(c, faces) is None:
            lost.append(c)
        else:
            kept.append(c)
    return " ".join("".join(kept).split()), "".join(lost)
