"""`GenerationOptions` as the text pairs of `Recipe.settings`, and back: equal options, equal recipe text."""

from __future__ import annotations

from collections.abc import Sequence

from services.choices import DEFAULT_OPTIONS, GenerationMode, GenerationOptions
from services.errors import InvalidInput
from services.messages import N_

Pairs = tuple[tuple[str, str], ...]

_FLOATS = ("strength", "prior_guidance", "guidance")
_INTEGERS = ("prior_steps", "steps")


def to_settings(options: GenerationOptions) -> Pairs:
    """Every option by name, sorted; those that are None are left out."""
    values = {key: value for key, value in options.to_dict().items() if value is not None}
    return tuple(sorted((key, _text(value)) for key, value in values.items()))


def from_settings(settings: Sequence[tuple[str, str]]) -> GenerationOptions:
    """What `to_settings` wrote; other keys are ignored, missing ones have their default.

    Raises InvalidInput for a value that is none of its option.
    """
    values = dict(settings)
    try:
        return GenerationOptions(
            mode=GenerationMode(values.get("mode", DEFAULT_OPTIONS.mode)),
            negative_prompt=values.get("negative_prompt", DEFAULT_OPTIONS.negative_prompt),
            scheduler=values.get("scheduler", DEFAULT_OPTIONS.scheduler),
            raw_weights=_flag(values.get("raw_weights", "false")),
            mask_sha256=values.get("mask_sha256"),
            **{key: float(values[key]) for key in _FLOATS if key in values},
            **{key: int(values[key]) for key in _INTEGERS if key in values},
        )
    except ValueError as error:
        raise InvalidInput(
            N_("This variant's recipe has a setting that cannot be read. Generate again.")
        ) from error


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _flag(value: str) -> bool:
    if value not in ("true", "false"):
        raise ValueError(value)
    return value == "true"
