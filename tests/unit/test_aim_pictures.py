"""One size for both pictures, chosen for all comparisons at once."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from services.aim.pictures import Policy, choose_policy, fit


@pytest.mark.parametrize(
    ("sizes", "policy"),
    [
        ([(64, 64)] * 3, Policy.NATIVE),
        ([(512, 384)] * 2, Policy.NATIVE),
        ([(513, 384)] * 2, Policy.RESIZED),
        ([(63, 64)] * 2, Policy.RESIZED),
        ([(64, 64), (64, 65)], Policy.RESIZED),
        ([(1080, 1080), (800, 600)], Policy.RESIZED),
    ],
)
def test_policy(sizes: list[tuple[int, int]], policy: Policy) -> None:
    assert choose_policy(sizes) is policy


def test_native_leaves_pixels_alone() -> None:
    image = Image.new("RGB", (100, 80), (1, 2, 3))
    assert fit(image, Policy.NATIVE) is image


def test_resized_is_256_square_and_stable() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 300, 3), np.uint8)
    once = fit(Image.fromarray(pixels), Policy.RESIZED)
    assert (once.size, once.mode) == ((256, 256), "RGB")
    assert fit(once, Policy.RESIZED) is once
    assert (
        choose_policy([once.size, once.size]) is Policy.NATIVE
    )  # a part that is given them leaves them alone


def test_transparency_is_white() -> None:
    image = Image.new("RGBA", (70, 70), (0, 0, 0, 0))
    assert fit(image, Policy.NATIVE).getpixel((0, 0)) == (255, 255, 255)
