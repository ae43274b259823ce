"""Experiments: briefs by strategies by seeds, each cell a session; and strategies that people saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, UtcDateTime, new_id, now


class Experiment(Base):
    """What is compared. `spec` is all that decides it, with the strategies as they were then."""

    __tablename__ = "experiments"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120))
    spec: Mapped[dict[str, Any]] = mapped_column(JSON)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    """The run that fills its cells; null: not begun, or done without the queue."""
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)


class ExperimentCell(Base):
    """One brief by one strategy: the session that holds its variants, one for each seed.

    `brief` and `strategy` count from 0 as in the spec. Round 0 is the draft; a strategy that criticises its
    draft adds a session for each further round.
    """

    __tablename__ = "experiment_cells"
    __table_args__ = (UniqueConstraint("experiment_id", "brief", "strategy", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    experiment_id: Mapped[str] = mapped_column(ForeignKey("experiments.id", ondelete="CASCADE"), index=True)
    brief: Mapped[int]
    strategy: Mapped[int]
    round: Mapped[int]
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    done: Mapped[bool] = mapped_column(default=False)
    """Made, scored and explained."""


class SavedStrategy(Base):
    """A strategy of somebody's own, beside the study's."""

    __tablename__ = "saved_strategies"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text, unique=True)
    preset: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
