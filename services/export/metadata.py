"""What exported pictures say of themselves: recipe and disclosure in, everything else out.

A stored PNG keeps its compressed pixels byte for byte; only the chunks around them change. Personal
data (EXIF, positions, times, comments) has no way through: chunks are listed, not filtered.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict

from PIL import Image

from services.domain import Recipe
from services.generation.disclosure import xmp_packet
from services.generation.png import text_chunks
from services.sessions import SessionView
from services.storage.bare import PNG_SIGNATURE, is_pixel_chunk, png_chunks

SESSION_KEYWORD = "Session"
"""The iTXt chunk with the brief and plan that a recipe belongs to: what "Recreate this" begins with."""

JPEG_QUALITY = 92
"""Chroma kept whole (4:4:4): letters in a headline stay clean. About 500 kB for a square."""


def chunks_for(recipe: Recipe, view: SessionView, with_recipe: bool) -> dict[str, str]:
    """Keyword -> text for a picture of `recipe` made in the session `view`."""
    chunks = text_chunks(recipe, with_recipe)
    return {**chunks, SESSION_KEYWORD: session_text(view)} if with_recipe else chunks


def session_text(view: SessionView) -> str:
    """Brief, plan, kept references and engine parts as JSON, each in the shape that the manifest gives it."""
    from services.export.manifest import brief_entry, match_entry, plan_entry

    data = {
        "brief": brief_entry(view.brief),
        "plan": plan_entry(view.plan),
        "matches": [match_entry(m, view.matches) for m in view.matches if m.kept],
        "parts": asdict(view.parts),
        "campaign": view.campaign,
    }
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def stamp_png(png: bytes, chunks: Mapping[str, str]) -> bytes:
    """`png` with `chunks` as its only texts; its pixels stay as they are compressed. Raises ValueError."""
    parts = [PNG_SIGNATURE]
    for kind, whole in png_chunks(png):
        if is_pixel_chunk(kind):
            parts.append(whole)
        if kind == b"IHDR":
            parts += [_itxt(keyword, text) for keyword, text in chunks.items()]
    return b"".join(parts)


def encode_jpeg(image: Image.Image, recipe: Recipe) -> bytes:
    """`image` as JPEG with its disclosure as XMP. A JPEG has no room for the recipe: the manifest has it."""
    buffer = io.BytesIO()
    image.convert("RGB").save(
        buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True, xmp=xmp_packet(recipe).encode()
    )
    return buffer.getvalue()


def _itxt(keyword: str, text: str) -> bytes:
    """An uncompressed international text chunk: keyword, no compression, no language, UTF-8 text."""
    body = b"iTXt" + keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
