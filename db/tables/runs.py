"""Runs, their steps, and the workers that take them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, UtcDateTime, new_id, now


class Run(Base):
    """One request for work, durable: it outlives the page that asked for it.

    `dedupe_key` is unique while the run is unfinished, so that a double click makes one run.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "uq_runs_unfinished",
            "dedupe_key",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))
    session_id: Mapped[str | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(16), default="queued", index=True)
    dedupe_key: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    error_type: Mapped[str | None] = mapped_column(Text)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    steps: Mapped[list[RunStep]] = relationship(order_by="RunStep.position", cascade="all, delete-orphan")


class RunStep(Base):
    """One idempotent piece of a run. `attempt` is the fencing token: a commit must name it.

    `lease_until` is by the database's clock. `failures` counts errors of the work itself,
    `takeovers` those of the machine (a lease that ran out).
    """

    __tablename__ = "run_steps"
    __table_args__ = (UniqueConstraint("run_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    weight: Mapped[float] = mapped_column(default=1.0)
    """Its share of the run's progress, relative to the other steps."""
    state: Mapped[str] = mapped_column(String(16), default="queued", index=True)
    attempt: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    progress: Mapped[float] = mapped_column(default=0.0)
    failures: Mapped[int] = mapped_column(default=0)
    takeovers: Mapped[int] = mapped_column(default=0)
    error_type: Mapped[str | None] = mapped_column(Text)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Worker(Base):
    """A living worker process: its heartbeat, by the database's clock, tells that runs are being taken.

    `slot` is what only one process can hold at a time: host, home and lock name.
    """

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    pid: Mapped[int]
    host: Mapped[str] = mapped_column(Text)
    slot: Mapped[str] = mapped_column(Text, index=True)
    state: Mapped[str] = mapped_column(String(16), default="starting")
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
