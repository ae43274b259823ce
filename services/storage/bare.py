"""Whether a picture's file is pixels and nothing else: read off its structure, not off a decoder.

Pictures of the store are; a file from outside may carry EXIF with a position, comments, a second file
after its end. Such a file is never kept or handed on as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"sRGB", b"gAMA", b"cHRM", b"pHYs"})
"""What decides how a PNG looks. All else is text, time, EXIF or a stranger's own."""

_MARKERS = frozenset({0xDB, 0xC0, 0xC1, 0xC2, 0xC4, 0xDD})
"""Tables, frame headers and restart intervals of a JPEG; application data and comments are not among them."""

_SOI, _EOI, _SOS, _APP0, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xEE


def is_bare(data: bytes) -> bool:
    """True for a PNG or JPEG whose file is complete and holds nothing but its picture."""
    if data.startswith(PNG_SIGNATURE):
        return _is_bare_png(data)
    return data.startswith(b"\xff\xd8") and _is_bare_jpeg(data)


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, whole chunk with length and checksum) of each chunk. Raises ValueError if it breaks off."""
    at = len(PNG_SIGNATURE)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            raise ValueError("a chunk reaches beyond the end of the file")
        kind = data[at + 4 : at + 8]
        yield kind, data[at:end]
        if kind == b"IEND" and end != len(data):
            raise ValueError("something follows the picture")
        at = end


def is_pixel_chunk(kind: bytes) -> bool:
    return kind in _PIXEL_CHUNKS


def _is_bare_png(data: bytes) -> bool:
    try:
        kinds = [kind for kind, _ in png_chunks(data)]
    except ValueError:
        return False
    return bool(kinds) and kinds[-1] == b"IEND" and all(map(is_pixel_chunk, kinds))


def _is_bare_jpeg(data: bytes) -> bool:
    """Segment by segment. Inside a scan FF is followed by 00 or a restart marker, or ends it."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return False
        marker = data[at + 1]
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if not _is_picture_segment(marker, data[at + 4 : at + 2 + length]):
            return False
        at += 2 + length
        if marker == _SOS:
            at = _end_of_scan(data, at)
    return data[at:] == bytes((0xFF, _EOI))


def _is_picture_segment(marker: int, body: bytes) -> bool:
    if marker == _APP0:  # JFIF without its thumbnail
        return body.startswith(b"JFIF\0") and len(body) == 14
    if marker == _APP14:  # Adobe's colour transform
        return body.startswith(b"Adobe") and len(body) == 12
    return marker in _MARKERS or marker == _SOS


def _end_of_scan(data: bytes, at: int) -> int:
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        following = data[at + 1]
        if following != 0 and not 0xD0 <= following <= 0xD7:
            return at
        at += 2
    return len(data)
