"""Can this experiment be run as it stands? Asked before anything is saved or made."""

from __future__ import annotations

from services.briefs import validate
from services.domain import Strategy
from services.errors import InvalidInput
from services.experiments.spec import BriefSpec, ExperimentSpec
from services.messages import N_


def check(spec: ExperimentSpec) -> None:
    """Raises InvalidInput with one sentence for the first fault; NotFound for a library that is not there."""
    for brief in spec.briefs:
        check_brief(spec, brief)


def check_brief(spec: ExperimentSpec, brief: BriefSpec) -> None:
    """One brief: its words, photos and library. Raises as `check`."""
    from services.libraries import BACKDROPS_LIBRARY, get_library

    validate(brief.brief(spec, spec.strategies[0]))
    if all(preset.search is Strategy.NONE for preset in spec.strategies):
        return
    if brief.library is None:
        raise InvalidInput(
            N_("The brief {name} has no library, so nothing can be retrieved for it. Name one."),
            name=brief.name,
        )
    if brief.library != BACKDROPS_LIBRARY:  # drawn at its first use
        get_library(brief.library)
