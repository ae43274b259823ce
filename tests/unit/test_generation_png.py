"""The delivered PNG carries its recipe and says how it was made."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from services.domain import ModelRef
from services.generation.compositor import LayoutCompositor
from services.generation.png import COMPOSITE_DISCLOSURE, GENERATED_DISCLOSURE, encode_png, read_recipe
from tests.unit import generation_pictures as pictures

RECIPE = LayoutCompositor().recipes(
    pictures.brief_of("포근한 하루, 노란 후드티", variants=3), pictures.conditions_of({"a": 0.3})
)[1]


def test_the_recipe_comes_back_equal_and_the_pixels_too() -> None:
    image = pictures.scene(1)
    png = encode_png(image, RECIPE)
    assert read_recipe(png) == RECIPE
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png))), np.asarray(image))
    assert encode_png(image, RECIPE) == png


def test_the_file_says_what_made_it_and_how() -> None:
    info = Image.open(io.BytesIO(encode_png(pictures.scene(1), RECIPE))).info
    assert info["Software"] == "AIM Studio"
    assert info["Disclosure"] == COMPOSITE_DISCLOSURE
    diffused = replace(RECIPE, layout="", generator=ModelRef("generator", "kandinsky"))
    info = Image.open(io.BytesIO(encode_png(pictures.scene(1), diffused))).info
    assert info["Disclosure"] == GENERATED_DISCLOSURE


def foreign(text: str) -> bytes:
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_itxt("Recipe", text)
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


@pytest.mark.parametrize(
    "png",
    [b"", b"not a png", foreign(""), foreign("{"), foreign("[]"), foreign("{}"), foreign('{"seed": 1}')],
)
def test_a_file_without_a_recipe_gives_none(png: bytes) -> None:
    assert read_recipe(png) is None
