"""Sessions: the brief, the plan and the references. Rows go with their session."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, Sha, UtcDateTime, new_id, now


class Session(Base):
    """One brief and all that came of it."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_campaign_id_created_at", "campaign_id", "created_at"),
        Index("ix_sessions_campaign_id_updated_at", "campaign_id", "updated_at"),
    )

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
    retriever: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """{id, revision} of the encoder that found the references; null: none were looked for."""
    parts: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """{planner, encoder, generator, scorer}; null: what `engine` names."""
    generation: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Options of a diffusion generator; null: the defaults."""
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    """Null: made before there were people."""
    status_by: Mapped[str | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    status_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Who set the status by hand, and when."""
    plan_inputs_sha256: Mapped[str | None] = mapped_column(Sha)
    references_inputs_sha256: Mapped[str | None] = mapped_column(Sha)
    """Digests of what the step was made from; null: not done. They differ from now's: it is stale."""
    reference_sha256: Mapped[str | None] = mapped_column(Sha)
    """What LPIPS is measured against: the hero photo unless the user chose another picture."""
    aim_weights: Mapped[dict[str, float] | None] = mapped_column(JSON)
    """{clip, lpips, caption} of this session alone; null: its campaign's."""
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
    headline: Mapped[str] = mapped_column(Text, default="")
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
