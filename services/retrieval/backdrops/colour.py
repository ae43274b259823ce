"""Colours in linear light (gamma 2.0, close to sRGB and one multiplication away from it)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.retrieval.backdrops.canvas import Colour, Field

_RAMP_STEPS = 4096


def ink(code: str) -> Colour:
    """Linear (3,) of a colour written "#rrggbb" as seen on screen."""
    seen = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float32) / 255
    return np.square(seen)


def inks(*codes: str) -> list[Colour]:
    return [ink(code) for code in codes]


def mix(first: Colour, second: Colour, share: Field | float) -> Colour:
    """`first` where `share` is 0, `second` where it is 1. A field gives (height, width, 3)."""
    if isinstance(share, float | int):
        return first + (second - first) * share
    shape = np.broadcast_shapes(share.shape, first.shape[:-1], second.shape[:-1])
    mixed = np.empty((*shape, 3), np.float32)
    for k in range(3):  # a plane at a time: far faster than broadcasting over a last axis of three
        mixed[..., k] = first[..., k] + (second[..., k] - first[..., k]) * share
    return mixed


def tint(colour: Colour, light: Field) -> Colour:
    """One colour (3,) under a field of light, (height, width, 3)."""
    tinted = np.empty((*light.shape, 3), np.float32)
    for k in range(3):
        np.multiply(light, colour[k], out=tinted[..., k])
    return tinted


def ramp(position: Field, stops: Sequence[tuple[float, str]]) -> Colour:
    """Colours along a gradient, smooth in what the eye sees; positions are 0..1."""
    at = np.linspace(0, 1, _RAMP_STEPS)
    places = [place for place, _ in stops]
    table = np.stack(
        [np.interp(at, places, [float(np.sqrt(ink(code)[k])) for _, code in stops]) for k in range(3)],
        axis=-1,
    )
    steps = np.clip(position * np.float32(_RAMP_STEPS - 1), 0, _RAMP_STEPS - 1).astype(np.int32)
    found: Colour = np.square(table).astype(np.float32)[steps]
    return found


def smoothstep(low: float, high: float, field: Field) -> Field:
    """0 below `low`, 1 above `high`, smooth between; `low` may be the larger."""
    t = np.clip((field - np.float32(low)) / np.float32(high - low), 0, 1)
    result: Field = t * t * (3 - 2 * t)
    return result


def luminance(colour: Colour) -> Field:
    return colour @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
