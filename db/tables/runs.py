"""Runs, their steps, whose turn it is, and the workers that take them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, UtcDateTime, new_id, now


class Run(Base):
    """One request for work, durable: it outlives the page that asked for it.

    `dedupe_key` is unique while the run is unfinished, so that a double click makes one run. A paused
    run (`paused_at`) is unfinished; nobody takes a step of it.
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
    person_id: Mapped[str | None] = mapped_column(String(16))
    """Who asked for it; null: the person with a shell on this machine."""
    rank: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Among the runs of one person the smaller goes first; those of one rank by age."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_by: Mapped[str | None] = mapped_column(String(16))
    """The person who paused it; null where the studio did, or the person with a shell."""
    pause_reason: Mapped[str | None] = mapped_column(String(16))
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """By the database's clock: until then no step is taken, because one has just failed."""
    error_type: Mapped[str | None] = mapped_column(Text)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    steps: Mapped[list[RunStep]] = relationship(order_by="RunStep.position", cascade="all, delete-orphan")


class RunStep(Base):
    """One idempotent piece of a run. `attempt` is the fencing token: a commit must name it.

    `lease_until` is by the database's clock. `failures` counts errors of the work itself,
    `takeovers` those of the machine (a lease that ran out). `owner` is at it now; `worker` was at it last,
    from `started_at` to `finished_at`.
    """

    __tablename__ = "run_steps"
    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        Index("ix_run_steps_run_id_state_position", "run_id", "state", "position"),
    )

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
    worker: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_type: Mapped[str | None] = mapped_column(Text)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class QueueShare(Base):
    """How much of the workers' time a person had, as the queue counts it: see db/repositories/shares.py.

    `person_id` is empty for the person with a shell.
    """

    __tablename__ = "queue_shares"

    person_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    served: Mapped[float] = mapped_column(default=0.0)


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
    counters: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What it counts of itself since it began (`services.counters`), as of its last heartbeat."""
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
