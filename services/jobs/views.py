"""The words of the queue: kinds, states, and what a page sees of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.messages import Message
from services.people import Role


class RunKind(StrEnum):
    """What was asked for."""

    PLAN = "plan"
    REFERENCES = "references"
    VARIANTS = "variants"
    SCORE = "score"
    COMPLETE = "complete"
    LIBRARY = "library"
    EVALUATE = "evaluate"
    EXPLAIN = "explain"
    HEATMAP = "heatmap"
    SEARCH = "search"
    EXPORT = "export"
    PREVIEW = "preview"
    MODELS = "models"
    BACKUP = "backup"
    EXPERIMENT = "experiment"


INTERACTIVE = (RunKind.SEARCH, RunKind.HEATMAP, RunKind.PREVIEW)
"""Somebody looks at the page and waits for these: they go before the next step of longer runs."""

BESIDE = (RunKind.MODELS, RunKind.BACKUP)
"""Hours of waiting for a network or a disk: done by a thread of their own, so that no plan waits for it."""

ASIDE = (RunKind.HEATMAP, RunKind.EXPORT, RunKind.PREVIEW)
"""These change nothing in their session: they are told of where they were asked for, not as its progress."""


ASKING_ROLES = {
    RunKind.SEARCH: Role.VIEWER,
    RunKind.HEATMAP: Role.VIEWER,
    RunKind.EXPORT: Role.REVIEWER,
    RunKind.PREVIEW: Role.REVIEWER,
    RunKind.MODELS: Role.ADMIN,
    RunKind.BACKUP: Role.ADMIN,
}
"""Who may ask for, stop and repeat a run of this kind; the others take a creator.

Searching and drawing heatmaps are ways of looking: what they save is worked out again at any time.
"""


class PauseReason(StrEnum):
    """Why a run is paused."""

    USER = "user"  # somebody paused it, and resumes it
    DISK = "disk"  # the disk was full; it goes on by itself when there is room


class RunState(StrEnum):
    """Of runs and of steps alike."""

    QUEUED = "queued"  # waits for a worker
    RUNNING = "running"  # a worker is at it
    DONE = "done"  # finished, results saved
    FAILED = "failed"  # given up, with a reason; `retry` goes on where it stopped
    CANCELLED = "cancelled"  # stopped on request; finished steps keep their results


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One idempotent piece of work to put into a run.

    `payload` is JSON. `weight` is its share of the run's progress relative to the other steps; by
    default what its kind usually takes.
    """

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as it stands; `progress` is 0..1."""

    kind: str
    state: RunState
    progress: float
    payload: Mapping[str, Any]
    attempt: int = 0
    """How often it was taken."""
    failures: int = 0
    takeovers: int = 0
    worker: str = ""
    """Who was at it last."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: Message | None = None

    @property
    def seconds(self) -> float | None:
        """What its last attempt took; None before it ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it stands. `progress` is 0..1 over all its steps; `sentence` says what happens now."""

    id: str
    kind: RunKind
    session_id: str | None
    state: RunState
    progress: float
    steps: tuple[StepView, ...]
    sentence: Message
    error: Message | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    payload: Mapping[str, Any]
    result: dict[str, Any] | None
    cancel_requested: bool = False
    person_id: str | None = None
    """Who asked for it; None: the person with a shell on this machine."""
    pause: PauseReason | None = None
    """Set while an unfinished run is paused."""

    @property
    def unfinished(self) -> bool:
        return self.state in (RunState.QUEUED, RunState.RUNNING)

    @property
    def at_work(self) -> bool:
        """A worker is at one of its steps now. A run between two steps waits for its next turn."""
        return any(step.state is RunState.RUNNING for step in self.steps)
