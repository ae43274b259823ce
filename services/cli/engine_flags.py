"""Flags that choose models and how diffusion paints, for the commands that make variants."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from pathlib import Path

from services.choices import (
    DEFAULT_OPTIONS,
    ENCODERS,
    ENGINES,
    GENERATORS,
    KNOWN_PARTS,
    PLANNERS,
    SCORERS,
    EngineChoice,
    GenerationMode,
    GenerationOptions,
    compose,
)
from services.engines import choice_of
from services.errors import InvalidInput
from services.messages import N_

_OPTION_FLAGS = {
    "mode": "--mode",
    "strength": "--strength",
    "negative_prompt": "--negative",
    "prior_guidance": "--prior-guidance",
    "prior_steps": "--prior-steps",
    "guidance": "--guidance",
    "steps": "--steps",
    "scheduler": "--scheduler",
    "raw_weights": "--raw-weights",
    "mask_sha256": "--mask",
}


def add_engine_flags(parser: argparse.ArgumentParser) -> None:
    """--engine, and each part by itself. Left out: what Settings or the environment say."""
    group = parser.add_argument_group("models", "left out: as in Settings, or AIM_STUDIO_ENGINE and its kin")
    group.add_argument("--engine", choices=list(ENGINES), help="all parts at once")
    group.add_argument("--planner", choices=PLANNERS, help="what turns the brief into sub-queries")
    group.add_argument("--encoder", choices=ENCODERS, help="what finds references; follows --generator")
    group.add_argument("--generator", choices=GENERATORS, help="what makes the pictures")
    group.add_argument("--scorer", choices=SCORERS, help="what scores them")


def add_option_flags(parser: argparse.ArgumentParser) -> None:
    """How diffusion paints. Each is None where it is left out, so that it is known what was asked for."""
    group = parser.add_argument_group("painting", "for the Kandinsky generators; layouts take none of it")
    group.add_argument(
        "--mode", choices=[m.value for m in GenerationMode], help="from nothing, from the photo, or around it"
    )
    group.add_argument("--strength", type=float, help="variation: how far from the photo, 0..1 (0.4)")
    group.add_argument("--negative", dest="negative_prompt", help="what the pictures should not show")
    group.add_argument("--steps", type=int, help="of the decoder (50)")
    group.add_argument("--guidance", type=float, help="of the decoder; 1: none (4)")
    group.add_argument("--prior-steps", type=int, help="of the prior (25)")
    group.add_argument("--prior-guidance", type=float, help="of the prior; 1: none (4)")
    group.add_argument("--scheduler", help="of the decoder; default: its own")
    group.add_argument("--raw-weights", action="store_true", default=None, help="weights as they are typed")
    group.add_argument("--mask", type=Path, help="keep: a picture of the photo's size, white what stays")


def chosen_engine(arguments: argparse.Namespace) -> EngineChoice:
    """The parts that the flags name. Raises InvalidInput for parts that do not fit together."""
    asked = {part: getattr(arguments, part) for part in KNOWN_PARTS if getattr(arguments, part)}
    return compose(choice_of(arguments.engine), asked)


def chosen_options(arguments: argparse.Namespace, choice: EngineChoice) -> GenerationOptions:
    """The options that the flags name. Raises InvalidInput for one that nothing would read."""
    asked = {name: getattr(arguments, name, None) for name in _OPTION_FLAGS if name != "mask_sha256"}
    given = {name: value for name, value in asked.items() if value is not None}
    mask: Path | None = arguments.mask
    if (given or mask) and choice.generator == "lite":
        flags = [_OPTION_FLAGS[name] for name in given] + (["--mask"] if mask else [])
        raise InvalidInput(
            N_("The layouts do not read {flags}. Choose a Kandinsky generator, or leave them out."),
            flags=", ".join(flags),
        )
    if "mode" in given:
        given["mode"] = GenerationMode(str(given["mode"]))
    known = {field.name for field in fields(GenerationOptions)}
    options = replace(DEFAULT_OPTIONS, **{name: value for name, value in given.items() if name in known})
    return replace(options, mask_sha256=_stored(mask)) if mask else options


def _stored(mask: Path) -> str:
    from services.cli.files import store_photos

    return store_photos([mask])[0].sha256
