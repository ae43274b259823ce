"""The strategies of the study as named presets, each with its weight rule (reference: rdm.md).

A preset says how references are found, whether they are filtered, and how texts, photos and references are
weighed. People save presets of their own beside these (`services.experiments.saved`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from services.domain import Brief, Condition, Match, Plan, Strategy
from services.errors import InvalidInput
from services.generation.conditioning import TextRule, WeightRule, weighed
from services.messages import N_

FILTER_ABOVE = 0.8
"""Two references more alike than this (cosine) say the same: the one of larger weight stays (rdm.md)."""

CRITIQUE_ROUNDS = 2
"""Rounds after the draft. What two searches for the missing part did not mend, a third seldom does."""

ROUNDS = 5
"""The most rounds of a preset: each makes the variants anew."""

TITLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Preset:
    """One way of retrieving, and of weighing what was retrieved.

    `photos` is the weight of several product photos together. `filter_above`: references whose cosine to
    another is higher are dropped, and those below the search model's floor; None keeps all. `rounds` > 0:
    after the draft, parts of the plan that no variant shows are searched for by themselves and the variants
    are made again, so often at most. `source` says where it is from.
    """

    key: str
    title: str
    search: Strategy
    texts: TextRule
    photos: float
    matches: bool = True
    filter_above: float | None = None
    rounds: int = 0
    source: str = ""

    def __post_init__(self) -> None:
        """Raises InvalidInput with one sentence for what does not fit."""
        if not self.title.strip() or len(self.title) > TITLE_CHARS:
            raise InvalidInput(
                N_("A strategy needs a name of at most {limit} characters."), limit=TITLE_CHARS
            )
        if not 0.0 <= self.photos <= 1.0:
            raise InvalidInput(N_("The photos' weight lies between 0 and 1. Correct it and try again."))
        if self.filter_above is not None and not 0.0 < self.filter_above <= 1.0:
            raise InvalidInput(N_("The filter's cosine lies between 0 and 1. Correct it and try again."))
        if not 0 <= self.rounds <= ROUNDS:
            raise InvalidInput(N_("A strategy searches again up to {limit} times."), limit=ROUNDS)
        if self.search is Strategy.NONE and (self.matches or self.rounds or self.filter_above is not None):
            raise InvalidInput(N_("Without retrieval there is nothing to filter or to search again."))

    @property
    def strategy(self) -> Strategy:
        """The way of finding references that a session with this preset has."""
        return Strategy.FILTERED if self.filter_above is not None else self.search

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Preset:
        """Raises InvalidInput for values that no preset has."""
        try:
            return cls(**{**data, "search": Strategy(data["search"]), "texts": TextRule(data["texts"])})
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(N_("This strategy cannot be read. Save it again.")) from error


PRESETS = (
    Preset(
        "none",
        N_("No retrieval"),
        Strategy.NONE,
        TextRule.PRODUCT_TEXT,
        0.4,
        matches=False,
        source="the baseline that rdm.md compares with by eye",
    ),
    Preset(
        "keywords",
        N_("Full query and keywords"),
        Strategy.KEYWORDS,
        TextRule.KEYWORDS,
        0.5,
        source="rdm.md, experiment 1: KeyBERT keywords by similarity, photos 0.2 and 0.3",
    ),
    Preset(
        "subqueries",
        N_("Sub-queries"),
        Strategy.SUBQUERIES,
        TextRule.SUBQUERIES,
        0.5,
        source="rdm.md, experiment 2: sub-queries by importance, photos 0.2 and 0.3",
    ),
    Preset(
        "complex",
        N_("Sub-queries for a complex brief"),
        Strategy.SUBQUERIES,
        TextRule.SUMMARY_AND_SUBQUERIES,
        0.4,
        source="rdm.md, experiment 3: summary, references, sub-queries, photos 0.4",
    ),
    Preset(
        "filtered",
        N_("Sub-queries and filter"),
        Strategy.SUBQUERIES,
        TextRule.SUMMARY_AND_SUBQUERIES,
        0.4,
        filter_above=FILTER_ABOVE,
        source="rdm.md, experiment 4: as 3, references filtered by cosine 0.8",
    ),
    Preset(
        "critique",
        N_("Draft and critique"),
        Strategy.SUBQUERIES,
        TextRule.SUMMARY_AND_SUBQUERIES,
        0.4,
        filter_above=FILTER_ABOVE,
        rounds=CRITIQUE_ROUNDS,
        source="after ImageRAG (Shalev-Arkushin et al., 2025): retrieve for what the draft does not show",
    ),
)
"""In the order in which they are shown."""

BY_KEY = {preset.key: preset for preset in PRESETS}


def conditions_of(
    preset: Preset, brief: Brief, plan: Plan | None, matches: Sequence[Match]
) -> tuple[Condition, ...]:
    """What the generator is given under `preset`; weights as typed, not normalised."""
    return weighed(WeightRule(preset.texts, preset.photos, preset.matches), brief, plan, matches)
