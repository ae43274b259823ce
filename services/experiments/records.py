"""Experiments as they are kept: made, found, read, deleted. No model is needed for any of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import tables
from db.repositories.experiments import ExperimentRepository, Tally
from services import audit
from services.database import read_session, unit_of_work
from services.errors import NotFound
from services.experiments.checks import check
from services.experiments.spec import ExperimentSpec
from services.messages import N_
from services.people import Role, require
from services.people.rows import actor_id

PER_PAGE = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """One brief by one strategy (places in the spec) in one round: the session that holds its variants."""

    brief: int
    strategy: int
    round: int
    session_id: str
    done: bool


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment with what is there of it. `run_id` is the run that fills it, if it was queued."""

    id: str
    spec: ExperimentSpec
    cells: tuple[Cell, ...]
    run_id: str | None
    created_at: datetime

    @property
    def share(self) -> float:
        """Drafts that are done over all drafts, 0..1."""
        drafts = sum(cell.done for cell in self.cells if cell.round == 0)
        return drafts / (len(self.spec.briefs) * len(self.spec.strategies))

    def last(self, brief: int, strategy: int) -> Cell | None:
        """The cell's last finished round: what is compared."""
        mine = (cell.brief == brief and cell.strategy == strategy and cell.done for cell in self.cells)
        return max(
            (cell for cell, wanted in zip(self.cells, mine, strict=True) if wanted),
            key=lambda cell: cell.round,
            default=None,
        )


@dataclass(frozen=True, slots=True)
class ExperimentCard:
    """An experiment in a list; `done` of `cells` are finished."""

    id: str
    name: str
    briefs: int
    strategies: int
    seeds: int
    cells: int
    done: int
    run_id: str | None
    created_at: datetime


def create(spec: ExperimentSpec) -> str:
    """Save an experiment; its id. Nothing is made yet. Raises as `check` where it could not be run."""
    require(Role.CREATOR)
    check(spec)
    with unit_of_work() as work:
        row = tables.Experiment(
            name=spec.name.strip(), spec=spec.to_dict(), created_by=actor_id(work.session)
        )
        ExperimentRepository(work.session).add(row)
        audit.record(work.session, "experiment.created", experiment=row.id)
        work.commit()
        return row.id


def load(experiment_id: str) -> Experiment:
    """Raises NotFound."""
    with read_session() as session:
        repository = ExperimentRepository(session)
        row = repository.get(experiment_id)
        if row is None:
            raise not_found()
        cells = tuple(
            Cell(cell.brief, cell.strategy, cell.round, cell.session_id, cell.done)
            for cell in repository.cells(experiment_id)
        )
        return Experiment(row.id, ExperimentSpec.from_dict(row.spec), cells, row.run_id, row.created_at)


def search(page: int = 1, per_page: int = PER_PAGE) -> tuple[list[ExperimentCard], int]:
    """One page of cards, newest first, and how many experiments there are."""
    with read_session() as session:
        repository = ExperimentRepository(session)
        rows = repository.page((max(page, 1) - 1) * per_page, per_page)
        return _cards(rows, repository.tallies([row.id for row in rows])), repository.count()


def _cards(rows: Sequence[tables.Experiment], tallies: dict[str, Tally]) -> list[ExperimentCard]:
    cards = []
    for row in rows:
        briefs, strategies = len(row.spec["briefs"]), len(row.spec["strategies"])
        done = tallies.get(row.id, Tally(0, 0)).done
        wanted = max(briefs * strategies, tallies.get(row.id, Tally(0, 0)).cells)
        cards.append(
            ExperimentCard(
                row.id,
                row.name,
                briefs,
                strategies,
                row.spec["seeds"],
                wanted,
                done,
                row.run_id,
                row.created_at,
            )
        )
    return cards


def note_run(experiment_id: str, run_id: str) -> None:
    """Which run fills the experiment."""
    require(Role.CREATOR)
    with unit_of_work() as work:
        row = ExperimentRepository(work.session).get(experiment_id)
        if row is None:
            raise not_found()
        row.run_id = run_id
        work.commit()


def note_cell(experiment_id: str, brief: int, strategy: int, round_: int, session_id: str) -> str:
    """Remember the session of a cell; the id of the one that counts: an earlier attempt's, where there is."""
    require(Role.CREATOR)
    with unit_of_work() as work:
        repository = ExperimentRepository(work.session)
        if (known := repository.cell(experiment_id, brief, strategy, round_)) is not None:
            return known.session_id
        repository.add_cell(
            tables.ExperimentCell(
                experiment_id=experiment_id,
                brief=brief,
                strategy=strategy,
                round=round_,
                session_id=session_id,
                done=False,
            )
        )
        work.commit()
        return session_id


def note_done(experiment_id: str, brief: int, strategy: int, round_: int) -> None:
    """The cell is made, scored and explained."""
    require(Role.CREATOR)
    with unit_of_work() as work:
        cell = ExperimentRepository(work.session).cell(experiment_id, brief, strategy, round_)
        if cell is None:
            raise not_found()
        cell.done = True
        work.commit()


def delete(experiment_id: str) -> None:
    """Remove the experiment. Its sessions stay, in their campaign. Raises NotFound."""
    require(Role.CREATOR)
    with unit_of_work() as work:
        repository = ExperimentRepository(work.session)
        row = repository.get(experiment_id)
        if row is None:
            raise not_found()
        repository.delete(row)
        audit.record(work.session, "experiment.deleted", experiment=experiment_id)
        work.commit()


def not_found() -> NotFound:
    return NotFound(N_("There is no such experiment any more. Choose one from the list."))
