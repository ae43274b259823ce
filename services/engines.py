"""The one place that picks implementations.

An engine is the set of models in use. `lite` needs no key and no network: its weights come inside
packages. `full` is the reference of the two documents. Each part can also be chosen by itself
(`services.choices.EngineChoice`). Building an engine loads nothing; each part loads its weights at first
use and keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from services import readiness
from services.choices import ENCODERS, ENGINES, LITE, SCORERS, EngineChoice, GenerationMode
from services.errors import EngineUnavailable, InvalidInput
from services.evaluators import LITE_READERS, Evaluator, full_evaluator
from services.messages import N_
from services.settings import get_settings, refresh_settings
from services.settings_store import MODEL_SETTINGS

if TYPE_CHECKING:
    from services.aim.scorer import Scorer
    from services.evaluators import Readers
    from services.parts import Encoder, Generator, Planner


@dataclass(frozen=True)
class Parts:
    """How to make each part. Called once, at first use."""

    planner: Callable[[], Planner]
    encoder: Callable[[], Encoder]
    generator: Callable[[], Generator]
    scorer: Callable[[], Scorer]
    readers: Readers | None = None
    release: Callable[[], None] | None = None
    evaluator: Callable[[], Evaluator] | None = None
    """Where the scorer is one that evaluates by itself; else `scorer` and `readers` make one."""


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
        if self._parts.evaluator is not None:
            return self._parts.evaluator()
        release = self._parts.release or (lambda: None)
        return Evaluator(self.name, self.scorer, self._parts.readers, release=release)


# --- the parts: each made once a process, whichever engines share it -----------------------------


@cache
def _planner(name: str) -> Planner:
    if name == "llm":
        from services.planning.planner_llm import LlmPlanner

        return LlmPlanner(fallback=_planner("lite"))
    from services.planning.planner_keybert import KeyBertPlanner

    return KeyBertPlanner()


@cache
def _encoder(name: str) -> Encoder:
    if name == "lite":
        from services.retrieval.encoder_conse import ConseEncoder

        return ConseEncoder()
    from services.retrieval.encoder_kandinsky import KandinskyEncoder

    return KandinskyEncoder(name)


@cache
def _generator(name: str) -> Generator:
    from services.storage.images import get_store

    if name == "lite":
        from services.generation.compositor import LayoutCompositor

        return LayoutCompositor(source=get_store().open)
    from services.generation.kandinsky import KandinskyGenerator

    return KandinskyGenerator(name)


def _lite_scorer() -> Scorer:
    from services.aim.lite import lite_scorer, shared_logits

    return lite_scorer(look=shared_logits())


def _free_lite() -> None:
    from services.models import lite

    lite.free()


def _parts(choice: EngineChoice) -> Parts:
    made = (
        partial(_planner, choice.planner),
        partial(_encoder, choice.encoder),
        partial(_generator, choice.generator),
    )
    if choice.scorer == "lite":
        return Parts(*made, _lite_scorer, LITE_READERS, _free_lite)
    return Parts(*made, lambda: get_evaluator("full").scorer, evaluator=lambda: get_evaluator("full"))


_built: dict[EngineChoice, Engine] = {}
_evaluators: dict[str, Evaluator] = {}
_stand_ins: set[EngineChoice | str] = set()
"""What tests put in the place of an engine or of an evaluator."""


def engine_names() -> list[str]:
    """The engines that have a name of their own."""
    return list(ENGINES)


def choice_of(engine: EngineChoice | str | None = None) -> EngineChoice:
    """The parts that `engine` names; None: those in the settings.

    Raises EngineUnavailable for an engine that this installation does not have.
    """
    if isinstance(engine, EngineChoice):
        return engine
    settings = get_settings()
    if engine is None:
        return settings.engine_choice
    if engine not in ENGINES:
        raise EngineUnavailable(
            N_("The engine {name!r} is not available here. Set AIM_STUDIO_ENGINE to one of: {known}."),
            name=engine,
            known=", ".join(ENGINES),
        )
    return ENGINES[engine]


def get_engine(engine: EngineChoice | str | None = None) -> Engine:
    """The engine of these parts, or of the settings. The same object each time; loads nothing.

    Raises EngineUnavailable as `choice_of`.
    """
    choice = choice_of(engine)
    if choice not in _built:
        _built[choice] = Engine(choice.name, _parts(choice))
    return _built[choice]


def get_encoder(name: str) -> Encoder:
    """The search model `name` of `choices.ENCODERS`, the same object each time. Loads nothing.

    Raises InvalidInput for another name.
    """
    if name not in ENCODERS:
        raise InvalidInput(
            N_("There is no {part} {name!r}. Choose one of: {known}."),
            part="encoder",
            name=name,
            known=", ".join(ENCODERS),
        )
    settings = get_settings().engine_choice
    for choice in (LITE, settings):
        if choice.encoder == name:
            return get_engine(choice).encoder
    return _encoder(name)


def get_evaluator(name: str | None = None) -> Evaluator:
    """The scorer `name` ("lite", "full"; None: the settings' engine) with its readers. Loads nothing.

    The same object each time. Raises InvalidInput for another name.
    """
    name = name or get_settings().engine_choice.scorer
    if name in _evaluators:
        return _evaluators[name]
    if name == "lite":
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
        if each in _evaluators or ENGINES[each] in _built:
            get_evaluator(each).free()


def require_ready(
    choice: EngineChoice, parts: Sequence[str] = readiness.PARTS, mode: GenerationMode = GenerationMode.SCENE
) -> None:
    """Raise EngineUnavailable, in seconds and with all that is missing, unless these parts can run here."""
    if choice not in _stand_ins:
        readiness.require(
            choice, [p for p in parts if p != "scorer" or choice.scorer not in _stand_ins], mode
        )


def refresh() -> bool:
    """Follow what was chosen on the Settings page since the last look. True: something was.

    Called where work begins. What stands in for an engine in tests stays.
    """
    before = get_settings()
    if not refresh_settings():
        return False
    after = get_settings()
    if any(getattr(before, name) != getattr(after, name) for name in MODEL_SETTINGS):
        _free_full_models()
    for made in (_planner, _encoder, _generator):
        made.cache_clear()
    for choice in [choice for choice in _built if choice not in _stand_ins]:
        del _built[choice]
    for name in [name for name in _evaluators if name not in _stand_ins]:
        del _evaluators[name]
    return True


def _free_full_models() -> None:
    """Other weights take their place: the memory of the old ones goes back."""
    from services.models.diffusion import free_diffusion
    from services.models.hub import free_models

    free_models()
    free_diffusion()


def use_evaluator(evaluator: Evaluator | None, name: str = "lite") -> None:
    """Put `evaluator` in the place of `name`, or restore the real one with None. For tests."""
    if evaluator is None:
        _evaluators.pop(name, None)
        _stand_ins.discard(name)
    else:
        _evaluators[name] = evaluator
        _stand_ins.add(name)


def use_engine(engine: Engine | None, choice: EngineChoice | str = "lite") -> None:
    """Put `engine` in the place of `choice`, or restore the real one with None. For tests."""
    if engine is None:
        _built.pop(choice_of(choice), None)
        _stand_ins.discard(choice_of(choice))
    else:
        _built[choice_of(choice)] = engine
        _stand_ins.add(choice_of(choice))
