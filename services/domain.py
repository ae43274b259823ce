"""The typed values that the steps of a run pass on, from brief to scores.

All are immutable. Images travel as SHA-256 keys into the image store, never as pixels.
Similarities are cosines in -1..1. Weights are >= 0. Scores named `norm` are 0..1, `final` is 0..100;
higher is better for both.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from services.brand_kit import BrandKit
from services.choices import DEFAULT_OPTIONS, GenerationOptions, Usage
from services.messages import Message


class Strategy(StrEnum):
    """The ways of finding references, as in the study (reference: rdm.md)."""

    NONE = "none"
    KEYWORDS = "keywords"
    SUBQUERIES = "subqueries"
    FILTERED = "filtered"


class Placement(StrEnum):
    """Where an ad is shown, named by its aspect ratio."""

    SQUARE = "1:1"
    PORTRAIT = "4:5"
    STORY = "9:16"
    WIDE = "16:9"
    LINK = "1.91:1"

    @property
    def pixels(self) -> tuple[int, int]:
        """(width, height) of the delivered picture."""
        return _PIXELS[self]


_PIXELS = {
    Placement.SQUARE: (1080, 1080),
    Placement.PORTRAIT: (1080, 1350),
    Placement.STORY: (1080, 1920),
    Placement.WIDE: (1920, 1080),
    Placement.LINK: (1200, 628),
}


@dataclass(frozen=True, slots=True)
class ModelRef:
    """What made a result: engine part ("planner", "encoder", ...), model id and its revision."""

    part: str
    id: str
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Photo:
    """A product photo in the image store. The hero is the one that layouts are built on."""

    sha256: str
    file_name: str
    width: int
    height: int
    hero: bool = False


@dataclass(frozen=True, slots=True)
class Brief:
    """What the advertiser asks for. `library` is a library's name, or None for no references.

    `brand` is its campaign's kit, filled in when a session is loaded; saving a brief leaves it alone.
    """

    topic: str
    product_text: str
    photos: tuple[Photo, ...] = ()
    headline: str = ""
    library: str | None = None
    strategy: Strategy = Strategy.FILTERED
    placement: Placement = Placement.SQUARE
    variants: int = 8
    seed: int = 0
    options: GenerationOptions = DEFAULT_OPTIONS
    brand: BrandKit | None = field(default=None, compare=False)

    @property
    def hero(self) -> Photo | None:
        return next((p for p in self.photos if p.hero), self.photos[0] if self.photos else None)


@dataclass(frozen=True, slots=True)
class SubQuery:
    """One part of the picture in words. `weight` is its share of the plan; a plan's weights sum to 1."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Keyword:
    """A KeyBERT keyword of the product text. `similarity` is its cosine to the whole text."""

    text: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One-sentence summary, weighted sub-queries and keywords, and what the reader should know about them.

    `headline` is the planner's proposal, in the brief's language; `usage` what the plan took, None when
    nothing was asked of a service.
    """

    summary: str
    subqueries: tuple[SubQuery, ...]
    keywords: tuple[Keyword, ...] = ()
    language: str = "en"
    notices: tuple[Message, ...] = ()
    planner: ModelRef = ModelRef("planner", "user")
    headline: str = ""
    usage: Usage | None = None


class DropReason(StrEnum):
    """Why a match is not used."""

    RELEVANCE = "relevance"
    REDUNDANCY = "redundancy"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Match:
    """A library image retrieved for a sub-query.

    `subquery` is the index of its query in the plan; `similarity` the cosine to it; `weight` its
    share in the conditions before normalisation. `drop` is set when it is not used, with the figure
    that decided it (`drop_value`, `drop_limit`) and, for redundancy, the item that stays
    (`drop_twin`). `overruled` marks a decision made by hand: the filters leave it alone.
    `typed_weight` is a weight set by hand; it holds when the filters run again. `query_weight` is the
    weight of its query in the plan, so that the filters can share it out anew.
    """

    subquery: int
    query: str
    item_id: int
    sha256: str
    file_name: str
    similarity: float
    weight: float
    caption: str = ""
    drop: DropReason | None = None
    drop_value: float | None = None
    drop_limit: float | None = None
    drop_twin: int | None = None
    overruled: bool = False
    typed_weight: float | None = None
    query_weight: float = 1.0

    @property
    def kept(self) -> bool:
        return self.drop is None


class ConditionKind(StrEnum):
    TEXT = "text"
    PHOTO = "photo"
    MATCH = "match"


@dataclass(frozen=True, slots=True)
class Condition:
    """What the generator is given: words, a product photo or a match, with a weight.

    `ref` is the text itself for TEXT, else the SHA-256 of the picture. `label` is for people.
    """

    kind: ConditionKind
    ref: str
    weight: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a variant's pixels. Same recipe and same model: same bytes.

    `layout` is the compositor's layout name (empty for diffusion). `size` is (width, height) in px.
    """

    generator: ModelRef
    seed: int
    placement: Placement
    size: tuple[int, int]
    conditions: tuple[Condition, ...]
    headline: str = ""
    layout: str = ""
    settings: tuple[tuple[str, str], ...] = field(default=())

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces; equal recipes give equal text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        data = json.loads(text)
        return cls(
            generator=ModelRef(**data["generator"]),
            seed=data["seed"],
            placement=Placement(data["placement"]),
            size=(data["size"][0], data["size"][1]),
            conditions=tuple(
                Condition(ConditionKind(c["kind"]), c["ref"], c["weight"], c["label"])
                for c in data["conditions"]
            ),
            headline=data["headline"],
            layout=data["layout"],
            settings=tuple((k, v) for k, v in data["settings"]),
        )

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AimWeights:
    """Shares of the three metrics in the final score; they sum to 1. Default from aim.md."""

    clip: float = 0.2
    lpips: float = 0.3
    caption: float = 0.5


@dataclass(frozen=True, slots=True)
class MetricScore:
    """One metric of one image. Either `raw` and `norm`, or neither and the `reason` why it is not scored."""

    raw: float | None = None
    norm: float | None = None
    reason: Message | None = None
    text: str = ""  # the caption, for caption similarity

    @property
    def scored(self) -> bool:
        return self.norm is not None


@dataclass(frozen=True, slots=True)
class AimScore:
    """The AIM score of one image.

    `final` is 0..100, or None when a metric is missing. The reference image itself has no LPIPS
    (`is_reference`): its final is of the other two metrics, their weights scaled up to sum to 1.
    `scorer` names the models: scores of different scorers are not comparable.
    """

    scorer: str
    clip: MetricScore
    caption: MetricScore
    lpips: MetricScore
    final: float | None
    is_reference: bool = False
    weights: AimWeights = AimWeights()
    notices: tuple[Message, ...] = ()


class Decision(StrEnum):
    """What a person said about a variant."""

    PICKED = "picked"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Variant:
    """One generated image in the image store, with its recipe, its score and its place.

    `rank` is 1 for the best final score of its session; None where there is no final score.
    """

    id: int
    index: int
    seed: int
    sha256: str
    width: int
    height: int
    recipe: Recipe
    score: AimScore | None = None
    rank: int | None = None
    decision: Decision | None = None
