"""The tables. One class each, in the order in which a run fills them.

Pictures are not here: a `sha256` column is a key into the image store. Enumerations are stored as
their text values and given their meaning by the services.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, UtcDateTime, new_id, now

Sha = String(64)


class Campaign(Base):
    """What a team advertises; holds sessions.

    `aim_weights` is {clip, lpips, caption}, or null for the default.
    """

    __tablename__ = "campaigns"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    aim_weights: Mapped[dict[str, float] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Session(Base):
    """One brief and all that came of it."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("sessions.id"))
    kind: Mapped[str] = mapped_column(String(16), default="studio")
    status: Mapped[str] = mapped_column(String(16), default="draft", index=True)
    stage: Mapped[str] = mapped_column(String(16), default="brief")
    engine: Mapped[str] = mapped_column(String(16), default="lite", index=True)
    topic: Mapped[str] = mapped_column(Text)
    product_text: Mapped[str] = mapped_column(Text)
    headline: Mapped[str] = mapped_column(Text, default="")
    library: Mapped[str | None] = mapped_column(String(120))
    strategy: Mapped[str] = mapped_column(String(24))
    placement: Mapped[str] = mapped_column(String(8))
    variant_count: Mapped[int] = mapped_column(default=8)
    seed: Mapped[int] = mapped_column(BigInteger, default=0)
    plan_inputs_sha256: Mapped[str | None] = mapped_column(Sha)
    references_inputs_sha256: Mapped[str | None] = mapped_column(Sha)
    """Digests of what the step was made from; null: not done. They differ from now's: it is stale."""
    reference_sha256: Mapped[str | None] = mapped_column(Sha)
    """What LPIPS is measured against: the hero photo unless the user chose another picture."""
    best_final: Mapped[float | None] = mapped_column()
    """The best final score, kept here so that lists need not read the scores."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)

    photos: Mapped[list[Photo]] = relationship(order_by="Photo.position", cascade="all, delete-orphan")
    plan: Mapped[Plan | None] = relationship(cascade="all, delete-orphan")
    matches: Mapped[list[Match]] = relationship(order_by="Match.position", cascade="all, delete-orphan")
    conditions: Mapped[list[Condition]] = relationship(
        order_by="Condition.position", cascade="all, delete-orphan"
    )


class Photo(Base):
    __tablename__ = "photos"
    __table_args__ = (UniqueConstraint("session_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    sha256: Mapped[str] = mapped_column(Sha)
    file_name: Mapped[str] = mapped_column(Text)
    width: Mapped[int]
    height: Mapped[int]
    hero: Mapped[bool] = mapped_column(default=False)


class Plan(Base):
    """`notices` is a list of {template, values}; `keywords` a list of {text, similarity}."""

    __tablename__ = "plans"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), unique=True)
    summary: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(16), default="en")
    keywords: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    notices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    planner_id: Mapped[str] = mapped_column(Text)
    planner_revision: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    subqueries: Mapped[list[SubQuery]] = relationship(
        order_by="SubQuery.position", cascade="all, delete-orphan"
    )


class SubQuery(Base):
    __tablename__ = "subqueries"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    weight: Mapped[float]


class Library(Base):
    """A named set of images. `encoder` is the one that its retrieval uses by default."""

    __tablename__ = "libraries"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    encoder: Mapped[str] = mapped_column(Text)
    built_in: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=0)
    """Counts the changes of its items and vectors: an index of another version is stale."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Item(Base):
    """An image of a library. `duplicate_of` is set when a closer look found the same picture earlier."""

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("library_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("libraries.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(Sha, index=True)
    source_sha256: Mapped[str] = mapped_column(Sha)
    """Of the file as it came, before it was normalised: a second ingest knows it at once."""
    file_name: Mapped[str] = mapped_column(Text)
    caption: Mapped[str] = mapped_column(Text, default="")
    width: Mapped[int]
    height: Mapped[int]
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("items.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ItemVector(Base):
    """The truth about an item in one encoder's space; indexes are caches of it.

    `image` and `caption` are little-endian float32 of the encoder's dimension, at its own scale;
    `caption` is null for an item without one.
    """

    __tablename__ = "item_vectors"

    item_id: Mapped[int] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"), primary_key=True)
    encoder: Mapped[str] = mapped_column(Text, primary_key=True)
    image: Mapped[bytes] = mapped_column(LargeBinary)
    caption: Mapped[bytes | None] = mapped_column(LargeBinary)


class Match(Base):
    """A retrieved item; the picture's key and names are copied so that sessions outlive libraries."""

    __tablename__ = "matches"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    subquery: Mapped[int]
    query: Mapped[str] = mapped_column(Text)
    item_id: Mapped[int]
    sha256: Mapped[str] = mapped_column(Sha)
    file_name: Mapped[str] = mapped_column(Text)
    caption: Mapped[str] = mapped_column(Text, default="")
    similarity: Mapped[float]
    weight: Mapped[float]
    drop: Mapped[str | None] = mapped_column(String(16))
    drop_value: Mapped[float | None]
    drop_limit: Mapped[float | None]
    drop_twin: Mapped[int | None]
    overruled: Mapped[bool] = mapped_column(default=False)
    typed_weight: Mapped[float | None]
    query_weight: Mapped[float] = mapped_column(default=1.0)


class Condition(Base):
    __tablename__ = "conditions"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    ref: Mapped[str] = mapped_column(Text)
    weight: Mapped[float]
    label: Mapped[str] = mapped_column(Text, default="")


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


class Variant(Base):
    """One generated image. The same recipe is never made twice in a session."""

    __tablename__ = "variants"
    __table_args__ = (UniqueConstraint("session_id", "recipe_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    position: Mapped[int]
    seed: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Sha)
    width: Mapped[int]
    height: Mapped[int]
    recipe: Mapped[str] = mapped_column(Text)
    recipe_sha256: Mapped[str] = mapped_column(Sha)
    inputs_sha256: Mapped[str | None] = mapped_column(Sha)
    """Digest of the brief and conditions that it was made from."""
    rank: Mapped[int | None]
    """1 is the best of the session's comparable scores; null: not among them."""
    decision: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    score: Mapped[Score | None] = relationship(cascade="all, delete-orphan")


class Score(Base):
    """The AIM score of a variant as `scorer` gave it. Null raw and norm: not scored, with the reason."""

    __tablename__ = "scores"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), unique=True)
    scorer: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(Text)
    reference_sha256: Mapped[str | None] = mapped_column(Sha)
    is_reference: Mapped[bool] = mapped_column(default=False)
    weights: Mapped[dict[str, float]] = mapped_column(JSON)
    clip_raw: Mapped[float | None]
    clip_norm: Mapped[float | None]
    clip_reason: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    caption: Mapped[str] = mapped_column(Text, default="")
    caption_raw: Mapped[float | None]
    caption_norm: Mapped[float | None]
    caption_reason: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    lpips_raw: Mapped[float | None]
    lpips_norm: Mapped[float | None]
    lpips_reason: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    final: Mapped[float | None] = mapped_column(index=True)
    notices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


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
