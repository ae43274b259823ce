"""Several thumbnails as one picture of fixed shape, laid out so that little of them is cut off."""

from __future__ import annotations

from io import BytesIO

import streamlit as st
from PIL import Image, ImageOps

from services.storage.images import encode_small
from services.storage.kinds import data_address
from ui.images import thumbnail

WIDTH, HEIGHT = 660, 330
"""Of a sheet, in pixels: twice as wide as high, sharp on a card of 330 css px at double density."""
GAP = 6
QUALITY = 82
TALL, WIDE = 0.7, 1.5
"""Aspects below and above which pictures stand in a row, or lie in two rows of two."""

Cell = tuple[float, float, float, float]
"""Left, top, right, bottom as shares of the sheet."""

_ONE: list[Cell] = [(0, 0, 1, 1)]
_PAIR: list[Cell] = [(0, 0, 1 / 2, 1), (1 / 2, 0, 1, 1)]
_ROW: list[Cell] = [(n / 4, 0, (n + 1) / 4, 1) for n in range(4)]
_TWO_BY_TWO: list[Cell] = [(x, y, x + 1 / 2, y + 1 / 2) for y in (0, 1 / 2) for x in (0, 1 / 2)]
_HERO: list[Cell] = [
    (0, 0, 1 / 2, 1),
    *[(1 / 2 + x, y, 3 / 4 + x, y + 1 / 2) for y in (0, 1 / 2) for x in (0, 1 / 4)],
]
_THREE: list[Cell] = [(0, 0, 1 / 2, 1), (1 / 2, 0, 1, 1 / 2), (1 / 2, 1 / 2, 1, 1)]
SIX: list[Cell] = [(x / 3, y / 2, (x + 1) / 3, (y + 1) / 2) for y in range(2) for x in range(3)]


def layout(count: int, aspect: float) -> list[Cell]:
    """Cells for `count` pictures of about this aspect (width / height), the best first."""
    if count <= 1:
        return _ONE
    if aspect < TALL and count > 2:
        return _ROW
    if aspect > WIDE and count > 2:
        return _TWO_BY_TWO
    return {2: _PAIR, 3: _THREE, 4: _TWO_BY_TWO}.get(count, _HERO)


@st.cache_data(max_entries=256, show_spinner=False)
def sheet(sha256s: tuple[str, ...], six: bool = False) -> str:
    """Up to five pictures (six in equal cells with `six`) as one; lost ones are left out.

    A data address of a WEBP: seen through between the pictures, and a tenth of what a PNG would take.
    """
    images = [Image.open(BytesIO(data)).convert("RGB") for s in sha256s if (data := thumbnail(s))]
    canvas = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    if images:
        cells = SIX if six else layout(len(images), images[0].width / images[0].height)
        for image, cell in zip(images, cells, strict=False):
            left, top, right, bottom = _pixels(cell)
            canvas.paste(ImageOps.fit(image, (right - left, bottom - top)), (left, top))
    buffer = BytesIO()
    canvas.save(buffer, "WEBP", quality=QUALITY, method=2)
    return data_address(buffer.getvalue())


@st.cache_data(max_entries=256, show_spinner=False)
def square(sha256: str | None) -> bytes:
    """One picture cropped to a square, or a clear one."""
    data = thumbnail(sha256) if sha256 else None
    if data is None:
        return encode_small(Image.new("RGBA", (240, 240), (0, 0, 0, 0)))
    return encode_small(ImageOps.fit(Image.open(BytesIO(data)).convert("RGB"), (240, 240)))


def _pixels(cell: Cell) -> tuple[int, int, int, int]:
    """The cell in pixels, with half a gap taken off each inner edge."""
    left, top, right, bottom = cell
    return (
        round(left * WIDTH + (GAP / 2 if left > 0 else 0)),
        round(top * HEIGHT + (GAP / 2 if top > 0 else 0)),
        round(right * WIDTH - (GAP / 2 if right < 1 else 0)),
        round(bottom * HEIGHT - (GAP / 2 if bottom < 1 else 0)),
    )
