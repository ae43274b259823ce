"""What stands beside the experiments of a list, and how long a new one may take. No model is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.repositories.experiment_rows import ExperimentRowRepository
from services.database import read_session
from services.experiments.spec import ExperimentSpec

LEARNED_FROM = 12
"""Sessions: the newest, because machines and models change."""


@dataclass(frozen=True, slots=True)
class Glance:
    """`pictures` are keys, one a strategy; `changed_at` is when one of the sessions changed last."""

    pictures: tuple[str, ...] = ()
    changed_at: datetime | None = None


def glances(ids: Sequence[str]) -> dict[str, Glance]:
    """Of each experiment, in two queries."""
    with read_session() as session:
        repository = ExperimentRowRepository(session)
        pictures, changed = repository.pictures(ids), repository.changed(ids)
    return {key: Glance(tuple(pictures.get(key, ())), changed.get(key)) for key in ids}


@dataclass(frozen=True, slots=True)
class Takeable:
    """A session whose brief an experiment may take over."""

    id: str
    topic: str
    updated_at: datetime


def sessions_to_take(limit: int) -> list[Takeable]:
    """The newest sessions, but for those that experiments made."""
    with read_session() as session:
        found = ExperimentRowRepository(session).sessions_outside(limit)
        return [Takeable(row.id, row.topic, row.updated_at) for row in found]


def seconds_expected(spec: ExperimentSpec) -> float | None:
    """About how long all variants take here, drafts alone; None where nothing like it was made yet."""
    from services.generation.kandinsky.estimate import estimate

    told = estimate(spec.engine, spec.briefs[0].brief(spec, spec.strategies[0]))
    if told is not None:
        return told.loading + told.per_variant * spec.variants
    with read_session() as session:
        seconds, variants = ExperimentRowRepository(session).spent(spec.engine.name, LEARNED_FROM)
    return spec.variants * seconds / variants if variants and seconds else None
