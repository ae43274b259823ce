"""The lite CLIP score over a fake space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from services.aim.clip_conse import ConseClip
from services.domain import ModelRef

DIRECTIONS = {"dog": [2.0, 0.0], "sofa": [0.0, 3.0]}


class FakeSpace:
    ref = ModelRef("encoder", "fake-conse", "1")

    def __init__(self) -> None:
        self.texts: list[list[str]] = []

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        return np.array([[image.width, image.height - 1] for image in images], np.float32)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.texts.append(list(texts))
        return np.array([DIRECTIONS[text.split()[0]] for text in texts], np.float32)


def words(text: str) -> int:
    return len(text.split())


def test_cosine_whatever_the_length_of_the_vectors() -> None:
    images = [Image.new("RGB", (5, 1)), Image.new("RGB", (3, 4))]
    assert ConseClip(FakeSpace(), words, 4).similarities(images, "dog") == pytest.approx([1, 0.5**0.5])


def test_long_text_is_the_mean_of_its_chunks_and_says_so() -> None:
    clip = ConseClip(FakeSpace(), words, 2)
    images = [Image.new("RGB", (5, 1)), Image.new("RGB", (3, 4))]
    assert clip.similarities(images, "dog dog sofa sofa") == pytest.approx([0.5**0.5, 1])
    assert "2 parts" in str(clip.notices("dog dog sofa sofa")[0])
    assert clip.notices("dog sofa") == ()


def test_text_is_encoded_once() -> None:
    space = FakeSpace()
    clip = ConseClip(space, words, 4)
    for text in ("dog", "dog", "sofa"):
        clip.similarities([Image.new("RGB", (5, 1))], text)
    assert space.texts == [["dog"], ["sofa"]]


def test_nothing_to_compare() -> None:
    clip = ConseClip(FakeSpace(), words, 4)
    assert clip.similarities([], "dog") == []
    with pytest.raises(ValueError, match="no text"):
        clip.similarities([Image.new("RGB", (5, 1))], " ")


def test_it_names_the_space() -> None:
    assert ConseClip(FakeSpace(), words, 4).ref == ModelRef("clip", "fake-conse", "1")
