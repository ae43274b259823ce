"""What a delivered file says of itself, and what it must not say."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from services.domain import ModelRef, Recipe
from services.export.metadata import encode_jpeg, stamp_png
from services.generation.disclosure import (
    COMPOSITE,
    EDITED,
    GENERATED,
    UNKNOWN,
    VOCABULARY,
    source_address,
    source_term,
    xmp_packet,
)
from services.generation.png import encode_png, read_recipe, text_chunks
from services.storage.bare import is_bare
from services.storage.images import encode_lossless
from services.storage.normalise import encode
from tests.builders import a_recipe
from tests.unit import generation_pictures as pictures

LAYOUT = a_recipe()
DIFFUSION = replace(LAYOUT, layout="", generator=ModelRef("generator", "kandinsky-2-2", "rev<1>&"))
KEPT = replace(DIFFUSION, settings=(("mode", "keep"),))
BROUGHT = replace(LAYOUT, layout="", generator=ModelRef("generator", "upload"))
PICTURE = pictures.scene(1, (64, 48))


def png_with_everything() -> bytes:
    """A PNG with a position, a text and a time in it."""
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "somebody")
    info.add(b"tIME", b"\x07\xea\x0b\x15\x09\x1e\x00")
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (37.0, 33.0, 0.0)})
    buffer = io.BytesIO()
    PICTURE.save(buffer, "PNG", pnginfo=info, exif=exif)
    return buffer.getvalue()


def jpeg(**options: Any) -> bytes:
    buffer = io.BytesIO()
    PICTURE.save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


def test_each_generator_has_its_own_term() -> None:
    assert source_term(LAYOUT) == COMPOSITE
    assert source_term(DIFFUSION) == GENERATED
    assert source_term(KEPT) == EDITED
    assert source_term(BROUGHT) == UNKNOWN
    assert source_address(DIFFUSION) == (
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    )
    assert source_address(BROUGHT) == ""
    assert "DigitalSourceType" not in xmp_packet(BROUGHT)


@pytest.mark.parametrize("recipe", [LAYOUT, DIFFUSION, KEPT, BROUGHT])
def test_the_packet_is_sound_xml(recipe: Recipe) -> None:
    from defusedxml.ElementTree import fromstring

    root = fromstring(xmp_packet(recipe).removeprefix("\ufeff"))
    assert root.tag == "{adobe:ns:meta/}xmpmeta"


def test_stamping_changes_the_texts_and_not_one_pixel() -> None:
    stamped = stamp_png(png_with_everything(), text_chunks(LAYOUT))
    image = Image.open(io.BytesIO(stamped))
    assert np.array_equal(np.asarray(image), np.asarray(PICTURE))
    assert read_recipe(stamped) == LAYOUT
    assert {"Author", "exif"} & image.info.keys() == set()
    assert stamp_png(stamped, text_chunks(LAYOUT)) == stamped
    assert "Recipe" not in text_chunks(LAYOUT, with_recipe=False)


def test_a_stamped_picture_is_the_one_that_was_encoded() -> None:
    assert encode_png(PICTURE, LAYOUT) == encode_png(PICTURE, LAYOUT, text_chunks(LAYOUT))
    assert read_recipe(stamp_png(encode_lossless(PICTURE), text_chunks(DIFFUSION))) == DIFFUSION


def test_a_broken_png_is_not_stamped() -> None:
    with pytest.raises(ValueError, match="beyond the end"):
        stamp_png(png_with_everything()[:-5], {})
    with pytest.raises(ValueError, match="follows"):
        stamp_png(png_with_everything() + b"more", {})


@pytest.mark.parametrize(
    ("data", "bare"),
    [
        (encode_lossless(PICTURE), True),
        (encode_lossless(pictures.transparent_bottle((40, 50))), True),
        (encode(PICTURE, lossless=False), True),
        (jpeg(progressive=True), True),
        (jpeg(comment=b"hello"), False),
        (jpeg(exif=Image.Exif().tobytes()), False),
        (jpeg(xmp=b"<x/>"), False),
        (jpeg() + b"PK\x03\x04", False),
        (jpeg()[:-2], False),
        (encode_lossless(PICTURE) + b"x", False),
        (encode_lossless(PICTURE)[:-1], False),
        (png_with_everything(), False),
        (b"", False),
        (b"GIF89a", False),
    ],
)
def test_only_pixels_alone_are_bare(data: bytes, bare: bool) -> None:
    assert is_bare(data) is bare


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_the_disclosure_back(tmp_path: Path) -> None:
    files = {
        "layout.png": encode_png(PICTURE, LAYOUT),
        "diffusion.png": stamp_png(png_with_everything(), text_chunks(DIFFUSION)),
        "kept.jpg": encode_jpeg(PICTURE, KEPT),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        ["exiftool", "-json", "-G1", "-a", *sorted(files)],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    read = {each["SourceFile"]: each for each in json.loads(done.stdout)}
    tag = "XMP-iptcExt:DigitalSourceType"
    assert read["layout.png"][tag] == VOCABULARY + COMPOSITE
    assert read["diffusion.png"][tag] == VOCABULARY + GENERATED
    assert read["kept.jpg"][tag] == VOCABULARY + EDITED
    assert read["diffusion.png"]["XMP-iptcExt:AISystemUsed"] == "kandinsky-2-2"
    assert read["diffusion.png"]["XMP-iptcExt:AISystemVersionUsed"] == "rev<1>&"
    assert Recipe.from_json(read["layout.png"]["PNG:Recipe"]) == LAYOUT
    for each in read.values():
        assert not [key for key in each if key.startswith(("GPS", "IFD0", "ExifIFD"))]
        assert "Warning" not in each
        assert "ExifTool:Warning" not in each
