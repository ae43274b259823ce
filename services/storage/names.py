"""File names from outside, made fit to show. They are never used as paths."""

from __future__ import annotations

import unicodedata

NAME_CHARS = 120
"""One line of a table; file systems allow 255 bytes."""

PATH_CHARS = 400
"""A path relative to a library's folder, as it is shown."""


def display_name(name: str) -> str:
    """The last component of `name`: printable characters only, no leading dots, bounded."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return _bounded(printable(last).lstrip("."), NAME_CHARS)


def display_path(path: str) -> str:
    """`a/b/c.jpg` with every component printable; `.` and `..` components are left out."""
    parts = [printable(part) for part in path.replace("\\", "/").split("/")]
    return _bounded("/".join(part for part in parts if part not in ("", ".", "..")), PATH_CHARS)


def shown_path(path: str) -> str:
    """A path that a person typed, as it is but printable and bounded."""
    return _bounded(printable(path), PATH_CHARS)


def printable(text: str) -> str:
    """Without characters of Unicode's C categories (control, format, surrogate, private, unassigned)."""
    normal = unicodedata.normalize("NFC", text)
    return "".join(" " if c in "\t\r\n" else c for c in normal if _is_shown(c)).strip()


def _is_shown(character: str) -> bool:
    return character in "\t\r\n" or not unicodedata.category(character).startswith("C")


def _bounded(text: str, limit: int) -> str:
    """Cut in the middle, so that the extension stays."""
    if not text:
        return "unnamed"
    if len(text) <= limit:
        return text
    tail = text[-12:]
    return f"{text[: limit - len(tail) - 1]}…{tail}"
