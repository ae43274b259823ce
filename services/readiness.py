"""Is everything here that a run would need? Answered at once: no weights are opened, no network is asked.

`require` is asked before a run starts, so that all that is missing is told in one sentence, not step by
step and an hour apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.choices import KNOWN_PARTS, EngineChoice, GenerationMode
from services.errors import EngineUnavailable
from services.messages import N_, Message
from services.models.presence import Presence, look
from services.models.registry import needs_of
from services.sizes import readable

PARTS = tuple(KNOWN_PARTS)
"""In the order in which a run uses them."""

COMMAND = "python -m services.cli models download {keys}"


@dataclass(frozen=True, slots=True)
class PartState:
    """One part of an engine: the models it takes, and what is wrong with it beside missing models."""

    part: str
    name: str
    models: tuple[Presence, ...]
    fault: Message | None = None

    @property
    def missing(self) -> tuple[Presence, ...]:
        return tuple(model for model in self.models if not model.ready)

    @property
    def ready(self) -> bool:
        return self.fault is None and not self.missing


def part_state(part: str, name: str, mode: GenerationMode = GenerationMode.SCENE) -> PartState:
    """How the part `part` stands when `name` does it."""
    models = tuple(look(card) for card in needs_of(part, name, mode))
    return PartState(part, name, models, _chat_fault() if (part, name) == ("planner", "llm") else None)


def parts_state(
    choice: EngineChoice, parts: Sequence[str] = PARTS, mode: GenerationMode = GenerationMode.SCENE
) -> list[PartState]:
    """How these parts of `choice` stand, in order."""
    return [part_state(part, getattr(choice, part), mode) for part in PARTS if part in parts]


def missing_models(states: Sequence[PartState]) -> list[Presence]:
    """The models that are not here, each once, in the order of their use."""
    return list({model.card.key: model for state in states for model in state.missing}.values())


def require(
    choice: EngineChoice, parts: Sequence[str] = PARTS, mode: GenerationMode = GenerationMode.SCENE
) -> None:
    """Raise EngineUnavailable, with one sentence for all that is missing, unless these parts can run."""
    states = parts_state(choice, parts, mode)
    fault = next((state.fault for state in states if state.fault), None)
    missing = missing_models(states)
    if not missing:
        if fault is not None:
            raise EngineUnavailable(fault.template, **fault.values)
        return
    broken = next((model.fault for model in missing if model.fault), None)
    if broken is not None and len(missing) == 1 and fault is None:
        raise EngineUnavailable(broken.template, **broken.values)
    raise _not_here(missing, chat_missing=fault is not None)


def _not_here(missing: Sequence[Presence], chat_missing: bool) -> EngineUnavailable:
    from services.models.hub_client import is_offline

    offline = is_offline()
    if chat_missing and offline:
        template = N_(
            "Nothing was started: {models} ({size} in all) are not on this machine, and the chat model that "
            "plans has no key (AIM_STUDIO_LLM_API_KEY). HF_HUB_OFFLINE is set, so nothing is downloaded: "
            "unset it, or name local folders in Settings. Or choose Lite, which needs none of it."
        )
    elif chat_missing:
        template = N_(
            "Nothing was started: {models} ({size} in all) are not on this machine, and the chat model that "
            "plans has no key (AIM_STUDIO_LLM_API_KEY). Download the models in Settings, or with: {command}. "
            "Or choose Lite, which needs none of it."
        )
    elif offline:
        template = N_(
            "Nothing was started: {models} ({size} in all) are not on this machine. HF_HUB_OFFLINE is set, "
            "so nothing is downloaded: unset it, or name local folders in Settings. Or choose Lite, which "
            "needs none of it."
        )
    else:
        template = N_(
            "Nothing was started: {models} ({size} in all) are not on this machine. Download them in "
            "Settings, or with: {command}. Or choose Lite, which needs none of it."
        )
    rest = sum(model.total - model.here for model in missing)
    return EngineUnavailable(
        template,
        models=", ".join(model.card.name for model in missing),
        size=readable(rest) if all(model.exact for model in missing) else f"≈ {readable(rest)}",
        command=COMMAND.format(keys=" ".join(model.card.key for model in missing)),
    )


def _chat_fault() -> Message | None:
    from services.planning.llm_target import require as require_chat

    try:
        require_chat()
    except EngineUnavailable as error:
        return error.message
    return None
