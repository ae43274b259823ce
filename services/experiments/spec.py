"""What an experiment compares, as values and as a YAML file that people write and keep.

    name: Yellow hoodie
    library: dogs
    strategies: [none, subqueries, filtered]
    seeds: 4
    briefs:
      - name: hoodie
        topic: A dog in a yellow hoodie
        product_text: A cute dog wearing yellow hoodie sits on a stylish sofa ...
        photos: [products/hoodie.png]

Photos are paths beside the file; everything but name, briefs and strategies has a default.
docs/experiments.md names every field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from services.choices import DEFAULT_OPTIONS, LITE, EngineChoice, GenerationOptions
from services.domain import Brief, Keyword, ModelRef, Photo, Placement, Plan, SubQuery
from services.errors import InvalidInput
from services.experiments.presets import Preset
from services.limits import EXPERIMENT_BRIEFS, EXPERIMENT_CELLS, EXPERIMENT_SEEDS, EXPERIMENT_STRATEGIES
from services.messages import N_

NAME_CHARS = 120


@dataclass(frozen=True, slots=True)
class BriefSpec:
    """One brief. `plan` is typed by hand, the same whoever plans; None: the planner makes it."""

    name: str
    topic: str
    product_text: str
    photos: tuple[Photo, ...]
    headline: str = ""
    library: str | None = None
    plan: Plan | None = None

    def brief(self, spec: ExperimentSpec, preset: Preset) -> Brief:
        """The session's brief for this brief under `preset`."""
        return Brief(
            topic=self.topic,
            product_text=self.product_text,
            photos=self.photos,
            headline=self.headline,
            library=self.library,
            strategy=preset.strategy,
            placement=spec.placement,
            variants=spec.seeds,
            seed=spec.seed,
            options=spec.options,
        )


@dataclass(frozen=True, slots=True)
class ExperimentSpec:
    """Briefs by strategies by seeds. `strategies` are presets as they were when the experiment was made.

    `seeds` is how many variants each cell has, `seed` the first. `baseline` is the key of the strategy that
    the others are compared with. Raises InvalidInput for what cannot be compared.
    """

    name: str
    briefs: tuple[BriefSpec, ...]
    strategies: tuple[Preset, ...]
    baseline: str
    seeds: int = 4
    seed: int = 0
    engine: EngineChoice = LITE
    placement: Placement = Placement.SQUARE
    options: GenerationOptions = DEFAULT_OPTIONS
    campaign: str = "Experiments"

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > NAME_CHARS:
            raise InvalidInput(
                N_("An experiment needs a name of at most {limit} characters."), limit=NAME_CHARS
            )
        _distinct([brief.name for brief in self.briefs], EXPERIMENT_BRIEFS, 1)
        _distinct([preset.key for preset in self.strategies], EXPERIMENT_STRATEGIES, 2)
        if self.baseline not in {preset.key for preset in self.strategies}:
            raise InvalidInput(N_("The baseline {name} is not among the strategies."), name=self.baseline)
        if not 1 <= self.seeds <= EXPERIMENT_SEEDS:
            raise InvalidInput(N_("An experiment has 1 to {limit} seeds."), limit=EXPERIMENT_SEEDS)
        if self.variants > EXPERIMENT_CELLS:
            raise InvalidInput(
                N_("This would be {count} variants; {limit} are the most. Take fewer briefs or seeds."),
                count=self.variants,
                limit=EXPERIMENT_CELLS,
            )

    @property
    def variants(self) -> int:
        """How many are made, drafts alone."""
        return len(self.briefs) * len(self.strategies) * self.seeds

    @property
    def order(self) -> tuple[int, ...]:
        """Places of the strategies, the baseline first: its cells are made first, and shown first."""
        places = range(len(self.strategies))
        return tuple(sorted(places, key=lambda place: self.strategies[place].key != self.baseline))

    def to_dict(self) -> dict[str, Any]:
        """JSON; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ExperimentSpec:
        return cls(
            **{
                **data,
                "briefs": tuple(_brief(entry) for entry in data["briefs"]),
                "strategies": tuple(Preset.from_dict(entry) for entry in data["strategies"]),
                "engine": EngineChoice.from_dict(data["engine"]),
                "placement": Placement(data["placement"]),
                "options": GenerationOptions.from_dict(data["options"]),
            }
        )

    def smaller(self, **changes: Any) -> ExperimentSpec:
        """The same with some fields changed."""
        return replace(self, **changes)


def _brief(data: Mapping[str, Any]) -> BriefSpec:
    plan = data["plan"]
    return BriefSpec(
        **{
            **data,
            "photos": tuple(Photo(**photo) for photo in data["photos"]),
            "plan": plan_of(plan) if plan is not None else None,
        }
    )


def plan_of(data: Mapping[str, Any]) -> Plan:
    """A plan from its JSON: summary, sub-queries and keywords; who made it is kept."""
    return Plan(
        summary=data["summary"],
        subqueries=tuple(SubQuery(**query) for query in data["subqueries"]),
        keywords=tuple(Keyword(**keyword) for keyword in data.get("keywords", ())),
        language=data.get("language", "en"),
        planner=ModelRef(**data["planner"]) if "planner" in data else ModelRef("planner", "user"),
        headline=data.get("headline", ""),
    )


def _distinct(names: list[str], most: int, least: int) -> None:
    if not least <= len(names) <= most:
        raise InvalidInput(
            N_("{count} are compared here; between {least} and {most} can be."),
            count=len(names),
            least=least,
            most=most,
        )
    if len(set(names)) < len(names) or not all(name.strip() for name in names):
        raise InvalidInput(N_("Briefs and strategies need names of their own, each another one."))
