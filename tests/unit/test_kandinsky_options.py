"""Options in a recipe: every one of them there and back, and nothing half-read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.choices import DEFAULT_OPTIONS, GenerationMode, GenerationOptions
from services.errors import InvalidInput
from services.generation.kandinsky.options import from_settings, to_settings

ALL_CHANGED = GenerationOptions(
    GenerationMode.KEEP, 0.35, "blurry, dark", 2.5, 31, 6.0, 44, "ddim", True, "a" * 64
)


@pytest.mark.parametrize("options", [DEFAULT_OPTIONS, ALL_CHANGED, replace(ALL_CHANGED, strength=1 / 3)])
def test_options_survive_a_recipe(options: GenerationOptions) -> None:
    assert from_settings(to_settings(options)) == options


def test_each_option_is_written_by_name_in_one_order() -> None:
    pairs = to_settings(ALL_CHANGED)
    assert list(pairs) == sorted(pairs)
    assert {key for key, _ in pairs} == set(ALL_CHANGED.to_dict())
    assert all(isinstance(value, str) for _, value in pairs)
    assert "mask_sha256" not in dict(to_settings(DEFAULT_OPTIONS))


def test_other_settings_are_left_alone_and_missing_ones_have_their_default() -> None:
    assert from_settings([("sampler", "DDPM"), ("steps", "7")]) == replace(DEFAULT_OPTIONS, steps=7)


@pytest.mark.parametrize(
    ("key", "value"),
    [("steps", "7.5"), ("guidance", "nan"), ("strength", "inf"), ("raw_weights", "yes"), ("mode", "x")],
)
def test_a_value_that_is_none_is_refused(key: str, value: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        from_settings([(key, value)])
