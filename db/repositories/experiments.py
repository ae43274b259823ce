"""Experiments and their cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session as OrmSession

from db.tables import Experiment, ExperimentCell, SavedStrategy


class Tally(NamedTuple):
    cells: int
    done: int


class ExperimentRepository:
    def __init__(self, session: OrmSession) -> None:
        self._session = session

    def add(self, row: Experiment) -> Experiment:
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, experiment_id: str) -> Experiment | None:
        return self._session.get(Experiment, experiment_id)

    def page(self, offset: int, limit: int) -> Sequence[Experiment]:
        """Newest first."""
        query = select(Experiment).order_by(Experiment.created_at.desc(), Experiment.id)
        return self._session.scalars(query.offset(offset).limit(limit)).all()

    def count(self) -> int:
        return self._session.scalar(select(func.count(Experiment.id))) or 0

    def delete(self, row: Experiment) -> None:
        """Its cells go with it; their sessions stay."""
        self._session.delete(row)

    # --- cells ---

    def cells(self, experiment_id: str) -> Sequence[ExperimentCell]:
        """By brief, strategy and round."""
        query = select(ExperimentCell).where(ExperimentCell.experiment_id == experiment_id)
        order = (ExperimentCell.brief, ExperimentCell.strategy, ExperimentCell.round)
        return self._session.scalars(query.order_by(*order)).all()

    def cell(self, experiment_id: str, brief: int, strategy: int, round_: int) -> ExperimentCell | None:
        return self._session.scalars(
            select(ExperimentCell).where(
                ExperimentCell.experiment_id == experiment_id,
                ExperimentCell.brief == brief,
                ExperimentCell.strategy == strategy,
                ExperimentCell.round == round_,
            )
        ).one_or_none()

    def add_cell(self, row: ExperimentCell) -> None:
        self._session.add(row)
        self._session.flush()

    def tallies(self, ids: Sequence[str]) -> dict[str, Tally]:
        """Experiment id -> how many cells it has so far, and how many of them are done."""
        done = func.sum(cast(ExperimentCell.done, Integer))
        rows = self._session.execute(
            select(ExperimentCell.experiment_id, func.count(), done)
            .where(ExperimentCell.experiment_id.in_(ids))
            .group_by(ExperimentCell.experiment_id)
        )
        return {row[0]: Tally(row[1], row[2] or 0) for row in rows}

    # --- saved strategies ---

    def saved(self) -> Sequence[SavedStrategy]:
        return self._session.scalars(select(SavedStrategy).order_by(SavedStrategy.title)).all()

    def saved_by_title(self, title: str) -> SavedStrategy | None:
        return self._session.scalars(select(SavedStrategy).where(SavedStrategy.title == title)).first()

    def get_saved(self, strategy_id: int) -> SavedStrategy | None:
        return self._session.get(SavedStrategy, strategy_id)

    def add_saved(self, row: SavedStrategy) -> SavedStrategy:
        self._session.add(row)
        self._session.flush()
        return row

    def delete_saved(self, row: SavedStrategy) -> None:
        self._session.delete(row)
