"""The one place that picks implementations.

An engine is the set of models in use. `lite` needs no key and no network: its weights come inside
packages. Building an engine loads nothing; each part loads its weights at first use and keeps them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from services.errors import EngineUnavailable
from services.messages import N_
from services.settings import get_settings

if TYPE_CHECKING:
    from services.aim.scorer import Scorer
    from services.parts import Encoder, Generator, Planner


@dataclass(frozen=True)
class Parts:
    """How to make each part. Called once, at first use."""

    planner: Callable[[], Planner]
    encoder: Callable[[], Encoder]
    generator: Callable[[], Generator]
    scorer: Callable[[], Scorer]


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


def _lite_planner() -> Planner:
    from services.planning.planner_keybert import KeyBertPlanner

    return KeyBertPlanner()


def _lite_encoder() -> Encoder:
    from services.retrieval.encoder_conse import ConseEncoder

    return ConseEncoder()


def _compositor() -> Generator:
    from services.generation.compositor import LayoutCompositor

    return LayoutCompositor()


def _lite_scorer() -> Scorer:
    from services.aim.lite import lite_scorer

    return lite_scorer()


_ENGINES = {"lite": Parts(_lite_planner, _lite_encoder, _compositor, _lite_scorer)}
_built: dict[str, Engine] = {}


def engine_names() -> list[str]:
    """The engines that can be chosen here."""
    return list(_ENGINES)


def get_engine(name: str | None = None) -> Engine:
    """The engine `name`, or the one in the settings. The same object each time.

    Raises EngineUnavailable for an engine that this installation does not have.
    """
    name = name or get_settings().engine
    if name not in _built:
        if name not in _ENGINES:
            raise EngineUnavailable(
                N_("The engine {name!r} is not available here. Set AIM_STUDIO_ENGINE to one of: {known}."),
                name=name,
                known=", ".join(_ENGINES),
            )
        _built[name] = Engine(name, _ENGINES[name])
    return _built[name]


def use_engine(engine: Engine | None, name: str = "lite") -> None:
    """Put `engine` in the place of `name`, or restore the real one with None. For tests."""
    if engine is None:
        _built.pop(name, None)
    else:
        _built[name] = engine
