"""What a page sees of an evaluation: one row a picture, with everything that stands beside its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.aim.coverage import Coverage
from services.aim.explain import Heatmap, HeatmapKind
from services.aim.fidelity import Fidelity
from services.domain import AimScore, AimWeights, Photo, Plan, Variant
from services.messages import Message
from services.sessions import SessionView


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a picture looks like the product photos, and which photo it is nearest to."""

    figures: Fidelity
    photo: Photo | None


@dataclass(frozen=True, slots=True)
class Twin:
    """Two variants of the session, by id, that are all but the same; `reason` is for people."""

    first: int
    second: int
    cosine: float
    reason: Message


@dataclass(frozen=True, slots=True)
class Row:
    """One picture. `name` is its file's name, or "Variant 3"'s number as text for generated ones.

    `coverage` and `likeness` are None until explained (likeness also without product photos). `why` are
    sentences for "ranks 2nd because ...". `maps` are the heatmaps made so far, by (kind, text).
    """

    variant: Variant
    name: str
    coverage: Coverage | None = None
    likeness: Likeness | None = None
    why: tuple[Message, ...] = ()
    maps: tuple[MapKey, ...] = ()

    @property
    def id(self) -> int:
        return self.variant.id

    @property
    def score(self) -> AimScore | None:
        return self.variant.score

    @property
    def rank(self) -> int | None:
        return self.variant.rank


@dataclass(frozen=True, slots=True)
class MapKey:
    """A stored heatmap of a variant: what it shows, and its id for `heatmap`."""

    id: int
    kind: HeatmapKind
    text: str


@dataclass(frozen=True, slots=True)
class StoredHeatmap:
    """A heatmap with the picture it lies on."""

    variant_id: int
    sha256: str
    heatmap: Heatmap


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A session's pictures, best first, with all that explains their scores.

    `weights` are those in use (the session's own, else its campaign's); `default_weights` tells that they
    are AIM's. `twins` are near-duplicate warnings. `mixed` says that scores do not compare, if so.
    `texts` is what heatmaps can be asked for: the product text, then each sub-query.
    """

    session: SessionView
    rows: tuple[Row, ...]
    weights: AimWeights
    default_weights: bool
    twins: tuple[Twin, ...] = ()
    mixed: Message | None = None
    notices: tuple[Message, ...] = ()

    @property
    def id(self) -> str:
        return self.session.id

    @property
    def plan(self) -> Plan | None:
        return self.session.plan

    @property
    def scorer(self) -> str:
        """The models that gave the scores; "" before there are any."""
        return next((row.score.scorer for row in self.rows if row.score), "")

    @property
    def texts(self) -> Sequence[str]:
        plan = self.session.plan
        return (self.session.brief.product_text, *(s.text for s in (plan.subqueries if plan else ())))
