"""Likeness to the product photos, and near-duplicates: cosines known by hand, pictures drawn here."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageEnhance

from services.aim.fidelity import fidelity, look, near_duplicates, product_fidelity, twins
from services.domain import ModelRef
from services.parts import Vectors

MODEL = ModelRef("encoder", "space")


class Constant:
    """A space that finds everything alike, as a coarse classifier does."""

    ref = MODEL

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        return np.ones((len(images), 3), np.float32)


def scene(seed: int, size: tuple[int, int] = (240, 180)) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), np.uint8)
    return Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)


def recompressed(image: Image.Image, quality: int = 50) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


def test_best_and_mean_over_the_photos() -> None:
    variants = np.array([[3, 0], [1, 1]], np.float32)
    photos = np.array([[0, 2], [5, 0]], np.float32)
    first, second = fidelity(variants, photos, MODEL)
    assert (first.best, first.mean, first.best_photo) == (1.0, 0.5, 1)
    assert (second.best, second.mean) == pytest.approx((0.70711, 0.70711), abs=1e-5)
    assert first.model == MODEL


VECTORS = arrays(np.float32, (4, 3), elements=st.floats(-10, 10, width=32)).filter(
    lambda found: bool((np.linalg.norm(found, axis=1) > 1e-3).all())
)


@given(VECTORS, VECTORS)
def test_likeness_is_a_cosine(variants: Vectors, photos: Vectors) -> None:
    for row in fidelity(variants, photos, MODEL):
        assert -1 <= row.mean <= row.best + 1e-6
        assert row.best <= 1
    assert fidelity(photos * 3, photos, MODEL)[0].best == pytest.approx(1, abs=1e-5)


def test_a_vector_without_direction_is_an_error_not_a_zero() -> None:
    with pytest.raises(ValueError, match="length 0"):
        fidelity(np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32), MODEL)


def test_without_photos_there_is_nothing_to_compare() -> None:
    assert product_fidelity(Constant(), [scene(1)], []) == []
    assert product_fidelity(Constant(), [], [scene(1)]) == []
    assert len(product_fidelity(Constant(), [scene(1), scene(2)], [scene(3)])) == 2


@pytest.mark.parametrize("quality", [50, 90])
def test_recompressed_and_resized_copies_are_found(quality: int) -> None:
    original = scene(1)
    copy = recompressed(original.resize((120, 90), Image.Resampling.LANCZOS), quality)
    (pair,) = near_duplicates(Constant(), [scene(2), original, copy])
    assert (pair.first, pair.second) == (1, 2)
    assert pair.cosine == pytest.approx(1)
    assert "Variants 2 and 3" in str(pair.reason)


def test_the_space_alone_is_not_enough() -> None:
    assert near_duplicates(Constant(), [scene(seed) for seed in range(8)]) == []


def test_the_hash_alone_is_not_enough() -> None:
    apart = np.array([[1, 0], [0.9, 0.5]], np.float32)
    assert twins(apart, [look(scene(1)), look(scene(1))]) == []


def test_another_palette_is_another_variant() -> None:
    original = scene(1)
    pale = ImageEnhance.Color(original).enhance(0.0)
    assert np.count_nonzero(look(original).bits != look(pale).bits) <= 6
    assert near_duplicates(Constant(), [original, pale]) == []


def test_most_alike_first() -> None:
    vectors = np.array([[1, 0], [1, 0.15], [1, 0.001]], np.float32)
    pairs = twins(vectors, [look(scene(1))] * 3)
    assert [(pair.first, pair.second) for pair in pairs] == [(0, 2), (1, 2), (0, 1)]


def test_one_picture_has_no_twin() -> None:
    assert near_duplicates(Constant(), [scene(1)]) == []
