"""`GenerationOptions` as the text pairs of `Recipe.settings`, and back: equal options, equal recipe text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from services.choices import GenerationOptions
from services.errors import InvalidInput
from services.messages import N_

Pairs = tuple[tuple[str, str], ...]


def to_settings(options: GenerationOptions) -> Pairs:
    """Every option by name, sorted; those that are None are left out."""
    values = {key: value for key, value in options.to_dict().items() if value is not None}
    return tuple(sorted((key, _text(value)) for key, value in values.items()))


def from_settings(settings: Sequence[tuple[str, str]]) -> GenerationOptions:
    """What `to_settings` wrote; other keys are ignored, missing ones have their default.

    Raises InvalidInput for a value that is none of its option.
    """
    try:
        values = {key: _READ.get(key, str)(text) for key, text in settings if key in _NAMES}
        return GenerationOptions.from_dict(values)
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


def _number(value: str) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


_NAMES = frozenset(field.name for field in fields(GenerationOptions))
_READ: dict[str, Callable[[str], Any]] = {
    "strength": _number,
    "prior_guidance": _number,
    "guidance": _number,
    "prior_steps": int,
    "steps": int,
    "raw_weights": _flag,
}
"""How an option that is no text is read."""
