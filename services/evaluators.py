"""Scoring by itself: a scorer, and what reads pictures beside it (coverage, likeness, heatmaps).

`services.engines.get_evaluator` picks one. Nothing is loaded here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.aim.coverage import CoverageChecker
    from services.aim.explain import Explainer
    from services.aim.fidelity import ImageSpace
    from services.aim.scorer import Scorer


@dataclass(frozen=True)
class Readers:
    """What reads pictures beside the scorer. Calling one is cheap; it loads its weights at first use."""

    checker: Callable[[], CoverageChecker]
    space: Callable[[], ImageSpace]
    explainer: Callable[[], Explainer]


def _nothing() -> None:
    return


@dataclass(frozen=True)
class Evaluator:
    """A scorer by name, and its readers; None: this engine explains nothing.

    `require` raises EngineUnavailable when nothing of it can be had here. `free` gives memory back.
    """

    name: str
    scorer: Scorer
    readers: Readers | None = None
    require: Callable[[], None] = _nothing
    release: Callable[[], None] = _nothing

    def free(self) -> None:
        """Give back the memory of the models, the accelerator's too; they load again at their next use."""
        self.release()
        for part in (self.scorer.clip, self.scorer.captioner, self.scorer.topic, self.scorer.lpips):
            free = getattr(part, "free", None)
            if callable(free):
                free()


def full_evaluator() -> Evaluator:
    """CLIP, BLIP-2, distiluse and LPIPS as the settings name them. A metric without weights says so."""
    from services.aim.full import full_scorer, require_any_model
    from services.models.hub import free_models

    return Evaluator("full", full_scorer(), FULL_READERS, require_any_model, free_models)


def _lite_checker() -> CoverageChecker:
    from services.aim.coverage_conse import ConseCoverage
    from services.aim.lite import shared_conse

    return ConseCoverage(shared_conse())


def _lite_space() -> ImageSpace:
    from services.aim.lite import shared_conse

    return shared_conse()


def _lite_explainer() -> Explainer:
    from services.aim.explain import explainer_for
    from services.aim.lite import shared_conse

    return explainer_for(shared_conse().ref)


def _full_checker() -> CoverageChecker:
    from services.aim.coverage_blip2 import Blip2Coverage
    from services.models.hub import load_blip2

    return Blip2Coverage(load_blip2())


def _full_space() -> ImageSpace:
    from services.models.hub import load_clip

    return load_clip()


def _full_explainer() -> Explainer:
    from services.aim.explain import explainer_for
    from services.models.hub import load_clip

    return explainer_for(load_clip().ref)


LITE_READERS = Readers(_lite_checker, _lite_space, _lite_explainer)
FULL_READERS = Readers(_full_checker, _full_space, _full_explainer)
