"""The one place that picks implementations.

An engine is the set of models in use. `lite` needs no key and no network: its weights come inside
packages. Building an engine loads nothing; each part loads its weights at first use and keeps them.

Scoring can be chosen by itself (`get_scorer`): `full` scores pictures, but has no generator yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from services.errors import EngineUnavailable, InvalidInput
from services.evaluators import LITE_READERS, Evaluator, Readers, full_evaluator
from services.messages import N_
from services.settings import get_settings

if TYPE_CHECKING:
    from services.aim.scorer import Scorer
    from services.parts import Encoder, Generator, Planner


SCORERS = ("lite", "full")
"""What pictures can be scored with."""


@dataclass(frozen=True)
class Parts:
    """How to make each part. Called once, at first use."""

    planner: Callable[[], Planner]
    encoder: Callable[[], Encoder]
    generator: Callable[[], Generator]
    scorer: Callable[[], Scorer]
    readers: Readers | None = None
    release: Callable[[], None] | None = None


class Engine:
    """Planner, encoder, generator and scorer under one name."""

    def __init__(self, name: str, parts: Parts) -> None:
        self.name = name
        self._parts = parts

    @cached_property
    def planner(self) -> Planner:
        return self._parts.planner()

    @cached_property
    def encoder(self) -> Encoder:
        return self._parts.encoder()

    @cached_property
    def generator(self) -> Generator:
        return self._parts.generator()

    @cached_property
    def scorer(self) -> Scorer:
        return self._parts.scorer()

    @cached_property
    def evaluator(self) -> Evaluator:
        release = self._parts.release or (lambda: None)
        return Evaluator(self.name, self.scorer, self._parts.readers, release=release)


def _lite_planner() -> Planner:
    from services.planning.planner_keybert import KeyBertPlanner

    return KeyBertPlanner()


def _lite_encoder() -> Encoder:
    from services.retrieval.encoder_conse import ConseEncoder

    return ConseEncoder()


def _compositor() -> Generator:
    from services.generation.compositor import LayoutCompositor
    from services.storage.images import get_store

    return LayoutCompositor(source=get_store().open)


def _lite_scorer() -> Scorer:
    from services.aim.lite import lite_scorer, shared_logits

    return lite_scorer(look=shared_logits())


def _free_lite() -> None:
    from services.models import lite

    lite.free()


_ENGINES = {
    "lite": Parts(_lite_planner, _lite_encoder, _compositor, _lite_scorer, LITE_READERS, _free_lite),
}
_built: dict[str, Engine] = {}
_evaluators: dict[str, Evaluator] = {}


def engine_names() -> list[str]:
    """The engines that can be chosen here."""
    return list(_ENGINES)


def get_engine(name: str | None = None) -> Engine:
    """The engine `name`, or the one in the settings. The same object each time.

    Raises EngineUnavailable for an engine that this installation does not have.
    """
    name = name or get_settings().engine
    if name not in _built:
        if name == "full":
            raise EngineUnavailable(
                N_(
                    "The full engine cannot make variants in this version, it only scores pictures. "
                    "Use the lite engine here, and choose full on the Evaluate page."
                )
            )
        if name not in _ENGINES:
            raise EngineUnavailable(
                N_("The engine {name!r} is not available here. Set AIM_STUDIO_ENGINE to one of: {known}."),
                name=name,
                known=", ".join(_ENGINES),
            )
        _built[name] = Engine(name, _ENGINES[name])
    return _built[name]


def get_evaluator(name: str | None = None) -> Evaluator:
    """The scorer `name` ("lite", "full"; None: the settings' engine) with its readers. Loads nothing.

    The same object each time. Raises InvalidInput for another name.
    """
    name = name or get_settings().engine
    if name in _evaluators:
        return _evaluators[name]
    if name in _built or name in _ENGINES:
        return get_engine(name).evaluator
    if name != "full":
        raise InvalidInput(
            N_("There is no scorer {name!r}. Choose one of: {known}."), name=name, known=", ".join(SCORERS)
        )
    return _evaluators.setdefault(name, full_evaluator())


def get_scorer(name: str | None = None) -> Scorer:
    """The scorer of `get_evaluator`. Raises InvalidInput for an unknown name."""
    return get_evaluator(name).scorer


def free(name: str | None = None) -> None:
    """Give back the memory of the scorer's models (None: of all that were used), the accelerator's too.

    They load again at their next use; what was measured stays known.
    """
    for each in SCORERS if name is None else (name,):
        if each in _evaluators or each in _built:
            get_evaluator(each).free()


def use_evaluator(evaluator: Evaluator | None, name: str = "lite") -> None:
    """Put `evaluator` in the place of `name`, or restore the real one with None. For tests."""
    if evaluator is None:
        _evaluators.pop(name, None)
    else:
        _evaluators[name] = evaluator


def use_engine(engine: Engine | None, name: str = "lite") -> None:
    """Put `engine` in the place of `name`, or restore the real one with None. For tests."""
    if engine is None:
        _built.pop(name, None)
    else:
        _built[name] = engine
