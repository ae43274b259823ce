"""What a brief may choose beside its words: the models of each part, and how diffusion makes the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from services.errors import InvalidInput
from services.messages import N_

PLANNERS = ("lite", "llm")
"""KeyBERT, or a chat model behind any OpenAI-compatible address."""

ENCODERS = ("lite", "kandinsky21", "kandinsky22")
"""ConSE (384-d), CLIP ViT-L/14 (768-d) or CLIP ViT-bigG/14 (1280-d)."""

GENERATORS = ("lite", "kandinsky21", "kandinsky22")
"""The layout compositor, Kandinsky 2.1 or Kandinsky 2.2."""

SCORERS = ("lite", "full")


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which implementation does each part of a run.

    Raises InvalidInput for an unknown part, and for retrieval in another space than the one that
    conditions the generator: what is retrieved must be able to condition it.
    """

    planner: str = "lite"
    encoder: str = "lite"
    generator: str = "lite"
    scorer: str = "lite"

    def __post_init__(self) -> None:
        for part, known in KNOWN_PARTS.items():
            if getattr(self, part) not in known:
                raise InvalidInput(
                    N_("There is no {part} {name!r}. Choose one of: {known}."),
                    part=part,
                    name=str(getattr(self, part)),
                    known=", ".join(known),
                )
        if self.generator != "lite" and self.encoder != self.generator:
            raise InvalidInput(
                N_(
                    "The generator {generator} takes references from its own search model only, not from "
                    "{encoder}. Choose the search model {generator} as well."
                ),
                generator=self.generator,
                encoder=self.encoder,
            )

    @property
    def name(self) -> str:
        """`lite`, `full` (the reference models in every part) or `mixed`."""
        lite = [getattr(self, field.name) == "lite" for field in fields(self)]
        return "lite" if all(lite) else "mixed" if any(lite) else "full"

    def to_dict(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, str]) -> EngineChoice:
        return cls(**{field.name: data[field.name] for field in fields(cls) if field.name in data})


KNOWN_PARTS = {"planner": PLANNERS, "encoder": ENCODERS, "generator": GENERATORS, "scorer": SCORERS}

LITE = EngineChoice()
FULL = EngineChoice("llm", "kandinsky22", "kandinsky22", "full")
"""The reference of the two documents. Kandinsky 2.2 is the default generator."""

ENGINES = {"lite": LITE, "full": FULL}


def compose(base: EngineChoice, asked: Mapping[str, str]) -> EngineChoice:
    """`base` with the parts in `asked`. The search model comes with a generator that is asked for by itself.

    Raises InvalidInput for parts that do not fit together.
    """
    asked = dict(asked)
    if "generator" in asked:
        asked.setdefault("encoder", asked["generator"])
    return EngineChoice.from_dict(base.to_dict() | asked)


class GenerationMode(StrEnum):
    """What a diffusion picture starts from. The compositor knows none of them."""

    SCENE = "scene"  # from noise: texts, photos and references condition it
    VARIATION = "variation"  # image-to-image, from the hero photo
    KEEP = "keep"  # inpainting: the product keeps its own pixels, the rest is made


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """How diffusion makes a picture. The compositor reads none of it.

    `strength` (0..1) is how far VARIATION may leave the photo. `mask_sha256` is a picture of the hero
    photo's size, white where KEEP keeps the product; None: the compositor's own cut-out. Guidance 1
    switches guidance off. `raw_weights` gives the prior the weights as typed instead of shares of 1.
    `scheduler` is a name of `services.generation.kandinsky`, "default" the decoder's own.
    """

    mode: GenerationMode = GenerationMode.SCENE
    strength: float = 0.4
    negative_prompt: str = ""
    prior_guidance: float = 4.0
    prior_steps: int = 25
    guidance: float = 4.0
    steps: int = 50
    scheduler: str = "default"
    raw_weights: bool = False
    mask_sha256: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> GenerationOptions:
        known = {field.name for field in fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        if "mode" in values:
            values["mode"] = GenerationMode(values["mode"])
        return cls(**values)


DEFAULT_OPTIONS = GenerationOptions()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a piece of work took. Tokens and `cost` (US dollars; None: no price is known) are an LLM's,
    `seconds` are wall time, `calls` counts requests with their repetitions."""

    model_id: str
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    seconds: float = 0.0
    calls: int = 0
