"""What is told of campaigns: sums, distributions, a trend, points that stand for variants."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from services.campaign_figures.histogram import Counts
from services.campaign_figures.periods import Level
from services.domain import AimWeights

POINTS_SHOWN = 1000
"""A chart of more points is slower and tells no more."""

SESSIONS_SHOWN = 24
BEST_SHOWN = 6


class Grouping(StrEnum):
    """What a chart of distributions sets side by side."""

    STRATEGY = "strategy"
    ENGINE = "engine"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Headline:
    """Sums over sessions. `approved` are variants chosen in the `approved_sessions`; `picked` holds the
    shortlisted too. `cost` is in US dollars, without `unpriced` calls; `seconds` are of computing.
    """

    sessions: int = 0
    approved_sessions: int = 0
    variants: int = 0
    scored: int = 0
    picked: int = 0
    shortlisted: int = 0
    approved: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    unpriced: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out


@dataclass(frozen=True, slots=True)
class Scale:
    """Finals compare within it: one scorer, one set of weights. `count` variants are on it."""

    id: int
    scorer: str
    weights: AimWeights
    count: int


@dataclass(frozen=True, slots=True)
class Five:
    """Quantiles of 0..100: 5 %, a quarter, the middle, three quarters, 95 %."""

    low: float
    first: float
    median: float
    third: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """The scores of one group. `key` is a strategy, an engine or a session's id; `title` a session's topic.

    `counts` cover the final and the three parts (histogram.PARTS).
    """

    key: str
    count: int
    counts: Counts
    strategy: str = ""
    title: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The finals of sessions made in the period from `start`; 0..100."""

    start: dt.date
    count: int
    five: Five
    best: float
    best_variant_id: int
    session_id: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    level: Level
    points: tuple[TrendPoint, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One scored variant. `final` is 0..100; the norms are 0..1, None where a part is not scored."""

    variant_id: int
    session_id: str
    sha256: str
    final: float
    clip: float | None
    caption: float | None
    lpips: float | None
    strategy: str
    engine: str
    day: dt.date
    topic: str
    kind: str

    def value(self, part: str) -> float | None:
        """The final or one part on 0..100."""
        if part == "final":
            return self.final
        norm: float | None = getattr(self, part)
        return None if norm is None else 100.0 * norm


@dataclass(frozen=True, slots=True)
class Report:
    """A campaign in figures. `scale` is the one whose scores are told, None where nothing is scored.
    `by_engine` has every scale, because engines seldom share one.

    `first` and `last` are the days of the oldest and the newest session, whatever the filters.
    """

    headline: Headline
    scales: tuple[Scale, ...]
    scale: Scale | None
    by_strategy: tuple[Distribution, ...]
    by_engine: tuple[tuple[Scale, tuple[Distribution, ...]], ...]
    trend: Trend
    first: dt.date | None = None
    last: dt.date | None = None
