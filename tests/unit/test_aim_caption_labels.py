"""Captions from label probabilities: sure, in doubt, kinds, two subjects."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from services.aim.caption_kinds import ANIMALS, KIND_OF, KINDS
from services.aim.caption_labels import LabelCaptioner, describe, with_article
from services.domain import ModelRef
from services.models.labels import ImageNetLabels

NAMES = {
    151: "Chihuahua",
    259: "Pomeranian",
    207: "golden retriever",
    291: "lion",
    207 + 1: "Labrador retriever",
}
NAMES |= {831: "studio couch", 841: "sweatshirt", 474: "cardigan", 25: "European fire salamander"}


def names() -> list[str]:
    return [NAMES.get(number, f"class {number}") for number in range(1000)]


def caption(**shares: float) -> str:
    """Caption of {class number or name: probability}; the rest is spread over things without a kind."""
    numbers = {name: number for number, name in NAMES.items()}
    row = np.zeros(1000, np.float32)
    for name, share in shares.items():
        row[numbers[name.replace("_", " ")]] = share
    rest = [n for n in range(900, 1000) if row[n] == 0]
    row[rest] = (1 - row.sum()) / len(rest)
    return describe(row, names())


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({"sweatshirt": 0.8}, "a photo of a sweatshirt"),
        ({"sweatshirt": 0.4}, "a photo of what may be a sweatshirt"),
        ({"sweatshirt": 0.15, "cardigan": 0.12}, "a photo of what may be a sweatshirt or a cardigan"),
        ({"Pomeranian": 0.8}, "a photo of a Pomeranian dog"),
        ({"Pomeranian": 0.4, "Chihuahua": 0.3}, "a photo of a dog, perhaps a Pomeranian"),
        ({"Pomeranian": 0.19, "Chihuahua": 0.18, "golden_retriever": 0.17}, "a photo of a dog"),
        ({"Pomeranian": 0.15, "Chihuahua": 0.15}, "a photo of what may be a dog"),
        ({"lion": 0.6, "studio_couch": 0.3}, "a photo of a lion, with what may be a studio couch"),
        ({"lion": 0.45, "studio_couch": 0.3}, "a photo of what may be a lion, with a studio couch"),
        ({"sweatshirt": 0.6, "studio_couch": 0.3}, "a photo of a sweatshirt"),
        ({"European_fire_salamander": 0.9}, "a photo of a European fire salamander"),
    ],
)
def test_wording(shares: dict[str, float], expected: str) -> None:
    assert caption(**shares) == expected


def test_all_classes_equally_likely_is_in_doubt() -> None:
    assert "what may be" in describe(np.full(1000, 1e-3, np.float32), names())


def test_nan_is_an_error() -> None:
    with pytest.raises(ValueError, match="finite"):
        describe(np.full(1000, np.nan, np.float32), names())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("iron", "an iron"),
        ("unicycle", "a unicycle"),
        ("umbrella", "an umbrella"),
        ("sunglasses", "sunglasses"),
    ],
)
def test_articles(name: str, expected: str) -> None:
    assert with_article(name) == expected


def test_kinds_are_animals_and_do_not_overlap() -> None:
    assert max(KIND_OF) < ANIMALS
    assert len(KIND_OF) == sum(len(numbers) for _, ranges in KINDS for numbers in ranges)


class FakeClassifier:
    ref = ModelRef("classifier", "fake", "7")
    labels = ImageNetLabels(tuple(names()), tuple(names()), tuple(names()))

    def probabilities(self, images: list[Image.Image]) -> np.ndarray:
        rows = np.zeros((len(images), 1000), np.float32)
        rows[:, 259] = 1
        return rows


def test_captioner_over_a_classifier() -> None:
    captioner = LabelCaptioner(FakeClassifier())
    assert captioner.captions([Image.new("RGB", (8, 8))] * 2) == ["a photo of a Pomeranian dog"] * 2
    assert captioner.captions([]) == []
    assert captioner.ref == ModelRef("caption", "labels of fake", "7, wording 1")
