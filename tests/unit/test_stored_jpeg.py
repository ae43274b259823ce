"""JPEGs that the studio wrote come back as they are; nothing else is taken for one."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from services.storage.intake import read_picture
from services.storage.normalise import encode, is_stored_jpeg
from tests.retrieval_fakes import encoded, scene

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (97, 131, 3), np.uint8))


@pytest.mark.parametrize("image", [scene("red", 1), NOISE, Image.new("RGB", (16, 16), "blue")])
def test_what_was_stored_is_stored_again_to_the_byte(image: Image.Image) -> None:
    stored = encode(image, lossless=False)
    assert is_stored_jpeg(stored)
    again = read_picture(stored, "a.jpg")
    assert again.encode() == stored
    with Image.open(io.BytesIO(stored)) as decoded:
        assert np.array_equal(np.asarray(again.image), np.asarray(decoded))


def _with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "somewhere"
    return encoded(NOISE, "JPEG", quality=95, subsampling=0, exif=exif)


@pytest.mark.parametrize(
    "data",
    [
        encoded(NOISE, "JPEG", quality=94, subsampling=0),
        encoded(NOISE, "JPEG", quality=95),
        encoded(NOISE, "JPEG", quality=95, subsampling=0, optimize=True),
        encoded(NOISE, "JPEG", quality=95, subsampling=0, progressive=True),
        encoded(NOISE, "JPEG", quality=95, subsampling=0, dpi=(300, 300)),
        encoded(NOISE, "JPEG", quality=95, subsampling=0, comment=b"me"),
        encoded(NOISE.convert("L"), "JPEG", quality=95),
        encoded(NOISE.convert("CMYK"), "JPEG", quality=95, subsampling=0),
        _with_exif(),
        encode(NOISE, lossless=False) + b"GPS 37.5 127.0",
        encode(NOISE, lossless=False) + encode(NOISE, lossless=False),
        encode(NOISE, lossless=False)[:-1],
        encode(NOISE, lossless=True),
        b"",
    ],
)
def test_anything_else_is_encoded_anew(data: bytes) -> None:
    assert not is_stored_jpeg(data)
