"""What a file is, by its first bytes. Its name says nothing that can be relied on."""

from __future__ import annotations

import base64

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (8, b"WEBP", "WEBP"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"8BPS", "PSD"),
    (0, b"%PDF", "PDF"),
    (0, b"%!PS", "EPS"),
    (0, b"\xc5\xd0\xd3\xc6", "EPS"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"\x1f\x8b", "GZIP"),
    (0, b"Rar!", "RAR"),
    (0, b"7z\xbc\xaf", "7Z"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypavif", "AVIF"),
)

ARCHIVES = frozenset({"ZIP", "GZIP", "RAR", "7Z"})
PICTURES = frozenset({"PNG", "JPEG", "WEBP"})


def kind_of(data: bytes) -> str | None:
    """The format's name in capitals, or None when it is none that is known here."""
    for offset, magic, kind in _MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return kind
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) and b"<svg" in data[:4096].lower():
        return "SVG"
    return None


def data_address(data: bytes) -> str:
    """A picture's bytes as an address that a page can show without asking for a file."""
    return f"data:image/{(kind_of(data) or 'png').lower()};base64,{base64.b64encode(data).decode()}"


_COMMON = (".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff")
_RARE = (".ico", ".heic", ".heif", ".avif", ".jp2", ".svg", ".eps", ".psd")
_CAMERA = (".raw", ".dng", ".cr2", ".nef", ".arw")

PICTURE_SUFFIXES = frozenset(_COMMON + _RARE + _CAMERA)
"""Files that are meant as pictures: one that cannot be used is reported, not passed over."""

ARCHIVE_SUFFIXES = frozenset((".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"))
