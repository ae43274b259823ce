"""What is read from a session: a card for lists, the whole for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.choices import LITE, EngineChoice
from services.domain import AimWeights, Brief, Condition, Match, ModelRef, Plan, Variant
from services.sessions.inputs import Inputs

THUMBNAILS_PER_CARD = 4
"""A card shows a strip of four; more are smaller than a thumb."""


class SessionKind(StrEnum):
    """Which page a session belongs to."""

    STUDIO = "studio"  # from a brief to variants
    EVALUATE = "evaluate"  # finished pictures of any origin, scored


class Stage(StrEnum):
    """The furthest step with a result. It only moves forward: going back loses nothing."""

    BRIEF = "brief"
    PLAN = "plan"
    REFERENCES = "references"
    VARIANTS = "variants"


class SessionStatus(StrEnum):
    """Where a session stands with its people.

    The first variant moves a draft to review by itself; all else is a person's word, and stays until a
    person takes it back (services/review). Variants made after a word are marked as such instead.
    Finished pictures that were only scored (SessionKind.EVALUATE) stay drafts: nobody approves them.
    """

    DRAFT = "draft"  # not for review yet
    REVIEW = "review"  # variants wait for a decision
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class SessionCard:
    """A session in a list. `best_final` is 0..100; `thumbnails` are picture keys, best first."""

    id: str
    topic: str
    campaign_id: str
    campaign: str
    status: str
    stage: str
    engine: str
    created_at: datetime
    updated_at: datetime
    variants: int
    best_final: float | None
    thumbnails: tuple[str, ...]
    hero_sha256: str | None
    kind: str = SessionKind.STUDIO


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One page of a list, and how many sessions there are in all."""

    cards: tuple[SessionCard, ...]
    total: int


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session, whole.

    `variants` are best first; those without a comparable final score follow, unranked.
    `reference_sha256` is the picture that LPIPS is measured against: the one chosen, else the hero.
    `stale` names the steps ("plan", "references", "variants") whose result was made from something
    else than what the session holds now; `stale_variants` are the ids of such variants; `stale_scores`
    tells that scores were measured for another topic, text or reference.
    `kind` tells its page; `parts` are those of its engine; `weights` are its own score weights, None:
    its campaign's. `retriever` is the encoder that found the references, where any were looked for.
    `inputs` are the digests to pass to `save_*` by whoever works from this view.
    """

    id: str
    campaign_id: str
    campaign: str
    parent_id: str | None
    status: str
    stage: str
    engine: str
    created_at: datetime
    updated_at: datetime
    brief: Brief
    plan: Plan | None
    matches: tuple[Match, ...]
    conditions: tuple[Condition, ...]
    variants: tuple[Variant, ...]
    reference_sha256: str | None
    inputs: Inputs
    stale: frozenset[str] = frozenset()
    stale_variants: frozenset[int] = frozenset()
    stale_scores: bool = False
    kind: str = SessionKind.STUDIO
    weights: AimWeights | None = None
    parts: EngineChoice = LITE
    retriever: ModelRef | None = None
